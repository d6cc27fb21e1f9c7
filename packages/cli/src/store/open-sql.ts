import { ConfigurationError, StoreError } from '@pd/oauth-core'
import { sqlStore, type SqlDriver } from '@pd/oauth-sql'
import type { OpenedStore } from './opened-store.ts'
import type { StoreUrl } from './store-url.ts'

/** Opens the store of a SQL server, and creates a missing table. If that fails, it calls `close`. */
export async function openSql(
  driver: SqlDriver,
  { name: table, address }: StoreUrl,
  close: () => Promise<void>,
): Promise<OpenedStore> {
  try {
    const store = sqlStore(driver, { table })
    await store.createTable()
    return { store, address, isLasting: true, close }
  } catch (error) {
    await close()
    if (error instanceof ConfigurationError) throw error
    throw new StoreError('store_unavailable', `The store ${address} cannot be used.`, { cause: error })
  }
}
