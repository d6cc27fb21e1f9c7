import { closeSync, openSync } from 'node:fs'
import { dirname } from 'node:path'
import { DatabaseSync, type StatementSync } from 'node:sqlite'
import { setTimeout as pause } from 'node:timers/promises'
import { ConfigurationError } from '@pd/oauth-core'
import type { SqlDriver } from '../sql-driver.ts'

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
 * created, readable by its owner only. The file is put into WAL mode, so that several processes of one machine can share
 * it.
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
  const connection = typeof database === 'string' ? opened(database) : database
  const statements = new Map<string, StatementSync>()
  let isPrepared = typeof database !== 'string'

  const statementOf = (sql: string) => {
    if (connection.isTransaction)
      throw new Error(
        'The database is in a transaction of the application, which may be rolled back. ' +
          'Give the store a connection of its own.',
      )
    if (!isPrepared) connection.exec('PRAGMA journal_mode = WAL')
    isPrepared = true
    const statement = statements.get(sql) ?? prepared(connection, sql)
    statements.set(sql, statement)
    return statement
  }
  const close = () => {
    if (typeof database === 'string' && connection.isOpen) connection.close()
  }

  return {
    dialect: 'sqlite',
    run: (sql, params) =>
      whenFree(busyTimeoutMs, () => ({ changes: Number(statementOf(sql).run(...params).changes) })),
    all: (sql, params) => whenFree(busyTimeoutMs, () => statementOf(sql).all(...params)),
    close,
    [Symbol.dispose]: close,
  }
}

const defaultBusyTimeoutMs = 4_000
/** How long SQLite itself waits for a lock. It blocks the process for this time. */
const blockingMs = 100

function opened(path: string): DatabaseSync {
  if (path !== ':memory:') createFile(path)
  const database = openedAt(path)
  // FULL: a commit is on the disk. A new refresh token must survive a power failure.
  database.exec(`PRAGMA busy_timeout = ${blockingMs}; PRAGMA synchronous = FULL`)
  return database
}

function openedAt(path: string): DatabaseSync {
  try {
    return new DatabaseSync(path)
  } catch (error) {
    throw new ConfigurationError([`nodeSqliteDriver(): ${path} cannot be opened: ${messageOf(error)}`])
  }
}

/** Prepares a statement whose rows are objects with plain numbers, whatever the options of the database are. */
function prepared(database: DatabaseSync, sql: string): StatementSync {
  const statement = database.prepare(sql)
  statement.setReadBigInts(false)
  // Node 22 has neither this method nor the option that it resets.
  statement.setReturnArrays?.(false)
  return statement
}

/**
 * Creates the file if it is missing, readable by its owner only. SQLite gives its other files the same mode. An existing
 * file is not opened, because closing it would drop the locks of other connections in this process.
 */
function createFile(path: string): void {
  try {
    closeSync(openSync(path, 'wx', 0o600))
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'EEXIST') return
    throw new ConfigurationError([
      code === 'ENOENT'
        ? `nodeSqliteDriver(): the folder ${dirname(path)} does not exist; create it first`
        : `nodeSqliteDriver(): ${path} cannot be created: ${messageOf(error)}`,
    ])
  }
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

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
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
