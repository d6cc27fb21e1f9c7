/** The SQL that a database speaks. Parameters are `?` in `sqlite`, and `$1`, `$2`, … in `postgresql`. */
export type SqlDialect = 'sqlite' | 'postgresql'

/** The value of a parameter. A number may have a fraction. */
export type SqlValue = string | number | null

/** One row: its values by the names of the columns. */
export type SqlRow = Readonly<Record<string, unknown>>

/**
 * How a store reaches its database. Each call is one statement. The driver commits it before it resolves, and rejects
 * with the database's error, or with one whose `cause` that is: by its `code` in PostgreSQL and its message in SQLite the
 * store recognizes what no retry can mend. It need not retry, time out or pool.
 *
 * @example A driver for better-sqlite3 and for `bun:sqlite`
 * ```ts
 * import type { SqlDriver, SqlRow, SqlValue } from '@pd/oauth-sql'
 *
 * interface Database {
 *   prepare(sql: string): {
 *     run(...params: SqlValue[]): { changes: number }
 *     all(...params: SqlValue[]): unknown[]
 *   }
 * }
 *
 * export const syncDriver = (database: Database): SqlDriver => ({
 *   dialect: 'sqlite', // parameters are ?; for 'postgresql' they are $1, $2, …
 *   run: async (sql, params) => ({ changes: database.prepare(sql).run(...params).changes }),
 *   all: async (sql, params) => database.prepare(sql).all(...params) as SqlRow[],
 * })
 * ```
 */
export interface SqlDriver {
  readonly dialect: SqlDialect
  /**
   * Runs a statement that returns no rows. Resolves to the number of rows that it inserted, updated or deleted: 0 if
   * `ON CONFLICT DO NOTHING` stopped an insert. The store relies on this number.
   */
  run(sql: string, params: readonly SqlValue[]): Promise<{ readonly changes: number }>
  /** Runs a query on the primary, not on a replica that may lag. Resolves to all rows, in order. */
  all(sql: string, params: readonly SqlValue[]): Promise<readonly SqlRow[]>
}

export const dialects: readonly SqlDialect[] = ['sqlite', 'postgresql']

/** The reasons why a driver cannot be used, a sentence each. Empty if it can. */
export function driverProblems(driver: unknown): string[] {
  const { dialect, run, all } = Object(driver) as Partial<Record<string, unknown>>
  if (typeof run !== 'function' || typeof all !== 'function')
    return [
      'sqlStore() needs a driver with the methods run and all: ' +
        'use nodeSqliteDriver(), d1Driver() or pgDriver(), or write one',
    ]
  if (!dialects.some((known) => known === dialect))
    return [`sqlStore(): the driver's dialect must be one of ${dialects.join(', ')}`]
  return []
}
