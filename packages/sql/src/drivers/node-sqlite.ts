/// <reference lib="esnext.disposable" preserve="true" />
import { resolve } from 'node:path'
import type { StatementSync } from 'node:sqlite'
import { ConfigurationError } from '@pd/oauth-core'
import type { SqlDriver, SqlValue } from '../sql-driver.ts'
import { filePathOf, isFrozen, leftWalError, openFile, openFrozen } from './sqlite-file.ts'
import { busyTimeoutProblems, defaultBusyTimeoutMs, guardedDriver } from './sqlite-guard.ts'
import { DatabaseSync } from './sqlite-module.ts'

export interface NodeSqliteOptions {
  /**
   * How long a statement waits for other processes that write to the same file, in milliseconds, before it fails. 0 or
   * more. Should be less than the client's `policy.storeTimeoutMs`, so that no write succeeds after the client has given
   * up on it. Default: 4 000.
   */
  readonly busyTimeoutMs?: number | undefined
}

export interface NodeSqliteDriver extends SqlDriver, Disposable {
  /** Closes the file. A `DatabaseSync` that you passed in stays open. */
  close(): void
}

/**
 * Creates a driver for SQLite in Node, from the path of a file, `:memory:`, or an open `DatabaseSync`. A missing file is
 * created, readable by its owner only. Before the first write, the file is put into WAL mode, so that several processes of
 * one machine can share it. To read, it is enough that the file can be read. Once the file is moved, deleted or replaced,
 * every statement fails.
 *
 * `node:sqlite` is synchronous: each statement blocks the process while it runs, a write until the disk has confirmed
 * it. A wait for other processes blocks for at most a tenth of a second.
 *
 * @example
 * ```ts
 * import { sqlStore } from '@pd/oauth-sql'
 * import { nodeSqliteDriver } from '@pd/oauth-sql/node-sqlite'
 *
 * const store = sqlStore(nodeSqliteDriver('installations.db'))
 * await store.createTable()
 * ```
 *
 * @throws {ConfigurationError} `invalid_configuration`, if the file or an option cannot be used
 */
export function nodeSqliteDriver(
  database: string | DatabaseSync,
  options: NodeSqliteOptions = {},
): NodeSqliteDriver {
  const problems = [...databaseProblems(database), ...optionProblems(options)]
  if (problems.length > 0) throw new ConfigurationError(problems.map((text) => `nodeSqliteDriver(): ${text}`))
  const { busyTimeoutMs = defaultBusyTimeoutMs } = options
  const isOwn = typeof database === 'string'
  const path = isOwn ? absolutePathOf(database) : locationOf(database)
  const file = path === undefined ? undefined : filePathOf(path)
  const connection = isOwn ? openOwn(file) : database
  if (isOwn) connection.exec(`PRAGMA busy_timeout = ${blockingMs}`)
  const statements = new Map<string, StatementSync>()
  let isReadyToWrite = !isOwn
  const all = (sql: string, params: readonly SqlValue[]) => {
    const statement = statements.get(sql) ?? prepared(connection, sql)
    statements.set(sql, statement)
    return statement.all(...params)
  }
  const driver = guardedDriver({
    path,
    busyTimeoutMs,
    isInTransaction: () => connection.isTransaction,
    all,
    beforeWrite: () => {
      if (!isReadyToWrite) connection.exec(beforeWrites)
      isReadyToWrite = true
    },
    readOtherwise: (error, sql, params) => {
      if (file === undefined) throw error
      if (!isFrozen(file, error)) throw leftWalError(file, error)
      using frozen = openFrozen(file)
      const rows = prepared(frozen, sql).all(...params)
      // Another process may have begun to write meanwhile.
      return isFrozen(file, error) ? rows : all(sql, params)
    },
  })
  const close = () => {
    if (isOwn && connection.isOpen) connection.close()
  }

  return { ...driver, close, [Symbol.dispose]: close }
}

/** How long SQLite itself waits for a lock. It blocks the process for this time. */
const blockingMs = 100
/** FULL: a commit is on the disk, because a new refresh token must survive a power failure. Not needed to read. */
const beforeWrites = 'PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL'

function openOwn(file: string | undefined): DatabaseSync {
  return file === undefined ? new DatabaseSync(':memory:') : openFile(file)
}

function absolutePathOf(path: string): string | undefined {
  return path === ':memory:' ? undefined : resolve(path)
}

/** Returns the path of an open database, if it is a file. Older versions of Node 22 do not know it. */
function locationOf(database: DatabaseSync): string | undefined {
  return database.location?.() ?? undefined
}

/** Prepares a statement whose rows are objects with plain numbers, whatever the options of the database are. */
function prepared(database: DatabaseSync, sql: string): StatementSync {
  const statement = database.prepare(sql)
  statement.setReadBigInts(false)
  // Node 22 has neither this method nor the option that it resets.
  statement.setReturnArrays?.(false)
  return statement
}

function databaseProblems(database: unknown): string[] {
  if (database instanceof DatabaseSync) return []
  if (typeof database !== 'string' || database === '')
    return ['needs the path of a file, or an open DatabaseSync']
  return /^file:/i.test(database) ? ['needs the path of a file, not a URL'] : []
}

function optionProblems(options: NodeSqliteOptions): string[] {
  const { busyTimeoutMs = defaultBusyTimeoutMs, ...others } = Object(options) as NodeSqliteOptions
  return [
    ...busyTimeoutProblems(busyTimeoutMs),
    ...Object.keys(others).map((name) => `${name} is not a known option`),
  ]
}
