import type { OpenedStore } from './opened-store.ts'
import { openSql } from './open-sql.ts'
import { readStoreUrl } from './store-url.ts'

/** Opens `postgres://` or `postgresql://`, with `?table=name` or `?table=schema.name` if the application uses its own table. */
export async function openPostgres(url: string): Promise<OpenedStore> {
  const read = readStoreUrl(url, 'table')
  const [{ Pool }, { pgDriver }] = await Promise.all([import('pg'), import('@pd/oauth-sql/pg')])
  const pool = new Pool({
    connectionString: read.href,
    application_name: 'pd-oauth',
    connectionTimeoutMillis: 4_000,
    // Not statement_timeout: PgBouncer refuses it.
    query_timeout: 4_000,
    max: 4,
  })
  // A lost connection makes the next statement fail, which reports it.
  pool.on('error', () => {})
  return openSql(pgDriver(pool), read, () => pool.end())
}
