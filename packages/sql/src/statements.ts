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
  /** the company_id and the id before the first one, limit */
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
}

export function statementsFor({ quoted, bare }: Table, dialect: SqlDialect): Statements {
  const of = (sql: string) => (dialect === 'postgresql' ? numbered(sql) : sql)
  return {
    get: of(`SELECT version, value, due_at, attention FROM ${quoted} WHERE id = ?`),
    insert: of(
      `INSERT INTO ${quoted} (id, company_id, version, value, due_at, attention) VALUES (?, ?, ?, ?, ?, ?) ` +
        'ON CONFLICT (id) DO NOTHING',
    ),
    update: of(
      `UPDATE ${quoted} SET version = ?, value = ?, due_at = ?, attention = ? WHERE id = ? AND version = ?`,
    ),
    delete: of(`DELETE FROM ${quoted} WHERE id = ? AND version = ?`),
    // `due_at >= ?` says nothing new, but every database finds the rows of it in the index.
    due: of(
      `SELECT id, due_at FROM ${quoted} WHERE due_at < ? AND due_at >= ? AND (due_at, id) > (?, ?) ` +
        'ORDER BY due_at, id LIMIT ?',
    ),
    list: of(`SELECT id FROM ${quoted} WHERE id > ? ORDER BY id LIMIT ?`),
    listCompany: of(`SELECT id FROM ${quoted} WHERE company_id = ? AND id > ? ORDER BY id LIMIT ?`),
    // `attention = 1` repeats the condition of the partial index, which is in this order.
    listAttention: of(
      `SELECT id FROM ${quoted} WHERE attention = 1 AND (company_id, id) > (?, ?) ORDER BY company_id, id LIMIT ?`,
    ),
    listCompanyAttention: of(
      `SELECT id FROM ${quoted} WHERE attention = 1 AND company_id = ? AND id > ? ORDER BY id LIMIT ?`,
    ),
    countAttention: of(`SELECT count(*) AS total FROM ${quoted} WHERE attention = 1`),
    countDue: of(`SELECT count(*) AS total FROM ${quoted} WHERE due_at < ?`),
    columns: `SELECT id, company_id, version, value, due_at, attention FROM ${quoted} LIMIT 0`,
    indexes:
      dialect === 'postgresql'
        ? 'SELECT c.relname AS name FROM pg_catalog.pg_index i JOIN pg_catalog.pg_class c ON c.oid = i.indexrelid ' +
          `WHERE i.indrelid = to_regclass('${quoted}')`
        : `SELECT name FROM sqlite_master WHERE type = 'index' AND tbl_name = '${bare}' COLLATE NOCASE`,
  }
}

/** The statement with `$1`, `$2`, … in place of each `?`. */
function numbered(sql: string): string {
  let count = 0
  return sql.replaceAll('?', () => `$${++count}`)
}
