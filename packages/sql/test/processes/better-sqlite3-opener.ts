import type { StoreOpener } from '@pd/test-support/scene'
import Database from 'better-sqlite3'
import { betterSqlite3Driver } from '../../src/drivers/better-sqlite3.ts'
import { sqlStore } from '../../src/index.ts'
import type { FileAddress } from './node-sqlite-opener.ts'

export const opener: StoreOpener<FileAddress> = {
  module: import.meta.url,
  open({ file }) {
    const database = new Database(file, { timeout: 100 })
    database.pragma('journal_mode = WAL')
    database.pragma('synchronous = FULL')
    const store = sqlStore(betterSqlite3Driver(database, { busyTimeoutMs: 60_000 }))
    return {
      store,
      setUp: () => store.createTable(),
      [Symbol.asyncDispose]: async () => void database.close(),
    }
  },
}
