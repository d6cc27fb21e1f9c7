import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import Database from 'better-sqlite3'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { betterSqlite3Driver } from '../src/drivers/better-sqlite3.ts'
import { nodeSqliteDriver } from '../src/drivers/node-sqlite.ts'
import { sqlDriver, sqlStore, type SqlDriver } from '../src/index.ts'

let folder: string
let file: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'pd-oauth-sql-'))
  file = join(folder, 'installations.db')
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

const record = { version: 'a', value: 'sealed' }
/** A file as each library opens it, with these settings. */
const libraries: readonly [name: string, open: (pragmas: string) => SqlDriver & Disposable][] = [
  [
    'node:sqlite',
    (pragmas) => {
      const database = new DatabaseSync(file)
      database.exec(pragmas)
      return { ...nodeSqliteDriver(database), [Symbol.dispose]: () => database.close() }
    },
  ],
  [
    'better-sqlite3',
    (pragmas) => {
      const database = new Database(file)
      database.exec(pragmas)
      return { ...betterSqlite3Driver(database), [Symbol.dispose]: () => void database.close() }
    },
  ],
]

describe.each(libraries)('F46 check() of a file through %s', (_, open) => {
  test.each([
    ['PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL', []],
    ['PRAGMA journal_mode = DELETE', []],
    ['PRAGMA journal_mode = TRUNCATE; PRAGMA synchronous = EXTRA', []],
    ['PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL', [['warning', 'synchronous NORMAL']]],
    ['PRAGMA synchronous = OFF', [['problem', 'synchronous OFF']]],
    ['PRAGMA journal_mode = MEMORY', [['problem', 'journal_mode memory']]],
    [
      'PRAGMA journal_mode = MEMORY; PRAGMA synchronous = OFF',
      [
        ['problem', 'journal_mode memory'],
        ['problem', 'synchronous OFF'],
      ],
    ],
  ])('with %s', async (pragmas, found) => {
    using driver = open(pragmas)
    const store = sqlStore(driver)
    await store.createTable()

    expect((await store.check?.())?.map(({ status, found }) => [status, found])).toEqual(
      found.map(([status, words]) => [status, expect.stringContaining(words!)]),
    )
  })
})

test('F46 check() finds nothing in a file that the driver opens, before and after a write', async () => {
  using driver = nodeSqliteDriver(file)
  const store = sqlStore(driver)
  await store.createTable()
  expect(await store.check?.()).toEqual([])
  await store.compareAndSet('1:2', undefined, record)
  expect(await store.check?.()).toEqual([])
})

test('F46 check() warns of a database in memory', async () => {
  using driver = nodeSqliteDriver(':memory:')
  const store = sqlStore(driver)
  await store.createTable()
  expect(await store.check?.()).toMatchObject([{ status: 'warning', fix: 'Open a file.' }])
})

describe('F46 check() of a database that', () => {
  function refusing(sentence: string, refuses: (sql: string) => boolean) {
    const inner = nodeSqliteDriver(':memory:')
    const driver = sqlDriver('sqlite', (sql, params) => {
      if (refuses(sql)) throw new Error(sentence)
      return inner.query(sql, params)
    })
    return { store: sqlStore(driver), [Symbol.dispose]: () => inner.close() }
  }

  test('refuses the question says that it could not find out', async () => {
    using scene = refusing('not authorized', (sql) => sql.includes('pragma'))
    await scene.store.createTable()
    expect(await scene.store.check?.()).toMatchObject([
      { status: 'unchecked', found: expect.stringContaining('not authorized') },
    ])
  })

  test('is away rejects', async () => {
    using scene = refusing('connection lost', () => true)
    await expect(scene.store.check?.()).rejects.toThrow('connection lost')
  })
})
