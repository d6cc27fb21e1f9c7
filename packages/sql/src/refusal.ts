import { ConfigurationError } from '@pd/oauth-core'
import { cleanCause } from '@pd/oauth-core/adapter'
import type { SqlDialect, SqlDriver } from './sql-driver.ts'
import type { Table } from './table.ts'

/** Why a database refuses a statement, and will refuse it until somebody changes the database or its rights. */
type Refusal = 'missing_table' | 'missing_columns' | 'missing_rights' | 'read_only'

/**
 * Returns the same driver, whose refusals are a `ConfigurationError`: it tells the developer what to do, and is not
 * retried. Every other error stays as it is, because the database may accept the same statement later.
 */
export function withRemedies(driver: SqlDriver, table: Table): SqlDriver {
  const { dialect } = driver
  const remedied = async <T>(ask: () => Promise<T>) => {
    try {
      return await ask()
    } catch (error) {
      const refusal = refusalOf(error, dialect)
      throw refusal === undefined ? error : refusalError(refusal, table, error)
    }
  }
  return {
    dialect,
    run: (sql, params) => remedied(() => driver.run(sql, params)),
    all: (sql, params) => remedied(() => driver.all(sql, params)),
  }
}

/** Returns why the database refused. Undefined: for no reason that lasts, or for an unknown one. */
export function refusalOf(error: unknown, dialect: SqlDialect): Refusal | undefined {
  const causes = causesOf(error)
  for (const cause of causes) {
    const refusal = dialect === 'postgresql' ? postgresRefusals.get(cause.code) : sqliteRefusal(cause)
    if (refusal !== undefined) return refusal
  }
  return undefined
}

/** Returns whether the database refuses changes that need more than the right to write rows. */
export function isDenied(error: unknown, dialect: SqlDialect): boolean {
  const refusal = refusalOf(error, dialect)
  const isReadOnly = dialect === 'postgresql' && causesOf(error).some(({ code }) => code === '25006')
  return refusal === 'missing_rights' || refusal === 'read_only' || isReadOnly
}

export function refusalError(
  refusal: Refusal | 'may_not_create',
  table: Table,
  error: unknown,
): ConfigurationError {
  const cause = error instanceof ConfigurationError ? error : cleanCause(error)
  const refused = new ConfigurationError([
    `${remedies[refusal](table.quoted)} The database said: ${cause.message}`,
  ])
  refused.cause = cause
  return refused
}

const remedies: Record<Refusal | 'may_not_create', (table: string) => string> = {
  missing_table: (table) =>
    `The table ${table} does not exist. Call createTable() of the store once at the start, or run the SQL of ` +
    'migrations() as a role that may create tables.',
  may_not_create: (table) =>
    `The table ${table} does not exist, and the store may not create it. Run the SQL of migrations() as a role that may ` +
    'create tables.',
  missing_columns: (table) =>
    `The table ${table} does not have the columns that this version needs. createTable() does not change an existing ` +
    'table: add what the SQL of migrations() has and the table has not, or choose another table.',
  missing_rights: (table) =>
    `The database role lacks a right. Grant it SELECT, INSERT, UPDATE and DELETE on ${table}, and USAGE on the schema.`,
  read_only: (table) =>
    `The database of the table ${table} can only be read. Let the process write to the database; for a SQLite file, to ` +
    'the file and to its folder.',
}

/** @see [PostgreSQL error codes](https://www.postgresql.org/docs/current/errcodes-appendix.html) */
const postgresRefusals: ReadonlyMap<unknown, Refusal> = new Map([
  ['42P01', 'missing_table'],
  ['3F000', 'missing_table'],
  ['42703', 'missing_columns'],
  ['42501', 'missing_rights'],
])

/** SQLite has one code for many mistakes, so the message decides. Each library repeats the message of SQLite. */
function sqliteRefusal({ message, code, errcode }: Cause): Refusal | undefined {
  if (/\bno such table: /.test(message)) return 'missing_table'
  if (/\bno such column: |\bhas no column named /.test(message)) return 'missing_columns'
  const wasMoved = errcode === readonlyMoved || code === 'SQLITE_READONLY_DBMOVED'
  return !wasMoved && /\breadonly database\b/.test(message) ? 'read_only' : undefined
}

/** SQLITE_READONLY_DBMOVED: the file was moved or replaced. The store works again once the process is restarted. */
const readonlyMoved = 1032

interface Cause {
  readonly message: string
  readonly code: unknown
  readonly errcode: unknown
}

/** Returns the error and what caused it, because some libraries wrap the error of the database. */
function causesOf(error: unknown): readonly Cause[] {
  const causes: Cause[] = []
  for (let cause = error; cause instanceof Error && causes.length < 5; cause = cause.cause) {
    const { code, errcode } = cause as { readonly code?: unknown; readonly errcode?: unknown }
    causes.push({ message: cause.message, code, errcode })
  }
  return causes
}
