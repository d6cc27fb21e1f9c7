import { resolve } from 'node:path'
import { ConfigurationError } from '@pd/oauth-core'
import type { SqlDriver, SqlRow, SqlValue } from '../sql-driver.ts'
import { busyTimeoutProblems, defaultBusyTimeoutMs, guardedDriver } from './sqlite-guard.ts'

/** The part of a `Database` of better-sqlite3 that the driver uses. */
export interface BetterSqlite3Like {
  readonly name: string
  readonly memory: boolean
  readonly inTransaction: boolean
  prepare(sql: string): BetterSqlite3StatementLike
}

export interface BetterSqlite3StatementLike {
  /** Whether the statement returns rows. */
  readonly reader: boolean
  safeIntegers(isOn: boolean): BetterSqlite3StatementLike
  all(...params: SqlValue[]): unknown[]
  run(...params: SqlValue[]): unknown
}

export interface BetterSqlite3Options {
  /**
   * How long a statement waits for other processes that write to the same file, in milliseconds, before it fails. 0 or
   * more. Should be less than the client's `policy.storeTimeoutMs`, so that no write succeeds after the client has given
   * up on it. The option `timeout` of the database blocks the process, so it should be short. Default: 4 000.
   */
  readonly busyTimeoutMs?: number | undefined
}

/**
 * Creates a driver from a `Database` of better-sqlite3 13 or newer, which keeps its settings and stays open. Once its file is
 * moved, deleted or replaced, every statement fails. A file that several processes share should be in WAL mode.
 *
 * @example
 * ```ts
 * import Database from 'better-sqlite3'
 * import { sqlStore } from '@pd/oauth-sql'
 * import { betterSqlite3Driver } from '@pd/oauth-sql/better-sqlite3'
 *
 * const database = new Database('installations.db', { timeout: 100 })
 * database.pragma('journal_mode = WAL')
 * database.pragma('synchronous = FULL')
 * const store = sqlStore(betterSqlite3Driver(database))
 * await store.createTable()
 * ```
 *
 * @throws {ConfigurationError} `invalid_configuration`, if this is not a database of better-sqlite3, or an option cannot be used
 */
export function betterSqlite3Driver(
  database: BetterSqlite3Like,
  options: BetterSqlite3Options = {},
): SqlDriver {
  const { busyTimeoutMs = defaultBusyTimeoutMs, ...others } = Object(options) as BetterSqlite3Options
  const { prepare, inTransaction, name } = Object(database) as Partial<BetterSqlite3Like>
  const isDatabase =
    typeof prepare === 'function' && typeof inTransaction === 'boolean' && typeof name === 'string'
  const problems = [
    ...(isDatabase ? [] : ['needs an open Database of better-sqlite3']),
    ...busyTimeoutProblems(busyTimeoutMs),
    ...Object.keys(others).map((option) => `${option} is not a known option`),
  ]
  if (problems.length > 0)
    throw new ConfigurationError(problems.map((text) => `betterSqlite3Driver(): ${text}`))
  const statements = new Map<string, BetterSqlite3StatementLike>()
  return guardedDriver({
    path: database.memory ? undefined : resolve(database.name),
    busyTimeoutMs,
    isInTransaction: () => database.inTransaction,
    all: (sql, params) => {
      const statement = statements.get(sql) ?? database.prepare(sql).safeIntegers(false)
      statements.set(sql, statement)
      if (statement.reader) return statement.all(...params) as SqlRow[]
      statement.run(...params)
      return []
    },
  })
}
