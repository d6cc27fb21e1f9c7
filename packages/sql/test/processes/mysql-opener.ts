import type { StoreOpener } from '@pd/test-support/scene'
import { mysqlDriver } from '../../src/drivers/mysql.ts'
import { sqlStore } from '../../src/index.ts'
import { openMysqlPool } from '../servers/mysql.ts'

export interface DatabaseAddress {
  readonly url: string
}

export const opener: StoreOpener<DatabaseAddress> = {
  module: import.meta.url,
  open({ url }) {
    const pool = openMysqlPool(url)
    const store = sqlStore(mysqlDriver(pool))
    return { store, setUp: () => store.createTable(), [Symbol.asyncDispose]: () => pool.end() }
  },
}
