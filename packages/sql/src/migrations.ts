import { ConfigurationError } from '@pd/oauth-core'
import { dialects, type SqlDialect } from './sql-driver.ts'
import { defaultTable, quote, tableOf, tableProblems, type Table } from './table.ts'

/** One migration, for a migration tool. */
export interface Migration {
  /** Names sort in the order in which the migrations must run, and never change. */
  readonly name: string
  /** One or more statements, each with a semicolon at its end. They may run twice. */
  readonly sql: string
}

export interface MigrationsOptions {
  /** The SQL that the database speaks. */
  readonly dialect: SqlDialect
  /** The table, as for `sqlStore()`. Default: `pd_oauth_installations`. */
  readonly table?: string | undefined
}

/**
 * Returns the SQL that creates the table, oldest migration first, for the migration tool that creates your other tables.
 *
 * @example
 * ```ts
 * import { writeFileSync } from 'node:fs'
 * import { migrations } from '@pd/oauth-sql'
 *
 * for (const { name, sql } of migrations({ dialect: 'sqlite' })) writeFileSync(`migrations/${name}.sql`, sql)
 * ```
 *
 * @throws {ConfigurationError} `invalid_configuration`, if an option cannot be used
 */
export function migrations(options: MigrationsOptions): readonly Migration[] {
  const { dialect, table = defaultTable, ...others } = Object(options) as MigrationsOptions
  const problems = [
    ...(dialects.includes(dialect) ? [] : [`dialect must be one of ${dialects.join(', ')}`]),
    ...tableProblems(table, dialect),
    ...Object.keys(others).map((name) => `${name} is not a known option`),
  ]
  if (problems.length > 0) throw new ConfigurationError(problems.map((text) => `migrations(): ${text}`))
  const sql = definitionOf(tableOf(table, dialect), dialect).map((definition) => `${definition.sql};\n`)
  return [{ name: '0001_pd_oauth_installations', sql: sql.join('\n') }]
}

/** A statement that creates the table or one of its indexes if it is missing. */
export interface Definition {
  readonly name: string
  readonly sql: string
}

/** Returns what creates the table, and then what creates each index that the table does not bring with it. */
export function definitionOf(
  table: Table,
  dialect: SqlDialect,
): readonly [table: Definition, ...indexes: Definition[]] {
  const { quoted, bare, byCompany, byDue, byAttention } = table
  if (dialect === 'mysql')
    return [{ name: bare, sql: `CREATE TABLE IF NOT EXISTS ${quoted} ${mysqlColumns(table)}` }]
  const index = (name: string, on: string): Definition => ({
    name,
    sql: `CREATE INDEX IF NOT EXISTS ${quote(name, dialect)} ON ${quoted} ${on}`,
  })
  return [
    { name: bare, sql: `CREATE TABLE IF NOT EXISTS ${quoted} ${columns[dialect]}` },
    index(byCompany, '(company_id, id)'),
    index(byDue, '(due_at, id) WHERE due_at IS NOT NULL'),
    index(byAttention, '(company_id, id) WHERE attention = 1'),
  ]
}

/**
 * The columns. `due_at` is a double of epoch milliseconds, because a double holds every JavaScript number.
 * `attention` is 0 or 1, because not every driver takes booleans. In PostgreSQL, collation C keeps the indexes valid when the operating system's sorting rules change.
 */
const columns = {
  sqlite: `(
  id TEXT NOT NULL PRIMARY KEY,
  company_id INTEGER NOT NULL,
  version TEXT NOT NULL,
  value TEXT NOT NULL,
  due_at REAL,
  attention INTEGER NOT NULL
) STRICT`,
  postgresql: `(
  id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
  company_id BIGINT NOT NULL,
  version TEXT COLLATE "C" NOT NULL,
  value TEXT NOT NULL,
  due_at DOUBLE PRECISION,
  attention SMALLINT NOT NULL
)`,
}

/**
 * The columns, and the indexes with them, because MySQL has no `CREATE INDEX IF NOT EXISTS`. Every collation that MySQL and
 * MariaDB share ignores blanks at the end, so a version is bytes.
 */
function mysqlColumns({ byCompany, byDue, byAttention }: Table): string {
  const index = (name: string, on: string) => `INDEX ${quote(name, 'mysql')} ${on}`
  return `(
  id VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL PRIMARY KEY,
  company_id BIGINT NOT NULL,
  version VARBINARY(1024) NOT NULL,
  value MEDIUMTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
  due_at DOUBLE,
  attention TINYINT NOT NULL,
  ${index(byCompany, '(company_id, id)')},
  ${index(byDue, '(due_at)')},
  ${index(byAttention, '(attention, company_id, id)')}
) ENGINE = InnoDB`
}
