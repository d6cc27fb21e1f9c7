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
    // Hundreds of callers may queue for its 4 connections.
    const pool = openPool(url, { connectionTimeoutMillis: 60_000 })
    const store = sqlStore(pgDriver(pool), { table: `${schema}.installations` })
    return { store, setUp: () => store.createTable(), [Symbol.asyncDispose]: () => pool.end() }
  },
}
