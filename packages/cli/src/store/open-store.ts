import { memoryStore, type TokenStore } from '@pd/oauth-core'
import type { Output } from '../output.ts'
import { openPostgres } from './open-postgres.ts'
import { openRedis } from './open-redis.ts'
import { openSqlite } from './open-sqlite.ts'

export interface OpenStore {
  readonly store: TokenStore
  /** Its address without password, for people. */
  readonly address: string
  /** Whether it outlives this process. */
  readonly isLasting: boolean
  close(): Promise<void>
}

/**
 * Opens a store by its URL; a table that is missing is made.
 * @throws {StoreError} `store_unavailable`
 * @throws {ConfigurationError} when the URL names what cannot be
 */
export async function openStore(url: string, output: Output): Promise<OpenStore> {
  if (url.startsWith('sqlite:')) return openSqlite(url, output)
  if (/^rediss?:/.test(url)) return openRedis(url)
  if (/^postgres(ql)?:/.test(url)) return openPostgres(url)
  return { store: memoryStore(), address: 'memory:', isLasting: false, close: async () => {} }
}
