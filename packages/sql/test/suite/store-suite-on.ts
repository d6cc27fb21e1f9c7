import { storeSuite, type StoreSuiteOptions } from '@pd/oauth-core/store-suite'
import { test } from 'vitest'
import type { SqlStore } from '../../src/index.ts'

/** Declares the store suite over stores that `open` returns for a table. Each call may use another connection. */
export function storeSuiteOn(
  open: (table: string) => SqlStore,
  options: Pick<StoreSuiteOptions<SqlStore>, 'without' | 'cutWatch'> = { without: ['changed', 'watch'] },
): void {
  const tables = new Map<SqlStore, string>()
  let count = 0
  const storeAt = (table: string) => {
    const store = open(table)
    tables.set(store, table)
    return store
  }
  storeSuite({
    test,
    createStore: async () => {
      const store = storeAt(`installations_${++count}`)
      await store.createTable()
      return store
    },
    openAnother: (store: SqlStore) => storeAt(tables.get(store)!),
    ...options,
  })
}
