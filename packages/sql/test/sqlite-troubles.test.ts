import { spawnSync } from 'node:child_process'
import {
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, dirname, join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import Database from 'better-sqlite3'
import { createClient } from '@libsql/client'
import { afterAll, afterEach, beforeEach, describe, expect, onTestFinished, test } from 'vitest'
import { betterSqlite3Driver, type BetterSqlite3Like } from '../src/drivers/better-sqlite3.ts'
import { nodeSqliteDriver } from '../src/drivers/node-sqlite.ts'
import { sqlStore, type SqlDriver } from '../src/index.ts'
import { clientOf } from './client-of.ts'
import { libsqlStore } from './recipes/libsql.ts'
import { mountSmallDisk } from './servers/full-disk.ts'

let folder: string
let file: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'pd-oauth-sql-'))
  file = join(folder, 'installations.db')
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

const record = { version: 'a', value: 'sealed' }

/** A rival comes from the same library: two copies of SQLite in one process do not see each other's locks. */
const libraries: readonly [
  name: string,
  open: (path: string) => SqlDriver & Disposable,
  openRival: (path: string) => { exec(sql: string): unknown; close(): unknown },
][] = [
  ['node:sqlite', (path) => nodeSqliteDriver(path, { busyTimeoutMs: 150 }), (path) => new DatabaseSync(path)],
  [
    'better-sqlite3',
    (path) => {
      const database = new Database(path, { timeout: 50 })
      return {
        ...betterSqlite3Driver(database, { busyTimeoutMs: 150 }),
        [Symbol.dispose]: () => void database.close(),
      }
    },
    (path) => new Database(path),
  ],
]

/** Ways to `file` that begin elsewhere. */
const links: readonly [name: string, linkTo: () => string][] = [
  ['a link', () => linkIn('elsewhere', file)],
  ['a relative link', () => linkIn('elsewhere', '../installations.db')],
  ['a link to a link', () => linkIn('elsewhere', linkIn('between', '../installations.db'))],
  [
    'a relative link in a folder that is a link',
    () => {
      const link = linkIn(join('deep', 'elsewhere'), '../../installations.db')
      symlinkSync(dirname(link), join(folder, '..', `${basename(folder)}-short`))
      onTestFinished(() => rmSync(join(folder, '..', `${basename(folder)}-short`)))
      return join(folder, '..', `${basename(folder)}-short`, 'link.db')
    },
  ],
]

/** Returns the path of a new link in a folder beside the file. */
function linkIn(name: string, target: string): string {
  mkdirSync(join(folder, name), { recursive: true })
  const link = join(folder, name, 'link.db')
  symlinkSync(target, link)
  return link
}

function passing(sentence: string) {
  return {
    name: 'StoreError',
    code: 'store_unavailable',
    retryable: true,
    message: expect.stringContaining(sentence),
  }
}

function lasting(sentence: string) {
  return { name: 'ConfigurationError', retryable: false, message: expect.stringContaining(sentence) }
}

describe('F34 a full disk is a StoreError that says so, nothing is acknowledged, and it passes', () => {
  const disk = mountSmallDisk()
  afterAll(() => disk?.[Symbol.dispose]())
  // The title says so where it is left out.
  const reason = disk === undefined ? ' (left out: this machine does not permit to mount a file system)' : ''

  test.skipIf(disk === undefined && process.env['CI'] === undefined).each(libraries)(
    `in a file system without space, in %s${reason}`,
    async (name, open) => {
      if (disk === undefined)
        throw new Error('A CI machine must permit to mount a file system: mount -t tmpfs.')
      const path = join(disk.folder, `${name.replace(':', '-')}.db`)
      using driver = open(path)
      const store = sqlStore(driver)
      await store.createTable()
      await store.compareAndSet('1:1', undefined, record)
      const ballast = join(disk.folder, 'ballast')
      expect(() => writeFileSync(ballast, Buffer.alloc(1_000_000))).toThrow('no space left')
      const large = { version: 'b', value: 'x'.repeat(16_000) }

      await expect(store.compareAndSet('1:2', undefined, large)).rejects.toMatchObject(
        passing('Free some space'),
      )
      await expect(store.compareAndSet('1:1', 'a', large)).rejects.toMatchObject(passing('Free some space'))
      await expect(clientOf(store).checkStore({ write: true })).rejects.toMatchObject({
        code: 'store_unavailable',
      })
      expect(await store.get('1:1')).toEqual(record)

      rmSync(ballast)
      expect(await store.get('1:2')).toBeUndefined()
      expect(await store.compareAndSet('1:2', undefined, large)).toBe(true)
      expect(await store.get('1:2')).toEqual(large)
    },
  )

  test('in a file that has reached its largest size', async () => {
    using database = new DatabaseSync(file)
    const store = sqlStore(nodeSqliteDriver(database))
    await store.createTable()
    database.exec('PRAGMA max_page_count = 8')

    await expect(
      store.compareAndSet('1:2', undefined, { version: 'a', value: 'x'.repeat(100_000) }),
    ).rejects.toMatchObject(passing('Free some space'))
    database.exec('PRAGMA max_page_count = 1000')
    expect(await store.compareAndSet('1:2', undefined, record)).toBe(true)
  })

  test('in a process that may not write files so large', () => {
    const script = `
      import { nodeSqliteDriver } from ${JSON.stringify(new URL('../src/drivers/node-sqlite.ts', import.meta.url).href)}
      import { sqlStore } from ${JSON.stringify(new URL('../src/index.ts', import.meta.url).href)}
      process.on('SIGXFSZ', () => {})
      const store = sqlStore(nodeSqliteDriver(${JSON.stringify(file)}))
      await store.createTable()
      await store.compareAndSet('1:2', undefined, { version: 'a', value: 'x'.repeat(400_000) })
        .catch((error) => console.log(error.name, error.code, error.message))`
    const { stdout } = spawnSync(
      'sh',
      ['-c', 'ulimit -f 400; exec "$0" --input-type=module -e "$1"', process.execPath, script],
      {
        encoding: 'utf8',
      },
    )

    expect(stdout).toContain('StoreError store_unavailable The disk of the SQLite file failed')
    expect(stdout).toContain('limits of the process')
  })
})

describe.each(libraries)('in %s', (_, open, openRival) => {
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
  ])('F47 nothing is acknowledged once the file was %s', async (__, move) => {
    using driver = open(file)
    const store = sqlStore(driver)
    await store.createTable()
    await store.compareAndSet('1:2', undefined, record)
    move()

    for (const call of [
      () => store.compareAndSet('1:3', undefined, record),
      () => store.compareAndSet('1:2', 'a', undefined),
      () => store.get('1:2'),
      () => clientOf(store).checkStore(),
    ])
      await expect(call()).rejects.toMatchObject(passing('was moved, deleted or replaced'))
  })

  test('F34 a lock that another process holds for too long is a StoreError, and nothing is written', async () => {
    using driver = open(file)
    const store = sqlStore(driver)
    await store.createTable()
    const other = openRival(file)
    other.exec('BEGIN IMMEDIATE')

    await expect(store.compareAndSet('1:2', undefined, record)).rejects.toMatchObject(
      passing('Another process holds the lock'),
    )
    other.exec('ROLLBACK')
    other.close()
    expect(await store.get('1:2')).toBeUndefined()
    expect(await store.compareAndSet('1:2', undefined, record)).toBe(true)
  })

  test('F48 a file that is not a database is named as such, and not changed', async () => {
    const text = 'This is a diary, not a database. '.repeat(100)
    writeFileSync(file, text)
    using driver = open(file)
    const store = sqlStore(driver)

    for (const call of [() => store.get('1:2'), () => store.compareAndSet('1:2', undefined, record)])
      await expect(call()).rejects.toMatchObject(lasting('is not a SQLite database'))
    expect(readFileSync(file, 'utf8')).toBe(text)
  })

  test('F48 a damaged file is named as such', async () => {
    const first = open(file)
    const store = sqlStore(first)
    await store.createTable()
    for (let user = 1; user <= 100; user++)
      await store.compareAndSet(`1:${user}`, undefined, { version: 'a', value: 'x'.repeat(2_000) })
    first[Symbol.dispose]()
    truncateSync(file, 40_960)
    using driver = open(file)

    await expect(
      (async () => {
        for (let user = 1; user <= 100; user++) await sqlStore(driver).get(`1:${user}`)
      })(),
    ).rejects.toMatchObject(lasting('The SQLite file is damaged'))
  })

  test('F48 a table with columns of another type, or without a key, is named as such', async () => {
    using database = new DatabaseSync(file)
    const columns = 'company_id INTEGER, version TEXT, value INTEGER, due_at REAL, attention INTEGER'
    database.exec(
      `CREATE TABLE keyless (id TEXT, ${columns}); CREATE TABLE typed (id TEXT PRIMARY KEY, ${columns}) STRICT`,
    )
    using driver = open(file)

    for (const table of ['keyless', 'typed'])
      await expect(sqlStore(driver, { table }).compareAndSet('1:2', undefined, record)).rejects.toMatchObject(
        lasting(`"${table}" does not have the columns that this version needs`),
      )
  })
})

describe('F47 a -wal file', () => {
  /** Leaves a file whose only record is still in its -wal file, as a killed process does. */
  function leaveWal(): void {
    const script = `
      const { DatabaseSync } = require('node:sqlite')
      const database = new DatabaseSync(${JSON.stringify(file)})
      database.exec("PRAGMA journal_mode = WAL; PRAGMA wal_autocheckpoint = 0; CREATE TABLE t (a); INSERT INTO t VALUES (1)")
      process.kill(process.pid, 'SIGKILL')`
    spawnSync(process.execPath, ['-e', script])
  }

  test('that a killed process has left is read', async () => {
    leaveWal()
    using driver = nodeSqliteDriver(file)
    expect((await driver.query('SELECT a FROM t', [])).rows).toEqual([{ a: 1 }])
  })

  test.each([
    ['missing', () => rmSync(file)],
    ['empty', () => truncateSync(file, 0)],
  ])('without its file, which is %s, is not overwritten by a new file', async (_, lose) => {
    leaveWal()
    copyFileSync(file, `${file}.kept`)
    lose()
    expect(() => nodeSqliteDriver(file)).toThrow('is still there, with its last changes. Put the file back')
    expect(() => nodeSqliteDriver(file)).toThrow(expect.objectContaining({ name: 'ConfigurationError' }))

    renameSync(`${file}.kept`, file)
    using driver = nodeSqliteDriver(file)
    expect((await driver.query('SELECT a FROM t', [])).rows).toEqual([{ a: 1 }])
  })

  describe.each(links)('beside the file behind %s', (_, linkTo) => {
    test.each([
      ['missing', () => rmSync(file)],
      ['empty', () => truncateSync(file, 0)],
    ])('is kept while the file is %s', async (__, lose) => {
      leaveWal()
      copyFileSync(file, `${file}.kept`)
      lose()
      const link = linkTo()
      const before = readdirSync(folder)
      expect(() => nodeSqliteDriver(link)).toThrow(
        `${realpathSync(folder)}/installations.db-wal is still there`,
      )
      expect(readdirSync(folder)).toEqual(before)

      renameSync(`${file}.kept`, file)
      using driver = nodeSqliteDriver(link)
      expect((await driver.query('SELECT a FROM t', [])).rows).toEqual([{ a: 1 }])
    })
  })

  test.each(links)(
    'of nobody: %s may lead to a new file, which its owner alone can read',
    async (_, linkTo) => {
      using driver = nodeSqliteDriver(linkTo())
      await sqlStore(driver).createTable()
      expect(statSync(file).mode & 0o777).toBe(0o600)
      expect(statSync(`${file}-wal`).mode & 0o777).toBe(0o600)
    },
  )
})

describe('F48 a path that leads to no place for a file is a ConfigurationError', () => {
  test.each([
    [
      'of a link to itself',
      () => symlinkSync(file, file),
      () => `${file} cannot be opened: ELOOP: too many symbolic links`,
    ],
    [
      'of a link into a circle of folders',
      () => {
        symlinkSync(join(folder, 'b'), join(folder, 'a'))
        symlinkSync(join(folder, 'a'), join(folder, 'b'))
        symlinkSync(join(folder, 'a', 'installations.db'), file)
      },
      () => `${file} cannot be opened: ELOOP: too many symbolic links`,
    ],
    [
      'of a link into a folder that is missing',
      () => symlinkSync('missing/a.db', file),
      () => `the folder ${realpathSync(folder)}/missing does not exist; create it first`,
    ],
    [
      'of a link below a file',
      () => {
        writeFileSync(join(folder, 'text'), '')
        symlinkSync('text/a.db', file)
      },
      () => `${file} cannot be opened: ENOTDIR`,
    ],
    [
      'of a file whose -wal is a link to itself',
      () => symlinkSync(`${file}-wal`, `${file}-wal`),
      () => `${realpathSync(folder)}/installations.db cannot be opened: ELOOP`,
    ],
    [
      'with a name that is too long',
      () => join(folder, 'x'.repeat(300)),
      () => 'cannot be opened: ENAMETOOLONG',
    ],
    [
      'with a NUL',
      () => join(folder, 'a\0b.db'),
      () => 'must be a string, Uint8Array, or URL without null bytes',
    ],
  ])('such as that %s', (_, place, sentence) => {
    const path = place() ?? file
    expect(() => nodeSqliteDriver(path)).toThrow(sentence())
    expect(() => nodeSqliteDriver(path)).toThrow(expect.objectContaining({ name: 'ConfigurationError' }))
  })
})

test('better-sqlite3: the driver works in a Node without node:sqlite, and warns of nothing', () => {
  const script = `
    import Database from 'better-sqlite3'
    import { betterSqlite3Driver } from './src/drivers/better-sqlite3.ts'
    const { rows } = await betterSqlite3Driver(new Database(':memory:')).query('SELECT 7 AS number', [])
    console.log(rows[0].number)`
  const args = ['--no-experimental-sqlite', '--input-type=module', '--eval', script]
  const cwd = new URL('..', import.meta.url)
  const { stdout, stderr } = spawnSync(process.execPath, args, { cwd, encoding: 'utf8' })
  expect({ stdout, stderr }).toEqual({ stdout: '7\n', stderr: '' })
})

test('better-sqlite3: a write is refused during a transaction of the application', async () => {
  const database = new Database(file)
  const store = sqlStore(betterSqlite3Driver(database))
  await store.createTable()
  database.exec('BEGIN')
  await expect(store.compareAndSet('1:2', undefined, record)).rejects.toThrow('a connection of its own')
  database.close()
})

test('wrong arguments of betterSqlite3Driver() are refused, with a sentence for each problem', () => {
  const open = (database: unknown, options: object) => () =>
    betterSqlite3Driver(database as BetterSqlite3Like, options)
  expect(open('installations.db', { busyTimeoutMs: -1, timeout: 5 })).toThrow(
    expect.objectContaining({
      problems: [
        'betterSqlite3Driver(): needs an open Database of better-sqlite3',
        'betterSqlite3Driver(): busyTimeoutMs must be a number of 0 or more',
        'betterSqlite3Driver(): timeout is not a known option',
      ],
    }),
  )
  expect(open(undefined, {})).toThrow('needs an open Database')
})

test('F48 libSQL says in its own way what is wrong, and is understood', async () => {
  const store = libsqlStore(createClient({ url: `file:${file}` }), 'never')
  await expect(store.get('1:2')).rejects.toMatchObject(lasting('Call createTable() of the store once'))
})
