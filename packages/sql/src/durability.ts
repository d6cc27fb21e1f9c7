import type { StoreFinding } from '@pd/oauth-core'
import { rowWith, textOf } from './rows.ts'
import type { SqlDialect, SqlRow } from './sql-driver.ts'
import type { Statements } from './statements.ts'
import type { Table } from './table.ts'

/** Sends a statement without parameters, and returns its rows. */
type Ask = (sql: string) => Promise<readonly SqlRow[]>

/**
 * Returns what endangers the rows when the server or the machine fails: a table that is not written to disk, and settings
 * by which a commit does not wait for the disk.
 */
export async function durabilityFindings(
  ask: Ask,
  { durability, columns }: Statements,
  { quoted }: Table,
  dialect: SqlDialect,
): Promise<StoreFinding[]> {
  try {
    const [row] = await ask(durability)
    return findingsIn[dialect](rowWith(columnsIn[dialect], row), quoted)
  } catch (error) {
    // If this fails, too, the database is away. If not, it does not know the question.
    await ask(columns)
    return [unchecked(error)]
  }
}

/** The columns of the statement `durability`. */
const columnsIn: Readonly<Record<SqlDialect, readonly string[]>> = {
  postgresql: ['persistence', 'fsync', 'commits', 'pages'],
  mysql: ['engine', 'flushes', 'pages'],
  sqlite: ['file', 'journal', 'synchronous'],
}

const findingsIn: Readonly<Record<SqlDialect, (row: SqlRow, table: string) => StoreFinding[]>> = {
  postgresql: ({ persistence, fsync, commits, pages }, table) => [
    ...only(persistence === 'u', {
      status: 'problem',
      found: `The table ${table} is UNLOGGED: PostgreSQL empties it after a crash.`,
      fix: `Run ALTER TABLE ${table} SET LOGGED.`,
    }),
    ...only(persistence === 't', {
      status: 'problem',
      found: `The table ${table} is temporary: it is gone when its connection ends.`,
      fix: 'Drop it, and create a table that is not temporary.',
    }),
    ...only(fsync === 'off', {
      status: 'problem',
      found: 'PostgreSQL has fsync off: if the machine fails, the whole database may be unreadable.',
      fix: 'Set fsync = on.',
    }),
    ...only(pages === 'off', {
      status: 'warning',
      found:
        'PostgreSQL has full_page_writes off: if the machine fails, a page may be half written, and the database damaged.',
      fix: `Set full_page_writes = on, ${unlessWhole}.`,
    }),
    ...only(commits === 'off', {
      status: 'warning',
      found: 'PostgreSQL has synchronous_commit off: a crash loses the tokens of the last moments.',
      fix: 'Set synchronous_commit = on, for the server or for the role of the application.',
    }),
  ],
  mysql: ({ engine, flushes, pages }, table) => [
    ...only(engine !== null && String(engine).toLowerCase() !== 'innodb', {
      status: 'problem',
      found: `The table ${table} has the engine ${String(engine)}: a crash may damage or empty it.`,
      fix: `Run ALTER TABLE ${table} ENGINE = InnoDB.`,
    }),
    ...only(Number(flushes) !== 1, {
      status: 'warning',
      found: `The server has innodb_flush_log_at_trx_commit ${String(flushes)}: a crash loses the tokens of the last moments.`,
      fix: 'Set innodb_flush_log_at_trx_commit = 1.',
    }),
    // MariaDB returns a number, MySQL a text.
    ...only(['0', 'OFF', 'DETECT_ONLY'].includes(textOf(pages)), {
      status: 'warning',
      found:
        'The server has innodb_doublewrite off: if the machine fails, a page may be half written, and the table damaged.',
      fix: `Set innodb_doublewrite = ON, ${unlessWhole}.`,
    }),
  ],
  sqlite: ({ file, journal, synchronous }) => {
    if (file === '')
      return [
        {
          status: 'warning',
          found: 'The SQLite database is in memory: it is gone when the process ends.',
          fix: 'Open a file.',
        },
      ]
    return [
      ...only(['off', 'memory'].includes(String(journal)), {
        status: 'problem',
        found: `SQLite has journal_mode ${String(journal)}: a process that is killed while it writes may damage the file.`,
        fix: 'Run PRAGMA journal_mode = WAL.',
      }),
      ...only(Number(synchronous) === 0, {
        status: 'problem',
        found: 'SQLite has synchronous OFF: if the machine fails, the file may be damaged.',
        fix: 'Run PRAGMA synchronous = FULL on each connection.',
      }),
      ...only(Number(synchronous) === 1, {
        status: 'warning',
        found:
          'SQLite has synchronous NORMAL: if the machine fails, the tokens of the last moments may be lost.',
        fix: 'Run PRAGMA synchronous = FULL on each connection.',
      }),
    ]
  },
}

const unlessWhole = 'unless the file system or the service never writes half a page, such as ZFS or Aurora'

function only(isSo: boolean, finding: StoreFinding): StoreFinding[] {
  return isSo ? [finding] : []
}

function unchecked(error: unknown): StoreFinding {
  return {
    status: 'unchecked',
    found: `The database does not say whether a commit waits for the disk (${error instanceof Error ? error.message : String(error)}).`,
    fix: 'Make sure that it does.',
  }
}
