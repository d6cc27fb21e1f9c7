import { ConfigurationError } from '@pd/oauth-core'
import type { SqlDriver, SqlRow } from '../sql-driver.ts'

/** A `Pool` of pg, a `PGlite`, or whatever answers queries as they do. */
export interface PgLike {
  query(text: string, values: (string | number | null)[]): Promise<PgResult>
}

export interface PgResult {
  readonly rows: readonly SqlRow[]
  /** How many rows a statement changed, as pg says it. */
  readonly rowCount?: number | null
  /** The same, as PGlite says it. */
  readonly affectedRows?: number
}

/**
 * A driver for PostgreSQL, by a pool that stays yours: a writable server's, and no single connection that the
 * application also uses for transactions.
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
 * @throws {ConfigurationError} `invalid_configuration`, when this cannot answer queries
 */
export function pgDriver(pool: PgLike): SqlDriver {
  if (typeof (Object(pool) as Partial<PgLike>).query !== 'function')
    throw new ConfigurationError(['pgDriver() needs something to query: a Pool of pg, or a PGlite'])
  const query: PgLike['query'] = (text, values) => settled(() => pool.query(text, values))
  return {
    dialect: 'postgresql',
    async run(sql, params) {
      const { rowCount, affectedRows } = await query(sql, [...params])
      // pg has null for statements that are about no rows.
      return { changes: rowCount === null ? 0 : (rowCount ?? affectedRows ?? Number.NaN) }
    },
    async all(sql, params) {
      const { rows } = await query(sql, [...params])
      return rows
    },
  }
}

/** Serialization failure and deadlock: the statement did nothing, and is to be sent again. */
const tryAgain: ReadonlySet<unknown> = new Set(['40001', '40P01'])
/** Each refusal means that another statement got on. */
const mostTries = 50

/** Where transactions are `REPEATABLE READ` or `SERIALIZABLE` by default, losing a race is an error at first. */
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
