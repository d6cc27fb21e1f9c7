import type { StoreOpener } from '@pd/test-support/scene'
import { pgDriver } from '../../src/drivers/pg.ts'
import { sqlStore } from '../../src/index.ts'
import { openPool } from '../servers/open-pool.ts'

export interface SchemaAddress {
  readonly url: string
  readonly schema: string
}

export const opener: StoreOpener<SchemaAddress> = {
  module: import.meta.url,
  open({ url, schema }) {
    const pool = openPool(url)
    const store = sqlStore(pgDriver(pool), { table: `${schema}.installations` })
    return { store, setUp: () => store.createTable(), [Symbol.asyncDispose]: () => pool.end() }
  },
}
