/** The SQL a database speaks: `sqlite` with `?` for parameters, `postgresql` with `$1`, `$2`, … */
export type SqlDialect = 'sqlite' | 'postgresql'

/** What a parameter can be. A number may have a fraction. */
export type SqlValue = string | number | null

/** One row, by the names of its columns. */
export type SqlRow = Readonly<Record<string, unknown>>

/**
 * How a store reaches its database. Statements come one at a time, each complete in itself: a driver commits it
 * before it resolves, and rejects with whatever the database said. It need not retry, time out or pool.
 */
export interface SqlDriver {
  readonly dialect: SqlDialect
  /**
   * Runs a statement that gives no rows. Resolves to how many rows it inserted, updated or deleted: 0 for an
   * insert that met `ON CONFLICT DO NOTHING`. Everything the store promises stands on this number.
   */
  run(sql: string, params: readonly SqlValue[]): Promise<{ readonly changes: number }>
  /** Runs a query. Reads the latest write, not a replica that may lag. Resolves to all its rows, in order. */
  all(sql: string, params: readonly SqlValue[]): Promise<readonly SqlRow[]>
}

export const dialects: readonly SqlDialect[] = ['sqlite', 'postgresql']

/** What keeps a driver from being used, a sentence each; empty when nothing does. */
export function driverProblems(driver: unknown): string[] {
  const { dialect, run, all } = Object(driver) as Partial<Record<string, unknown>>
  if (typeof run !== 'function' || typeof all !== 'function')
    return [
      'sqlStore() needs a driver, with the methods run and all: ' +
        'take nodeSqliteDriver(), d1Driver() or pgDriver(), or write one',
    ]
  if (!dialects.some((known) => known === dialect))
    return [`sqlStore(): the driver's dialect must be one of ${dialects.join(', ')}`]
  return []
}
