import { CliError } from '../cli-error.ts'
import { ExitCode } from '../exit-code.ts'
import type { PlacedRow } from './rows-of-text.ts'
import { neededColumn } from './token-row.ts'

/** A database from which rows are imported. It is only read. */
interface Database {
  readonly address: string
  tables(): Promise<readonly string[]>
  rows(table: string): Promise<readonly Record<string, unknown>[]>
  columns(table: string): Promise<readonly string[]>
  close(): Promise<void>
}

/** The names under which the app scaffold has its table. */
const usualTables = ['pipedrive_tokens', 'installations', 'tokens'] as const

/**
 * Returns the rows of a table in `sqlite:path` or `postgres://…`.
 * @throws {CliError} when the database, the table or a column is missing
 */
export async function rowsOfDatabase(url: string, named: string | undefined): Promise<PlacedRow[]> {
  const database = url.startsWith('sqlite:') ? await openSqlite(url) : await openPostgres(url)
  try {
    const tables = await database.tables()
    const table = named ?? usualTables.find((name) => tables.includes(name))
    if (table === undefined || !tables.includes(table)) throw missingTable(database.address, named, tables)
    const columns = await database.columns(table)
    if (!neededColumn.some((name) => columns.includes(name)))
      throw new CliError(
        ExitCode.configuration,
        `The table ${table} has no column ${neededColumn[0]}. It has: ${columns.join(', ')}.`,
      )
    const rows = await database.rows(table)
    return rows.map((row, index) => ({ place: `row ${index + 1}`, row }))
  } finally {
    await database.close()
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
      rows: async (table) => all(`SELECT * FROM ${identifier(table)}`),
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
  // Leaves dates without a zone as text, for `readInstant`. The driver would read them as local time.
  const client = new Client({
    connectionString: url,
    connectionTimeoutMillis: 4_000,
    types: { getTypeParser: (oid, format) => (oid === 1114 ? String : types.getTypeParser(oid, format)) },
  })
  client.on('error', () => {})
  try {
    await client.connect()
    await client.query('SET default_transaction_read_only = on')
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
    rows: async (table) =>
      (await client.query<Record<string, unknown>>(`SELECT * FROM ${identifier(table)}`)).rows,
    close: () => client.end(),
  }
}

function identifier(name: string): string {
  return `"${name.replaceAll('"', '""')}"`
}

function literal(text: string): string {
  return `'${text.replaceAll("'", "''")}'`
}
