import { storeSuite } from '@pd/oauth-core/store-suite'
import { Miniflare } from 'miniflare'
import { afterAll, beforeAll, test } from 'vitest'
import { d1Driver, type D1Like } from '../../src/drivers/d1.ts'
import { sqlStore } from '../../src/index.ts'

let miniflare: Miniflare
let database: D1Like
beforeAll(async () => {
  miniflare = new Miniflare({
    modules: true,
    script: 'export default {}',
    d1Databases: ['DB'],
  })
  database = await miniflare.getD1Database('DB')
})
afterAll(() => miniflare?.dispose())

const tables = new Map<object, string>()
let count = 0
const storeAt = (table: string) => {
  const store = sqlStore(d1Driver(database), { table })
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
  openAnother: (store) => storeAt(tables.get(store)!),
  without: ['changed'],
})
