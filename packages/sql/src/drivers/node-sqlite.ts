import { resolve } from 'node:path'
import type { StatementSync } from 'node:sqlite'
import { setTimeout as pause } from 'node:timers/promises'
import { ConfigurationError } from '@pd/oauth-core'
import type { SqlDriver, SqlValue } from '../sql-driver.ts'
import { isFrozen, movedCheck, openFile, openFrozen } from './sqlite-file.ts'
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
  const connection = isOwn ? openFile(database) : database
  const path = isOwn ? absolutePathOf(database) : locationOf(database)
  const checkMoved = path === undefined ? () => {} : movedCheck(path)
  if (isOwn) connection.exec(`PRAGMA busy_timeout = ${blockingMs}`)
  const statements = new Map<string, StatementSync>()
  let isReadyToWrite = !isOwn

  const statementOf = (sql: string) => {
    if (connection.isTransaction)
      throw new Error(
        'The database is in a transaction of the application, which may be rolled back. ' +
          'Give the store a connection of its own.',
      )
    checkMoved()
    const statement = statements.get(sql) ?? prepared(connection, sql)
    statements.set(sql, statement)
    return statement
  }
  const write = (sql: string, params: readonly SqlValue[]) => {
    if (!isReadyToWrite) connection.exec(beforeWrites)
    isReadyToWrite = true
    const changes = Number(statementOf(sql).run(...params).changes)
    // The file may have been moved before the commit.
    checkMoved()
    return { changes }
  }
  const read = (sql: string, params: readonly SqlValue[]) => {
    try {
      return statementOf(sql).all(...params)
    } catch (error) {
      if (path === undefined || !isFrozen(path, error)) throw error
      using frozen = openFrozen(path)
      const rows = prepared(frozen, sql).all(...params)
      // Another process may have begun to write meanwhile.
      return isFrozen(path, error) ? rows : statementOf(sql).all(...params)
    }
  }
  const close = () => {
    if (isOwn && connection.isOpen) connection.close()
  }

  return {
    dialect: 'sqlite',
    run: (sql, params) => whenFree(busyTimeoutMs, () => write(sql, params)),
    all: (sql, params) => whenFree(busyTimeoutMs, () => read(sql, params)),
    close,
    [Symbol.dispose]: close,
  }
}

const defaultBusyTimeoutMs = 4_000
/** How long SQLite itself waits for a lock. It blocks the process for this time. */
const blockingMs = 100
/** FULL: a commit is on the disk, because a new refresh token must survive a power failure. Not needed to read. */
const beforeWrites = 'PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL'

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

/** Repeats a statement while others hold the lock, without blocking the process. A statement that gets no lock does nothing. */
async function whenFree<T>(busyTimeoutMs: number, attempt: () => T): Promise<T> {
  const until = performance.now() + busyTimeoutMs
  for (;;) {
    try {
      return attempt()
    } catch (error) {
      if (!isBusy(error) || performance.now() >= until) throw error
    }
    await pause(5 + 20 * Math.random())
  }
}

/** Whether this is SQLITE_BUSY in one of its variants. */
function isBusy(error: unknown): boolean {
  const { errcode } = Object(error) as { errcode?: number }
  return errcode !== undefined && (errcode & 0xff) === 5
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
    ...(Number.isFinite(busyTimeoutMs) && busyTimeoutMs >= 0
      ? []
      : ['busyTimeoutMs must be a number of 0 or more']),
    ...Object.keys(others).map((name) => `${name} is not a known option`),
  ]
}
