import { ConfigurationError } from '@pd/oauth-core'
import { sqlDriver, type SqlDriver, type SqlListen, type SqlRow, type SqlValue } from '../sql-driver.ts'

/** A `Pool` of pg, a `PGlite`, or an object with the same `query`. */
export interface PgLike {
  query(text: string, values: SqlValue[]): Promise<{ readonly rows: readonly SqlRow[] }>
  /** Of a pool: whether it was closed. */
  readonly ending?: boolean
}

/** A `Client` of pg that is not connected yet. */
export interface PgClientLike {
  connect(): Promise<unknown>
  query(text: string): Promise<unknown>
  on(event: 'notification', listener: (message: { readonly payload?: string | undefined }) => void): unknown
  on(event: 'error' | 'end', listener: (error?: Error) => void): unknown
  /** Lets the process exit although this connection is open. */
  unref?(): void
  end(): Promise<unknown>
}

export interface PgDriverOptions {
  /**
   * Returns a new, unconnected `Client` of pg for each `watch`, to the database of the pool, and not through PgBouncer in transaction
   * mode. Default: none, and the store has no `watch`.
   */
  readonly listen?: (() => PgClientLike) | undefined
}

/**
 * Creates a driver for PostgreSQL, through your pool. The pool must connect to a server that accepts writes. A single
 * connection that your application also uses for transactions does not work.
 *
 * @example
 * ```ts
 * import { Client, Pool } from 'pg'
 * import { sqlStore } from '@pd/oauth-sql'
 * import { pgDriver } from '@pd/oauth-sql/pg'
 *
 * const connectionString = process.env.DATABASE_URL
 * const pool = new Pool({ connectionString, connectionTimeoutMillis: 4_000 })
 * pool.on('error', (error) => console.error(error.message))
 * const listen = () => new Client({ connectionString, keepAlive: true })
 * const store = sqlStore(pgDriver(pool, { listen }), { table: 'public.pipedrive_installations' })
 * ```
 *
 * @throws {ConfigurationError} `invalid_configuration`, if this has no method `query`, or an option cannot be used
 */
export function pgDriver(pool: PgLike, options: PgDriverOptions = {}): SqlDriver {
  const { listen, ...others } = Object(options) as PgDriverOptions
  const problems = [
    ...(typeof (Object(pool) as Partial<PgLike>).query === 'function'
      ? []
      : ['pgDriver() needs a Pool of pg or a PGlite']),
    ...(listen === undefined || typeof listen === 'function'
      ? []
      : ['pgDriver(): listen must be a function that returns a new Client of pg']),
    ...Object.keys(others).map((name) => `pgDriver(): ${name} is not a known option`),
  ]
  if (problems.length > 0) throw new ConfigurationError(problems)
  const driver = sqlDriver('postgresql', (sql, params) => pool.query(sql, params))
  return listen === undefined ? driver : { ...driver, listen: listenOn(pool, listen) }
}

/** How long a connection may take to say goodbye, in milliseconds. */
const goodbyeMs = 1_000

function listenOn(pool: PgLike, newClient: () => PgClientLike): SqlListen {
  return async (channel, hear, signal) => {
    const client = newClient()
    const { promise: ended, resolve } = Promise.withResolvers<unknown>()
    client.on('notification', ({ payload = '' }) => hear(payload))
    client.on('error', resolve)
    client.on('end', () => resolve(undefined))
    const close = () => {
      // A connection that has fallen silent never ends by itself, and would keep the process running.
      const cut = setTimeout(() => streamOf(client)?.destroy?.(), goodbyeMs)
      client
        .end()
        .catch(() => {})
        .finally(() => clearTimeout(cut))
      resolve(undefined)
    }
    signal.addEventListener('abort', close)
    try {
      await client.connect()
      client.unref?.()
      await client.query(`LISTEN "${channel}"`)
    } catch (error) {
      close()
      throw error
    }
    return { ended, isOver: () => pool.ending === true, close }
  }
}

/** pg has no public way to end a connection that does not answer. */
function streamOf(client: PgClientLike): { destroy?(): void } | undefined {
  return (client as { readonly connection?: { readonly stream?: { destroy?(): void } } }).connection?.stream
}
