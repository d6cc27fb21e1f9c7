import { ConfigurationError } from '@pd/oauth-core'

/** The SQL that a database speaks. Placeholders are `$1`, `$2`, … in `postgresql`, and `?` in the others. */
export type SqlDialect = 'sqlite' | 'postgresql' | 'mysql'

/** The value of a parameter. A number may have a fraction. */
export type SqlValue = string | number | null

/** One row: its values by the names of the columns. */
export type SqlRow = Readonly<Record<string, unknown>>

export interface SqlResult {
  /** All rows, in order. Numbers may be texts or bigints, and texts may be bytes. Empty for a statement without rows. */
  readonly rows: readonly SqlRow[]
  /**
   * How many rows an INSERT, UPDATE or DELETE changed. Needed in `mysql`, where an UPDATE returns no rows; the number of rows
   * that it found will do. Ignored in other dialects: their statements return a row for each change (`RETURNING`).
   */
  readonly changed?: number | bigint | undefined
}

/**
 * Sends one statement and commits it before it resolves. Each placeholder occurs once, in the order of `params`. Reads must
 * go to the primary, not to a replica that may lag. Rejects with the error of the database, or with one whose `cause` that
 * is: by its `code` in PostgreSQL, its `errno` in MySQL, and its message in SQLite, the store recognizes what to do.
 */
export type SqlQuery = (sql: string, params: SqlValue[]) => Promise<SqlResult>

/** How a store reaches its database. Create one with `sqlDriver()`. */
export interface SqlDriver {
  readonly dialect: SqlDialect
  readonly query: SqlQuery
  /** Opens a connection of its own on which notifications of PostgreSQL arrive. A store whose driver has it can `watch`. */
  readonly listen?: SqlListen | undefined
  /** A service keeps the database, and does not say how. The store has no `check()` then. Default: false. */
  readonly isManaged?: boolean | undefined
}

/**
 * Resolves when `hear` gets every notification of the channel from now on. Rejects if that is not possible. The connection
 * must keep no process running. If `signal` aborts, the store waits no longer, and a connection that is not open yet must end.
 */
export type SqlListen = (
  channel: string,
  hear: (payload: string) => void,
  signal: AbortSignal,
) => Promise<SqlListener>

export interface SqlListener {
  /** Resolves when the connection has ended, to the error that ended it, if there is one. Never rejects. */
  readonly ended: Promise<unknown>
  /** Whether the application has closed its pool, so that missing notifications are no failure. Default: no. */
  isOver?(): boolean
  /** Ends the connection, at once if it does not answer. Never throws. */
  close(): void
}

export const dialects: readonly SqlDialect[] = ['sqlite', 'postgresql', 'mysql']

/**
 * Creates a driver from one function, so that the store runs on the database library or ORM of your application. The store
 * itself repeats a statement that lost to a deadlock or a serialization failure. Test yours with `storeSuite` of
 * `@pd/oauth-core/store-suite`.
 *
 * @example Kysely
 * ```ts
 * import { sqlDriver, sqlStore } from '@pd/oauth-sql'
 * import { CompiledQuery, type Kysely } from 'kysely'
 *
 * export const storeOf = (db: Kysely<unknown>) =>
 *   sqlStore(
 *     sqlDriver('postgresql', async (sql, params) => {
 *       const { rows } = await db.executeQuery<Record<string, unknown>>(CompiledQuery.raw(sql, params))
 *       return { rows }
 *     }),
 *   )
 * ```
 *
 * @throws {ConfigurationError} `invalid_configuration`, if the dialect is unknown or `query` is not a function
 */
export function sqlDriver(dialect: SqlDialect, query: SqlQuery): SqlDriver {
  const problems = [
    ...(dialects.includes(dialect) ? [] : [`dialect must be one of ${dialects.join(', ')}`]),
    ...(typeof query === 'function' ? [] : ['needs a function that sends a statement with its parameters']),
  ]
  if (problems.length > 0) throw new ConfigurationError(problems.map((text) => `sqlDriver(): ${text}`))
  return { dialect, query }
}

/** The reasons why a driver cannot be used, a sentence each. Empty if it can. */
export function driverProblems(driver: unknown): string[] {
  const { dialect, query } = Object(driver) as Partial<Record<string, unknown>>
  if (typeof query === 'function' && dialects.some((known) => known === dialect)) return []
  return [
    'sqlStore() needs a driver: that of an entry, such as nodeSqliteDriver() or pgDriver(), or one that sqlDriver() created',
  ]
}
