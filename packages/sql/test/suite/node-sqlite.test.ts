import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { storeSuite } from '@pd/oauth-core/store-suite'
import { afterAll, describe, test } from 'vitest'
import { nodeSqliteDriver, type NodeSqliteDriver } from '../../src/drivers/node-sqlite.ts'
import { sqlStore, type SqlStore } from '../../src/index.ts'

describe('in memory', () => {
  const drivers = new Map<SqlStore, NodeSqliteDriver>()
  storeSuite({
    test,
    createStore: async () => {
      const driver = nodeSqliteDriver(':memory:')
      const store = sqlStore(driver)
      await store.createTable()
      drivers.set(store, driver)
      return store
    },
    close: (store: SqlStore) => drivers.get(store)?.close(),
    without: ['changed', 'watch'],
  })
})

describe('in a file with two connections', () => {
  suiteOn((path) => nodeSqliteDriver(path))
})

describe('in a file in rollback mode, opened by the application', () => {
  suiteOn((path) => nodeSqliteDriver(new DatabaseSync(path)))
})

function suiteOn(open: (path: string) => NodeSqliteDriver): void {
  const folder = mkdtempSync(join(tmpdir(), 'pd-oauth-sql-'))
  afterAll(() => rmSync(folder, { recursive: true, force: true }))
  const opened = new Map<SqlStore, { readonly path: string; readonly driver: NodeSqliteDriver }>()
  const storeAt = (path: string) => {
    const driver = open(path)
    const store = sqlStore(driver)
    opened.set(store, { path, driver })
    return store
  }
  let count = 0
  storeSuite({
    test,
    createStore: async () => {
      const store = storeAt(join(folder, `${++count}.db`))
      await store.createTable()
      return store
    },
    openAnother: (store: SqlStore) => storeAt(opened.get(store)!.path),
    close: (store) => opened.get(store)!.driver.close(),
    without: ['changed', 'watch'],
  })
}
