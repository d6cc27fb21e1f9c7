import type { StoreOpener } from '@pd/test-support/scene'
import { nodeSqliteDriver } from '../../src/drivers/node-sqlite.ts'
import { sqlStore } from '../../src/index.ts'

export interface FileAddress {
  readonly file: string
}

export const opener: StoreOpener<FileAddress> = {
  module: import.meta.url,
  open({ file }) {
    const driver = nodeSqliteDriver(file, { busyTimeoutMs: 60_000 })
    const store = sqlStore(driver)
    return { store, setUp: () => store.createTable(), [Symbol.asyncDispose]: async () => driver.close() }
  },
}
