import {
  chmodSync,
  copyFileSync,
  mkdtempSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { ConfigurationError } from '@pd/oauth-core'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { nodeSqliteDriver } from '../src/drivers/node-sqlite.ts'
import { sqlStore } from '../src/index.ts'
import { clientOf } from './client-of.ts'

let folder: string
let file: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'pd-oauth-sql-'))
  file = join(folder, 'installations.db')
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

const record = { version: 'a', value: 'sealed' }

test('a new file, and the files that SQLite puts beside it, can be read by their owner only', async () => {
  using driver = nodeSqliteDriver(file)
  await sqlStore(driver).createTable()

  for (const suffix of ['', '-wal', '-shm']) expect(modeOf(file + suffix)).toBe('600')
})

test('an existing file keeps its mode', async () => {
  writeFileSync(file, '')
  chmodSync(file, 0o640)
  using driver = nodeSqliteDriver(file)
  await sqlStore(driver).createTable()

  expect(modeOf(file)).toBe('640')
})

test('a file is in WAL mode, and commits reach the disk', async () => {
  using driver = nodeSqliteDriver(file)
  await sqlStore(driver).createTable()

  expect((await driver.query('PRAGMA journal_mode', [])).rows).toEqual([{ journal_mode: 'wal' }])
  expect((await driver.query('PRAGMA synchronous', [])).rows).toEqual([{ synchronous: 2 }])
})

test('records are still there when the file is opened again', async () => {
  const first = nodeSqliteDriver(file)
  await sqlStore(first).createTable()
  await sqlStore(first).compareAndSet('1:2', undefined, record)
  first.close()
  first.close()

  using again = nodeSqliteDriver(file)
  expect(await sqlStore(again).get('1:2')).toEqual(record)
  await expect(sqlStore(first).get('1:2')).rejects.toThrow('not open')
})

test('a write waits for a lock without blocking the process', async () => {
  using driver = nodeSqliteDriver(file)
  const store = sqlStore(driver)
  await store.createTable()
  using other = new DatabaseSync(file)
  other.exec('BEGIN IMMEDIATE')

  const writing = store.compareAndSet('1:2', undefined, record)
  await new Promise((resolve) => setImmediate(resolve))
  other.exec('COMMIT')

  expect(await writing).toBe(true)
})

test('a write fails after busyTimeoutMs of waiting for a lock, and changes nothing', async () => {
  using driver = nodeSqliteDriver(file, { busyTimeoutMs: 150 })
  const store = sqlStore(driver)
  await store.createTable()
  using other = new DatabaseSync(file)
  other.exec('BEGIN IMMEDIATE')

  await expect(store.compareAndSet('1:2', undefined, record)).rejects.toThrow('database is locked')

  expect(await store.get('1:2')).toBeUndefined()
  other.exec('ROLLBACK')
  expect(await store.compareAndSet('1:2', undefined, record)).toBe(true)
})

test("reads and writes are refused during the application's own transaction", async () => {
  using database = new DatabaseSync(file)
  const store = sqlStore(nodeSqliteDriver(database))
  await store.createTable()
  database.exec('BEGIN')

  await expect(store.compareAndSet('1:2', undefined, record)).rejects.toThrow('a connection of its own')
  await expect(store.get('1:2')).rejects.toThrow('a connection of its own')

  database.exec('ROLLBACK')
  expect(await store.compareAndSet('1:2', undefined, record)).toBe(true)
})

test('SQLite itself waits a tenth of a second for a lock, and as it was told in a DatabaseSync that was passed in', async () => {
  using driver = nodeSqliteDriver(file)
  expect((await driver.query('PRAGMA busy_timeout', [])).rows).toEqual([{ timeout: 100 }])
  using database = new DatabaseSync(file)
  database.exec('PRAGMA busy_timeout = 7')
  const passedIn = nodeSqliteDriver(database)
  expect((await passedIn.query('PRAGMA busy_timeout', [])).rows).toEqual([{ timeout: 7 }])
})

test('each statement is prepared once', async () => {
  using database = new DatabaseSync(file)
  const prepare = vi.spyOn(database, 'prepare')
  const store = sqlStore(nodeSqliteDriver(database))
  await store.createTable()
  prepare.mockClear()
  for (const id of ['1:1', '1:2', '1:3'] as const) expect(await store.get(id)).toBeUndefined()
  expect(prepare).toHaveBeenCalledOnce()
})

test('a path that only holds `file:` is no URL', () => {
  using driver = nodeSqliteDriver(join(folder, 'a-file:b.db'))
  expect(driver.dialect).toBe('sqlite')
  for (const url of ['file:a.db', 'FILE:///a.db'])
    expect(() => nodeSqliteDriver(url)).toThrow('needs the path of a file, not a URL')
})

test('a DatabaseSync that was passed in keeps its settings, and stays open', async () => {
  using database = new DatabaseSync(file)
  using driver = nodeSqliteDriver(database)
  await sqlStore(driver).createTable()
  driver.close()

  expect(database.isOpen).toBe(true)
  expect(database.prepare('PRAGMA journal_mode').get()).toEqual({ journal_mode: 'delete' })
})

test('a DatabaseSync that returns bigints and arrays works', async () => {
  using database = new DatabaseSync(file, { readBigInts: true, returnArrays: true })
  const store = sqlStore(nodeSqliteDriver(database))
  await store.createTable()

  expect(await store.compareAndSet('1:2', undefined, { ...record, dueAt: 5 })).toBe(true)
  expect(await store.get('1:2')).toEqual({ ...record, dueAt: 5 })
  expect(await store.due(6, 1)).toEqual([{ id: '1:2', dueAt: 5 }])
})

test.each([
  ['moved away', () => renameSync(file, `${file}.old`)],
  ['deleted', () => rmSync(file)],
  [
    'replaced by a copy',
    () => {
      copyFileSync(file, `${file}.copy`)
      renameSync(`${file}.copy`, file)
    },
  ],
])('F47 nothing is acknowledged once the file was %s', async (_, move) => {
  using driver = nodeSqliteDriver(file)
  using database = new DatabaseSync(file)
  const stores = [sqlStore(driver), sqlStore(nodeSqliteDriver(database))]
  await stores[0]!.createTable()
  await stores[0]!.compareAndSet('1:2', undefined, record)
  move()

  for (const store of stores) {
    await expect(store.compareAndSet('1:3', undefined, record)).rejects.toThrow('moved, deleted or replaced')
    await expect(store.compareAndSet('1:2', 'a', undefined)).rejects.toThrow('moved, deleted or replaced')
    await expect(store.get('1:2')).rejects.toThrow('moved, deleted or replaced')
  }
})

test('F47 nothing is acknowledged once a link leads to another file', async () => {
  const link = join(folder, 'link.db')
  symlinkSync(file, link)
  using driver = nodeSqliteDriver(link)
  const store = sqlStore(driver)
  await store.createTable()
  copyFileSync(file, `${file}.copy`)
  rmSync(link)
  symlinkSync(`${file}.copy`, link)

  await expect(store.compareAndSet('1:2', undefined, record)).rejects.toThrow('moved, deleted or replaced')
})

test('F47 a file that is moved while a write waits for a lock is noticed', async () => {
  using driver = nodeSqliteDriver(file)
  const store = sqlStore(driver)
  await store.createTable()
  using other = new DatabaseSync(file)
  other.exec('BEGIN IMMEDIATE')
  const writing = store.compareAndSet('1:2', undefined, record)
  renameSync(file, `${file}.old`)
  other.exec('COMMIT')

  await expect(writing).rejects.toThrow('moved, deleted or replaced')
  renameSync(`${file}.old`, file)
  expect(await store.list({ limit: 1 })).toEqual({ ids: [] })
})

test('F47 a file that is moved between a write and its commit is noticed', async () => {
  using database = new DatabaseSync(file)
  database.exec('PRAGMA journal_mode = WAL')
  const store = sqlStore(nodeSqliteDriver(database), { table: 'installations' })
  await store.createTable()
  database.function('move_away', () => {
    renameSync(file, `${file}.old`)
    return null
  })
  database.exec('CREATE TRIGGER moves AFTER INSERT ON installations BEGIN SELECT move_away(); END')

  await expect(store.compareAndSet('1:2', undefined, record)).rejects.toThrow('moved, deleted or replaced')
})

test('F47 a moved file is store_unavailable for the application, and for checkStore()', async () => {
  using driver = nodeSqliteDriver(file)
  const store = sqlStore(driver)
  await store.createTable()
  const oauth = clientOf(store)
  await oauth.checkStore({ write: true })
  renameSync(file, `${file}.old`)

  await expect(oauth.checkStore()).rejects.toMatchObject({ code: 'store_unavailable', retryable: true })
  await expect(oauth.installation('1:2').accessToken()).rejects.toMatchObject({ code: 'store_unavailable' })

  renameSync(`${file}.old`, file)
  await oauth.checkStore({ write: true })
})

test('F47 a relative path stays the same file when the process changes its folder', async () => {
  const before = process.cwd()
  try {
    process.chdir(folder)
    using driver = nodeSqliteDriver('installations.db')
    await sqlStore(driver).createTable()
    process.chdir(before)
    expect(await sqlStore(driver).compareAndSet('1:2', undefined, record)).toBe(true)
  } finally {
    process.chdir(before)
  }
})

test('a file in a folder that does not exist is refused, with the name of the folder', () => {
  const missing = join(folder, 'missing')

  expect(() => nodeSqliteDriver(join(missing, 'installations.db'))).toThrow(
    `the folder ${missing} does not exist; create it first`,
  )
  expect(() => nodeSqliteDriver(join(missing, 'installations.db'))).toThrow(ConfigurationError)
})

test('the path of a folder is refused', () => {
  expect(() => nodeSqliteDriver(folder)).toThrow(`${folder} cannot be opened`)
  expect(() => nodeSqliteDriver(folder)).toThrow(ConfigurationError)
})

test('wrong arguments are refused, with a sentence for each problem', () => {
  const problemsOf = (...args: unknown[]) => {
    try {
      Reflect.apply(nodeSqliteDriver, undefined, args)
    } catch (error) {
      if (error instanceof ConfigurationError) return error.problems
    }
    throw new Error('It was not refused.')
  }

  expect(problemsOf('', { busyTimeoutMs: -1, timeout: 5 })).toEqual([
    'nodeSqliteDriver(): needs the path of a file, or an open DatabaseSync',
    'nodeSqliteDriver(): busyTimeoutMs must be a number of 0 or more',
    'nodeSqliteDriver(): timeout is not a known option',
  ])
  expect(problemsOf('file:installations.db')).toEqual([
    'nodeSqliteDriver(): needs the path of a file, not a URL',
  ])
  expect(problemsOf(undefined)).toHaveLength(1)
})

function modeOf(path: string): string {
  return (statSync(path).mode & 0o777).toString(8)
}
