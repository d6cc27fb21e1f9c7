import type { SqlDialect } from './sql-driver.ts'
import type { Table } from './table.ts'

/** The statements of the store, each with its parameters in order. Each is atomic by itself, so none needs a transaction. */
export interface Statements {
  /** id */
  readonly get: string
  /** id, company_id, version, value, due_at, attention */
  readonly insert: string
  /** version, value, due_at, attention, id, expected version */
  readonly update: string
  /** id, expected version */
  readonly delete: string
  /** before, the dueAt of the entry before the first one twice, its id, limit */
  readonly due: string
  /** the id before the first one, limit */
  readonly list: string
  /** company_id, the id before the first one, limit */
  readonly listCompany: string
  /** the company_id (in MySQL twice) and the id before the first one, limit */
  readonly listAttention: string
  /** company_id, the id before the first one, limit */
  readonly listCompanyAttention: string
  /** without parameters */
  readonly countAttention: string
  /** before */
  readonly countDue: string
  /** Fails if the table or a column is missing. Returns no rows. */
  readonly columns: string
  /** Returns the `name` of each index of the table. */
  readonly indexes: string
  /** Returns the `comment` of the table, and the `channel` on which its changes are notified. Only for PostgreSQL. */
  readonly channel: string
  /** a text. Sends it over the channel. Only for PostgreSQL. */
  readonly notify: string
  /** Returns one row of settings: how the database keeps what it has committed. `durabilityFindings()` reads it. */
  readonly durability: string
}

export function statementsFor(table: Table, dialect: SqlDialect, notifies: boolean): Statements {
  const { quoted } = table
  const of = (sql: string) => (dialect === 'postgresql' ? numbered(sql) : sql)
  // The OID stands for the table, whichever way it is named, and changes when the table is made anew.
  const channel = `'pd_oauth_' || '${quoted}'::regclass::oid::text`
  const comment = `obj_description('${quoted}'::regclass, 'pg_class')`
  const told = (payload: string) =>
    `, CASE WHEN ${comment} LIKE '%${notifyMark}%' THEN pg_notify(${channel}, ${payload})::text END AS told`
  const returning = (payload: string) =>
    dialect === 'mysql' ? '' : ` RETURNING id${notifies ? told(payload) : ''}`
  const written = returning(newVersion)
  return {
    // Names without _, because some libraries turn due_at into dueAt.
    get: of(`SELECT version, value, due_at AS due, attention FROM ${quoted} WHERE id = ?`),
    insert: of(
      `INSERT INTO ${quoted} (id, company_id, version, value, due_at, attention) VALUES (?, ?, ?, ?, ?, ?)` +
        // In MySQL, a duplicate key is an error: what it has instead counts rows in ways that depend on the connection.
        `${dialect === 'mysql' ? '' : ' ON CONFLICT (id) DO NOTHING'}${written}`,
    ),
    update: of(
      `UPDATE ${quoted} SET version = ?, value = ?, due_at = ?, attention = ? WHERE id = ? AND version = ?${written}`,
    ),
    delete: of(`DELETE FROM ${quoted} WHERE id = ? AND version = ?${returning('id')}`),
    // `due_at >= ?` says nothing new, but every database finds the rows of it in the index.
    due: of(
      `SELECT id, due_at AS due FROM ${quoted} WHERE due_at < ? AND due_at >= ? AND (due_at, id) > (?, ?) ` +
        'ORDER BY due_at, id LIMIT ?',
    ),
    list: of(`SELECT id FROM ${quoted} WHERE id > ? ORDER BY id LIMIT ?`),
    listCompany: of(`SELECT id FROM ${quoted} WHERE company_id = ? AND id > ? ORDER BY id LIMIT ?`),
    // `attention = 1` repeats the condition of the partial index, which is in this order.
    listAttention: of(
      `SELECT id FROM ${quoted} WHERE attention = 1 AND ${afterIn[dialect]} ORDER BY company_id, id LIMIT ?`,
    ),
    listCompanyAttention: of(
      `SELECT id FROM ${quoted} WHERE attention = 1 AND company_id = ? AND id > ? ORDER BY id LIMIT ?`,
    ),
    countAttention: of(`SELECT count(*) AS total FROM ${quoted} WHERE attention = 1`),
    countDue: of(`SELECT count(*) AS total FROM ${quoted} WHERE due_at < ?`),
    columns: `SELECT id, company_id, version, value, due_at, attention FROM ${quoted} LIMIT 0`,
    indexes: indexesOf(table, dialect),
    channel: `SELECT ${comment} AS comment, ${channel} AS channel`,
    notify: of(`SELECT pg_notify(${channel}, ?)`),
    durability: durabilityOf(table, dialect),
  }
}

/**
 * What the comment of a table says where writes notify: in the table, so that all processes that write agree. Commits that
 * notify wait for one another, so others do not.
 */
export const notifyMark = 'pd-oauth: notify'

/** The id, and the version unless it is too long for a notification. */
const newVersion = `id || CASE WHEN length(version) <= 200 THEN ' ' || version ELSE '' END`

const pair = '(company_id, id) > (?, ?)'
/** What is true of the rows after a company and an id. MySQL finds no beginning in an index by comparing pairs. */
const afterIn: Readonly<Record<SqlDialect, string>> = {
  sqlite: pair,
  postgresql: pair,
  mysql: 'company_id >= ? AND (company_id > ? OR id > ?)',
}

function indexesOf({ quoted, bare, schema }: Table, dialect: SqlDialect): string {
  switch (dialect) {
    case 'postgresql':
      return (
        'SELECT c.relname AS name FROM pg_catalog.pg_index i JOIN pg_catalog.pg_class c ON c.oid = i.indexrelid ' +
        `WHERE i.indrelid = to_regclass('${quoted}')`
      )
    case 'sqlite':
      return `SELECT name FROM sqlite_master WHERE type = 'index' AND tbl_name = '${bare}' COLLATE NOCASE`
    case 'mysql':
      return `SELECT index_name AS name FROM information_schema.statistics WHERE ${isTable(bare, schema)}`
  }
}

function durabilityOf({ quoted, bare, schema }: Table, dialect: SqlDialect): string {
  switch (dialect) {
    case 'postgresql':
      return (
        "SELECT current_setting('fsync', true) AS fsync, current_setting('synchronous_commit', true) AS commits, " +
        "current_setting('full_page_writes', true) AS pages, " +
        `(SELECT relpersistence::text FROM pg_catalog.pg_class WHERE oid = to_regclass('${quoted}')) AS persistence`
      )
    case 'sqlite':
      return (
        "SELECT (SELECT file FROM pragma_database_list WHERE name = 'main') AS file, " +
        '(SELECT journal_mode FROM pragma_journal_mode) AS journal, ' +
        '(SELECT synchronous FROM pragma_synchronous) AS synchronous'
      )
    case 'mysql':
      return (
        'SELECT @@innodb_flush_log_at_trx_commit AS flushes, @@innodb_doublewrite AS pages, ' +
        `(SELECT engine FROM information_schema.tables WHERE ${isTable(bare, schema)}) AS engine`
      )
  }
}

function isTable(bare: string, schema: string | undefined): string {
  return `table_schema = ${schema === undefined ? 'database()' : `'${schema}'`} AND table_name = '${bare}'`
}

/** The statement with `$1`, `$2`, … in place of each `?`. */
function numbered(sql: string): string {
  let count = 0
  return sql.replaceAll('?', () => `$${++count}`)
}
