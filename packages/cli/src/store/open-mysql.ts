import type { OpenedStore } from './opened-store.ts'
import { openSql } from './open-sql.ts'
import { readStoreUrl } from './store-url.ts'

/** Opens `mysql://` or `mariadb://`, with `?table=name` or `?table=database.name` if the application uses its own table. */
export async function openMysql(url: string): Promise<OpenedStore> {
  const read = readStoreUrl(url.replace(/^mariadb:/, 'mysql:'), 'table')
  const [{ createPool }, { mysqlDriver }] = await Promise.all([
    import('mysql2/promise'),
    import('@pd/oauth-sql/mysql'),
  ])
  const pool = createPool({ uri: read.href, connectTimeout: 4_000, connectionLimit: 4 })
  return openSql(mysqlDriver(pool), read, () => pool.end())
}
