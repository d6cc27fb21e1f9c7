import { ConfigurationError, StoreError } from '@pd/oauth-core'
import { cleanCause } from '@pd/oauth-core/adapter'
import { causesOf, type Cause } from './causes.ts'
import { lastingRemedies, passingRemedies, type Lasting, type Passing } from './remedies.ts'
import type { SqlDialect, SqlDriver } from './sql-driver.ts'
import type { Table } from './table.ts'
import { isOfTls } from './tls-refusal.ts'

/** Why a database refuses a statement, if there is something that somebody can do about it. */
export type Refusal = Exclude<Lasting, 'may_not_create' | 'missing_d1_table'> | Passing

/**
 * Resolves to what `ask` does. Its errors say what to do: what no retry can mend is a `ConfigurationError`, and is not retried.
 * What passes is a `StoreError`. Errors that are not known stay as they are.
 */
export async function withRemedies<T>(
  ask: () => Promise<T>,
  table: Table,
  { dialect, isManaged }: Pick<SqlDriver, 'dialect' | 'isManaged'>,
): Promise<T> {
  try {
    return await ask()
  } catch (error) {
    const refusal = refusalOf(error, dialect)
    if (refusal === undefined) throw error
    const isOfD1 = refusal === 'missing_table' && dialect === 'sqlite' && isManaged
    throw refusalError(isOfD1 ? 'missing_d1_table' : refusal, table, error)
  }
}

/** Returns why the database refused. Undefined: for an unknown reason, or for one that it mends itself. */
export function refusalOf(error: unknown, dialect: SqlDialect): Refusal | undefined {
  // It says already what to do.
  if (error instanceof ConfigurationError || error instanceof StoreError) return undefined
  for (const cause of causesOf(error)) {
    const refusal = readers[dialect](cause)
    if (refusal !== undefined) return refusal
  }
  return undefined
}

/** Returns whether the database refuses changes that need more than the right to write rows. */
export function isDenied(error: unknown, dialect: SqlDialect): boolean {
  const refusal = refusalOf(error, dialect)
  return refusal === 'missing_rights' || refusal === 'read_only_file' || refusal === 'read_only_server'
}

/** Returns whether an INSERT of MySQL met a row with the same key. */
export function isDuplicate(error: unknown): boolean {
  return causesOf(error).some(({ errno }) => errno === 1062)
}

export function refusalError(
  refusal: Refusal | Lasting,
  table: Table,
  error: unknown,
): ConfigurationError | StoreError {
  const cause = error instanceof ConfigurationError ? error : cleanCause(error)
  const said = `The database said: ${cause.message}`
  if (refusal in passingRemedies)
    return new StoreError('store_unavailable', `${passingRemedies[refusal as Passing]} ${said}`, { cause })
  const refused = new ConfigurationError([`${lastingRemedies[refusal as Lasting](table.quoted)} ${said}`])
  refused.cause = cause
  return refused
}

const readers: Readonly<Record<SqlDialect, (cause: Cause) => Refusal | undefined>> = {
  postgresql: postgresRefusal,
  mysql: mysqlRefusal,
  sqlite: sqliteRefusal,
}

function postgresRefusal(cause: Cause): Refusal | undefined {
  // pg says this itself, without a code, if the server asks for a password and the address has none.
  if (/^SASL: .*\bclient password must be\b/.test(cause.message)) return 'password'
  return isOfTls(cause) ? 'tls' : postgresRefusals.get(cause.code)
}

function mysqlRefusal(cause: Cause): Refusal | undefined {
  if (cause.code === 'AUTH_SWITCH_PLUGIN_ERROR' && cause.message.includes('unknown plugin'))
    return 'not_admitted'
  return mysqlRefusals.get(cause.errno) ?? (isOfTls(cause) ? 'tls' : undefined)
}

/** @see [PostgreSQL error codes](https://www.postgresql.org/docs/current/errcodes-appendix.html) */
const postgresRefusals: ReadonlyMap<unknown, Refusal> = new Map([
  ['42P01', 'missing_table'],
  ['3F000', 'missing_schema'],
  ['42703', 'missing_columns'],
  // No unique index on the id, and columns of other types.
  ['42P10', 'missing_columns'],
  ['42804', 'missing_columns'],
  ['22001', 'missing_columns'],
  ['22003', 'missing_columns'],
  ['22007', 'missing_columns'],
  ['22P02', 'missing_columns'],
  ['42501', 'missing_rights'],
  ['42883', 'no_notify'],
  ['28P01', 'password'],
  // The user does not exist, or pg_hba.conf asks for TLS.
  ['28000', 'not_admitted'],
  ['3D000', 'missing_database'],
  ['25006', 'read_only_server'],
  ['53100', 'disk_full'],
  ['53300', 'too_many_connections'],
  ['57014', 'too_slow'],
  ['55P03', 'too_slow'],
])

/** @see [MariaDB error codes](https://mariadb.com/docs/server/reference/error-codes/mariadb-error-code-reference) */
const mysqlRefusals: ReadonlyMap<unknown, Refusal> = new Map([
  [1146, 'missing_table'],
  [1054, 'missing_columns'],
  // Columns of other types.
  [1264, 'missing_columns'],
  [1265, 'missing_columns'],
  [1292, 'missing_columns'],
  [1366, 'missing_columns'],
  [1406, 'missing_columns'],
  [1142, 'missing_rights'],
  [1143, 'missing_rights'],
  [1044, 'missing_rights'],
  [1045, 'password'],
  [1698, 'password'],
  // It has expired.
  [1820, 'password'],
  [1862, 'password'],
  // From this machine, and with an account that is locked: by its owner, in MariaDB and MySQL, or after too many wrong passwords.
  [1130, 'not_admitted'],
  [4151, 'not_admitted'],
  [3118, 'not_admitted'],
  [4150, 'not_admitted'],
  [3955, 'not_admitted'],
  [3159, 'tls'],
  [1049, 'missing_database'],
  [1046, 'missing_database'],
  [1290, 'read_only_server'],
  [1792, 'read_only_server'],
  [1836, 'read_only_server'],
  [1021, 'disk_full'],
  [1114, 'disk_full'],
  [1040, 'too_many_connections'],
  [1203, 'too_many_connections'],
  [1226, 'too_many_connections'],
  [1205, 'too_slow'],
  [1969, 'too_slow'],
  [3024, 'too_slow'],
])

/** SQLite has one code for many mistakes, so the message decides. Each library repeats the message of SQLite. */
function sqliteRefusal({ message, code, errcode }: Cause): Refusal | undefined {
  const wasMoved = errcode === readonlyMoved || code === 'SQLITE_READONLY_DBMOVED'
  if (wasMoved) return undefined
  return sqliteMessages.find(([pattern]) => pattern.test(message))?.[1]
}

const sqliteMessages: readonly (readonly [RegExp, Refusal])[] = [
  [/\bno such table: /, 'missing_table'],
  [
    /\bno such column: |\bhas no column named |\bON CONFLICT clause does not match\b|\bcannot store \w+ value in\b/,
    'missing_columns',
  ],
  [/\breadonly database\b/, 'read_only_file'],
  [/\bfile is not a database\b/, 'not_a_database'],
  [/\bdisk image is malformed\b/, 'corrupt'],
  [/\bdatabase or disk is full\b/, 'disk_full'],
  [/\bdisk I\/O error\b/, 'disk_error'],
  [/\blocking protocol\b/, 'network_drive'],
  [/\bdatabase (table |schema )?is locked\b/, 'locked'],
  [/\bunable to open database file\b/, 'cannot_open'],
]

/** SQLITE_READONLY_DBMOVED: the file was moved or replaced. The store works again once the process is restarted. */
const readonlyMoved = 1032
