import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createClient } from '@libsql/client'
import Database from 'better-sqlite3'
import { Kysely, SqliteDialect } from 'kysely'
import { afterAll, describe } from 'vitest'
import { betterSqlite3Driver } from '../../src/drivers/better-sqlite3.ts'
import { sqlStore } from '../../src/index.ts'
import { kyselyStore } from '../recipes/kysely.ts'
import { libsqlStore } from '../recipes/libsql.ts'
import { storeSuiteOn } from './store-suite-on.ts'

const folder = mkdtempSync(join(tmpdir(), 'pd-oauth-sql-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

/** The file of a table. SQLite files are locked as a whole, so that each test has one of its own. */
const fileOf = (name: string, table: string) => join(folder, `${name}-${table}.db`)

describe('over better-sqlite3, with two connections', () => {
  const opened: Database.Database[] = []
  afterAll(() => opened.forEach((database) => database.close()))
  storeSuiteOn((table) => {
    const database = new Database(fileOf('better', table), { timeout: 100 })
    database.pragma('journal_mode = WAL')
    opened.push(database)
    return sqlStore(betterSqlite3Driver(database), { table })
  })
})

describe('over better-sqlite3, which returns bigints', () => {
  storeSuiteOn((table) => {
    const database = new Database(fileOf('bigints', table), { timeout: 100 })
    database.defaultSafeIntegers(true)
    return sqlStore(betterSqlite3Driver(database), { table })
  })
})

describe('over libSQL', () => {
  storeSuiteOn((table) =>
    libsqlStore(createClient({ url: `file:${fileOf('libsql', table)}`, intMode: 'bigint' }), table),
  )
})

describe('over Kysely on better-sqlite3', () => {
  storeSuiteOn((table) => {
    const database = new Database(fileOf('kysely', table))
    return kyselyStore(new Kysely({ dialect: new SqliteDialect({ database }) }), 'sqlite', table)
  })
})
