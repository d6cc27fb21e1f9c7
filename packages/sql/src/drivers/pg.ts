import { ConfigurationError } from '@pd/oauth-core'
import type { SqlDriver, SqlRow } from '../sql-driver.ts'

/** A `Pool` of pg, a `PGlite`, or an object with the same `query`. */
export interface PgLike {
  query(text: string, values: (string | number | null)[]): Promise<PgResult>
}

export interface PgResult {
  readonly rows: readonly SqlRow[]
  /** How many rows the statement changed, in pg. */
  readonly rowCount?: number | null
  /** How many rows the statement changed, in PGlite. */
  readonly affectedRows?: number
}

/**
 * Creates a driver for PostgreSQL, through your pool. The pool must connect to a server that accepts writes. A single
 * connection that your application also uses for transactions does not work.
 *
 * @example
 * ```ts
 * import { Pool } from 'pg'
 * import { sqlStore } from '@pd/oauth-sql'
 * import { pgDriver } from '@pd/oauth-sql/pg'
 *
 * const pool = new Pool({ connectionString: process.env.DATABASE_URL, connectionTimeoutMillis: 4_000 })
 * pool.on('error', (error) => console.error(error.message))
 * const store = sqlStore(pgDriver(pool), { table: 'public.pipedrive_installations' })
 * ```
 *
 * @throws {ConfigurationError} `invalid_configuration`, if this has no method `query`
 */
export function pgDriver(pool: PgLike): SqlDriver {
  if (typeof (Object(pool) as Partial<PgLike>).query !== 'function')
    throw new ConfigurationError(['pgDriver() needs a Pool of pg or a PGlite'])
  const query: PgLike['query'] = (text, values) => settled(() => pool.query(text, values))
  return {
    dialect: 'postgresql',
    async run(sql, params) {
      const { rowCount, affectedRows } = await query(sql, [...params])
      // pg says null for statements that do not change rows.
      return { changes: rowCount === null ? 0 : (rowCount ?? affectedRows ?? Number.NaN) }
    },
    async all(sql, params) {
      const { rows } = await query(sql, [...params])
      return rows
    },
  }
}

/** Serialization failure and deadlock: the statement did nothing and can be sent again. */
const tryAgain: ReadonlySet<unknown> = new Set(['40001', '40P01'])
/** Each of these errors means that a rival statement succeeded. */
const mostTries = 50

/** Sends a statement again if it lost a race: an error where transactions are `REPEATABLE READ` or `SERIALIZABLE` by default. */
async function settled<T>(send: () => Promise<T>): Promise<T> {
  for (let tries = 1; ; tries++) {
    try {
      return await send()
    } catch (error) {
      const { code } = Object(error) as { code?: unknown }
      if (!tryAgain.has(code) || tries >= mostTries) throw error
    }
  }
}
