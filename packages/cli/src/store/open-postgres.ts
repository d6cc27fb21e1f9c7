import { ConfigurationError, StoreError } from '@pd/oauth-core'
import { sqlStore } from '@pd/oauth-sql'
import type { OpenedStore } from './opened-store.ts'
import { readStoreUrl } from './store-url.ts'

/** Opens `postgres://` or `postgresql://`, with `?table=name` or `?table=schema.name` if the application uses its own table. */
export async function openPostgres(url: string): Promise<OpenedStore> {
  const { href, name: table, address } = readStoreUrl(url, 'table')
  const [{ Pool }, { pgDriver }] = await Promise.all([import('pg'), import('@pd/oauth-sql/pg')])
  const pool = new Pool({
    connectionString: href,
    application_name: 'pd-oauth',
    connectionTimeoutMillis: 4_000,
    // Not statement_timeout: PgBouncer refuses it.
    query_timeout: 4_000,
    max: 4,
  })
  // A lost connection makes the next statement fail, which reports it.
  pool.on('error', () => {})
  try {
    const store = sqlStore(pgDriver(pool), table === undefined ? {} : { table })
    await store.createTable()
    return { store, address, isLasting: true, close: () => pool.end() }
  } catch (error) {
    await pool.end()
    if (error instanceof ConfigurationError) throw error
    throw new StoreError('store_unavailable', `The store ${address} cannot be used.`, { cause: error })
  }
}
