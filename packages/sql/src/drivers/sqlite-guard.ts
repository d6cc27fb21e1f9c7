import { setTimeout as pause } from 'node:timers/promises'
import { sqlDriver, type SqlDriver, type SqlRow, type SqlValue } from '../sql-driver.ts'
import { movedCheck } from './moved-check.ts'
import { withRights } from './sqlite-rights.ts'

export const defaultBusyTimeoutMs = 4_000

/** A synchronous connection to a SQLite database. */
export interface SqliteConnection {
  /** The absolute path of the file. Undefined: it has none. */
  readonly path: string | undefined
  readonly busyTimeoutMs: number
  isInTransaction(): boolean
  /** Runs a statement to its end, and returns its rows. */
  all(sql: string, params: readonly SqlValue[]): readonly SqlRow[]
  /** Runs before each write. */
  beforeWrite?(): void
  /** Returns the rows of a query that failed with this error, if there is another way to read them. */
  readOtherwise?(error: unknown, sql: string, params: readonly SqlValue[]): readonly SqlRow[]
}

/**
 * Creates a driver that refuses a file that was moved and a connection that is in a transaction of the application, and that
 * waits for the locks of other processes without blocking this one.
 */
export function guardedDriver(connection: SqliteConnection): SqlDriver {
  const { path, busyTimeoutMs } = connection
  const checkMoved = path === undefined ? () => {} : movedCheck(path)
  const run = (sql: string, params: readonly SqlValue[]) => {
    if (connection.isInTransaction())
      throw new Error(
        'The database is in a transaction of the application, which may be rolled back. ' +
          'Give the store a connection of its own.',
      )
    checkMoved()
    return connection.all(sql, params)
  }
  const write = (sql: string, params: readonly SqlValue[]) => {
    connection.beforeWrite?.()
    const rows = run(sql, params)
    // The file may have been moved before the commit.
    checkMoved()
    return rows
  }
  const read = (sql: string, params: readonly SqlValue[]) => {
    try {
      return run(sql, params)
    } catch (error) {
      if (connection.readOtherwise === undefined) throw error
      return connection.readOtherwise(error, sql, params)
    }
  }
  return sqlDriver('sqlite', async (sql, params) => {
    const attempt = /^(SELECT|PRAGMA)\b/.test(sql) ? read : write
    try {
      return { rows: await whenFree(busyTimeoutMs, () => attempt(sql, params)) }
    } catch (error) {
      throw withRights(path, error)
    }
  })
}

/** The reasons why the time cannot be used, a sentence each. Empty if it can. */
export function busyTimeoutProblems(busyTimeoutMs: unknown): string[] {
  return Number.isFinite(busyTimeoutMs) && Number(busyTimeoutMs) >= 0
    ? []
    : ['busyTimeoutMs must be a number of 0 or more']
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
  const { errcode, code } = Object(error) as { errcode?: number; code?: unknown }
  return errcode === undefined ? String(code).startsWith('SQLITE_BUSY') : (errcode & 0xff) === 5
}
