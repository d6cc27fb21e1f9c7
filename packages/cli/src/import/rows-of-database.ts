import { CliError } from '../cli-error.ts'
import { ExitCode } from '../exit-code.ts'
import { holdsPassword } from '../store/store-url.ts'
import type { PlacedRow } from './rows-of-text.ts'
import { columnsOf, neededColumns } from './column-names.ts'

/** A database from which rows are imported. It is only read. */
interface Database {
  readonly address: string
  tables(): Promise<readonly string[]>
  rows(table: string, columns: readonly string[]): Promise<readonly Record<string, unknown>[]>
  columns(table: string): Promise<readonly string[]>
  close(): Promise<void>
}

/** The names under which the app scaffold has its table, then those of Auth.js and better-auth. */
const usualTables = ['pipedrive_tokens', 'installations', 'tokens', 'account', 'Account', 'accounts'] as const

/**
 * Returns the rows of a table in `sqlite:path` or `postgres://…`.
 * @throws {CliError} when the database, the table or a column is missing
 */
export async function rowsOfDatabase(url: string, named: string | undefined): Promise<PlacedRow[]> {
  if (holdsPassword(url))
    throw new CliError(
      ExitCode.configuration,
      'The arguments of a command show a password to every user of this machine. Leave it out of the address and set PGPASSWORD, or use ~/.pgpass.',
    )
  const database = url.startsWith('sqlite:') ? await openSqlite(url) : await openPostgres(url)
  try {
    const tables = await database.tables()
    const there = usualTables.filter((name) => tables.includes(name))
    const candidates = named === undefined ? there : tables.filter((name) => name === named)
    let shown: readonly string[] = []
    for (const table of candidates) {
      const columns = await database.columns(table)
      if (columnsOf('refreshToken', columns).length > 0)
        return await rowsOf(database, table, neededColumns(columns))
      if (shown.length === 0) shown = columns
    }
    const [first] = candidates
    throw first === undefined
      ? missingTable(database.address, named, tables)
      : new CliError(
          ExitCode.configuration,
          `The table ${first} has no column refresh_token. It has: ${shown.join(', ')}.`,
        )
  } finally {
    await database.close()
  }
}

async function rowsOf(database: Database, table: string, columns: readonly string[]): Promise<PlacedRow[]> {
  try {
    const rows = await database.rows(table, columns)
    return rows.map((row, index) => ({ place: `row ${index + 1}`, row }))
  } catch (cause) {
    throw new CliError(ExitCode.configuration, `The table ${table} in ${database.address} cannot be read.`, {
      cause,
    })
  }
}

function missingTable(address: string, named: string | undefined, tables: readonly string[]): CliError {
  const wanted = named ?? usualTables.join(' or ')
  const there =
    tables.length === 0 ? 'It has no tables.' : `It has: ${tables.join(', ')}. Name one with --table.`
  return new CliError(ExitCode.configuration, `${address} has no table ${wanted}. ${there}`)
}

async function openSqlite(url: string): Promise<Database> {
  const path = url.slice('sqlite:'.length)
  const { DatabaseSync } = await import('node:sqlite')
  try {
    const database = new DatabaseSync(path, { readOnly: true })
    const all = (sql: string) => database.prepare(sql).all()
    const named = (sql: string) => all(sql).map(({ name }) => String(name))
    const tables = named("SELECT name FROM sqlite_master WHERE type IN ('table', 'view') ORDER BY name")
    return {
      address: url,
      tables: async () => tables,
      columns: async (table) => named(`SELECT name FROM pragma_table_info(${literal(table)})`),
      rows: async (table, columns) => {
        const statement = database.prepare(selectOf(table, columns))
        // A number of more than 53 bits would otherwise end the whole query.
        statement.setReadBigInts(true)
        return statement.all()
      },
      close: async () => database.close(),
    }
  } catch (cause) {
    throw new CliError(ExitCode.configuration, `${path} cannot be read as a SQLite database.`, { cause })
  }
}

async function openPostgres(url: string): Promise<Database> {
  const { host, pathname } = new URL(url)
  const address = `postgres://${host}${pathname}`
  const { Client, types } = await import('pg')
  // Everything as text: the driver would refuse some values, and read dates without a zone as local time.
  const client = new Client({
    connectionString: url,
    connectionTimeoutMillis: 4_000,
    types: { getTypeParser: (oid, format) => (oid === bytea ? types.getTypeParser(oid, format) : String) },
  })
  client.on('error', () => {})
  try {
    await client.connect()
    await client.query("SET default_transaction_read_only = on; SET datestyle = 'ISO'")
  } catch (cause) {
    await client.end().catch(() => {})
    throw new CliError(ExitCode.configuration, `${address} cannot be reached.`, { cause })
  }
  const named = async (sql: string, values: string[] = []) =>
    (await client.query<{ name: string }>(sql, values)).rows.map(({ name }) => name)
  return {
    address,
    tables: () =>
      named(
        'SELECT table_name AS name FROM information_schema.tables WHERE table_schema = ANY (current_schemas(false)) ORDER BY 1',
      ),
    columns: (table) =>
      named(
        'SELECT column_name AS name FROM information_schema.columns WHERE table_schema = ANY (current_schemas(false)) AND table_name = $1',
        [table],
      ),
    rows: async (table, columns) =>
      (await client.query<Record<string, unknown>>(selectOf(table, columns))).rows,
    close: () => client.end(),
  }
}

/** The type of a column of bytes, in PostgreSQL. */
const bytea = 17

function selectOf(table: string, columns: readonly string[]): string {
  return `SELECT ${columns.map(identifier).join(', ')} FROM ${identifier(table)}`
}

function identifier(name: string): string {
  return `"${name.replaceAll('"', '""')}"`
}

function literal(text: string): string {
  return `'${text.replaceAll("'", "''")}'`
}
