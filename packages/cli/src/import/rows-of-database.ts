import { CliError } from '../cli-error.ts'
import { ExitCode } from '../exit-code.ts'
import { withHome } from '../paths.ts'
import { readSqliteUrl, readStoreUrl } from '../store/store-url.ts'
import type { PlacedRow } from './placed-row.ts'
import { nameTokens, neededColumns } from './column-names.ts'

/** A table, or a view. */
interface Table {
  /** Its name, with that of its schema in front if only that finds it. */
  readonly name: string
  /** Its name with that of its schema. */
  readonly fullName: string
  /** How a statement names it. */
  readonly sql: string
  readonly columns: () => Promise<readonly string[]>
}

/** A database from which rows are imported. It is only read. */
interface Database {
  readonly address: string
  /** The table that the address names: `?table=`. */
  readonly table: string | undefined
  tables(): Promise<readonly Table[]>
  query(sql: string): Promise<readonly Record<string, unknown>[]>
  close(): Promise<void>
}

/** The names under which the app scaffold has its table, then those of Auth.js, better-auth and Nango. */
const usualTables = [
  'pipedrive_tokens',
  'installations',
  'tokens',
  'account',
  'Account',
  'accounts',
  'nango._nango_connections',
  '_nango_connections',
] as const

/** How many rows one import reads: all of them are in memory. */
const mostRows = 200_000

/**
 * Returns the rows of a table in `sqlite:path` or `postgres://…`. `given`: the name of the table, which the address may also say
 * as `?table=`. Default: a usual one.
 * @throws {CliError} when the database, the table or a column is missing, or when there are more than 200 000 rows
 */
export async function rowsOfDatabase(url: string, given: string | undefined): Promise<PlacedRow[]> {
  const open = url.startsWith('sqlite:') ? openSqlite : openPostgres
  const database = await open(url)
  try {
    if (given !== undefined && database.table !== undefined && given !== database.table)
      throw new CliError(
        ExitCode.usage,
        `--table names ${given}, and the address names the table ${database.table}. Name one.`,
      )
    const named = given ?? database.table
    const tables = await database.tables()
    const there = usualTables.flatMap((name) => tables.filter((table) => table.name === name))
    const candidates =
      named === undefined ? there : tables.filter(({ name, fullName }) => [name, fullName].includes(named))
    let shown: readonly string[] = []
    for (const table of candidates) {
      const columns = await table.columns()
      if (nameTokens(columns)) return await rowsOf(database, table, neededColumns(columns))
      if (shown.length === 0) shown = columns
    }
    const [first] = candidates
    throw first === undefined
      ? missingTable(
          database.address,
          named,
          tables.map(({ name }) => name),
        )
      : new CliError(
          ExitCode.configuration,
          `The table ${first.name} has no column refresh_token. It has: ${shown.join(', ')}.`,
        )
  } finally {
    await database.close()
  }
}

async function rowsOf(database: Database, table: Table, columns: readonly string[]): Promise<PlacedRow[]> {
  const rows = await database
    .query(`SELECT ${columns.map(identifier).join(', ')} FROM ${table.sql} LIMIT ${mostRows + 1}`)
    .catch((cause: unknown) => {
      const message = `The table ${table.name} in ${database.address} cannot be read.`
      throw new CliError(ExitCode.configuration, message, { cause })
    })
  if (rows.length > mostRows)
    throw new CliError(
      ExitCode.usage,
      `The table ${table.name} has more than ${mostRows} rows. Import it in parts: create a view of each, and name it with --table.`,
    )
  return rows.map((row, index) => ({ place: `row ${index + 1}`, row }))
}

function missingTable(address: string, named: string | undefined, tables: readonly string[]): CliError {
  const wanted = named ?? usualTables.join(' or ')
  const there =
    tables.length === 0 ? 'It has no tables.' : `It has: ${tables.join(', ')}. Name one with --table.`
  return new CliError(ExitCode.configuration, `${address} has no table ${wanted}. ${there}`)
}

async function openSqlite(url: string): Promise<Database> {
  const { path: given, table } = readSqliteUrl(url)
  const path = withHome(given)
  const { openToRead } = await import('./open-to-read.ts')
  try {
    const database = openToRead(path)
    const all = (sql: string) => database.prepare(sql).all()
    const named = (sql: string) => all(sql).map(({ name }) => String(name))
    const tables = named("SELECT name FROM sqlite_master WHERE type IN ('table', 'view') ORDER BY name").map(
      (name): Table => ({
        name,
        fullName: `main.${name}`,
        sql: identifier(name),
        columns: async () => named(`SELECT name FROM pragma_table_info(${literal(name)})`),
      }),
    )
    return {
      address: url,
      table,
      tables: async () => tables,
      query: async (sql) => {
        const statement = database.prepare(sql)
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
  const { href, address, name: table } = readStoreUrl(url, 'table')
  const { Client, types } = await import('pg')
  // Everything as text: the driver would refuse some values, and read dates without a zone as local time.
  const client = new Client({
    connectionString: href,
    connectionTimeoutMillis: 4_000,
    types: { getTypeParser: (oid, format) => (oid === bytea ? types.getTypeParser(oid, format) : String) },
  })
  client.on('error', () => {})
  try {
    await client.connect()
    // SET without LOCAL would outlive this client behind PgBouncer, for everybody who shares the connection.
    await client.query("BEGIN READ ONLY; SET LOCAL datestyle = 'ISO'")
  } catch (cause) {
    await client.end().catch(() => {})
    throw new CliError(ExitCode.configuration, `${address} cannot be reached.`, { cause })
  }
  const query = async (sql: string, values: string[] = []) =>
    (await client.query<Record<string, string>>(sql, values)).rows
  return {
    address,
    table,
    tables: async () => {
      const rows = await query(
        `SELECT table_schema AS schema, table_name AS name, table_schema = ANY (current_schemas(false)) AS found
         FROM information_schema.tables WHERE table_schema NOT IN ('pg_catalog', 'information_schema') ORDER BY 1, 2`,
      )
      return rows.map(({ schema = '', name = '', found }): Table => ({
        name: found === 't' ? name : `${schema}.${name}`,
        fullName: `${schema}.${name}`,
        sql: `${identifier(schema)}.${identifier(name)}`,
        columns: async () =>
          (
            await query(
              'SELECT column_name AS name FROM information_schema.columns WHERE table_schema = $1 AND table_name = $2',
              [schema, name],
            )
          ).map((column) => column['name'] ?? ''),
      }))
    },
    query,
    close: async () => {
      // After an error, COMMIT rolls back.
      await client.query('COMMIT').catch(() => {})
      await client.end()
    },
  }
}

/** The type of a column of bytes, in PostgreSQL. */
const bytea = 17

function identifier(name: string): string {
  return `"${name.replaceAll('"', '""')}"`
}

function literal(text: string): string {
  return `'${text.replaceAll("'", "''")}'`
}
