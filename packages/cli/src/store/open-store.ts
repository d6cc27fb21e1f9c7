import { memoryStore, type TokenStore } from '@pd/oauth-core'
import type { Output } from '../output.ts'
import { openPostgres } from './open-postgres.ts'
import { openRedis } from './open-redis.ts'
import { openSqlite } from './open-sqlite.ts'

export interface OpenStore {
  readonly store: TokenStore
  /** The address without its password, for messages. */
  readonly address: string
  /** Whether the store outlives this process. */
  readonly isLasting: boolean
  close(): Promise<void>
}

/**
 * Opens a store by its URL. Creates a missing table.
 * @throws {StoreError} `store_unavailable`
 * @throws {ConfigurationError} when the URL, its table or its prefix is invalid
 */
export async function openStore(url: string, output: Output): Promise<OpenStore> {
  if (url.startsWith('sqlite:')) return openSqlite(url, output)
  if (/^rediss?:/.test(url)) return openRedis(url)
  if (/^postgres(ql)?:/.test(url)) return openPostgres(url)
  return { store: memoryStore(), address: 'memory:', isLasting: false, close: async () => {} }
}
