import { memoryStore } from '@pd/oauth-core'
import type { Output } from '../output.ts'
import { openMysql } from './open-mysql.ts'
import { openPostgres } from './open-postgres.ts'
import { openRedis } from './open-redis.ts'
import { openSqlite } from './open-sqlite.ts'
import type { OpenedStore } from './opened-store.ts'

/**
 * Opens a store by its URL. Creates a missing table.
 * @throws {StoreError} `store_unavailable`
 * @throws {ConfigurationError} when the URL, its table or its prefix is invalid
 */
export async function openStore(url: string, output: Output): Promise<OpenedStore> {
  if (url.startsWith('sqlite:')) return openSqlite(url, output)
  if (/^rediss?:/.test(url)) return openRedis(url)
  if (/^postgres(ql)?:/.test(url)) return openPostgres(url)
  if (/^(mysql|mariadb):/.test(url)) return openMysql(url)
  return { store: memoryStore(), address: 'memory:', isLasting: false, close: async () => {} }
}
