import { DatabaseSync } from 'node:sqlite'
import { ConfigurationError } from '@pd/oauth-core'
import { describe, expect, test } from 'vitest'
import { d1Driver } from '../src/drivers/d1.ts'
import { nodeSqliteDriver } from '../src/drivers/node-sqlite.ts'
import { pgDriver } from '../src/drivers/pg.ts'
import { migrations, sqlStore, type SqlDriver, type SqlRow } from '../src/index.ts'

function driverWith(given: Partial<SqlDriver>): SqlDriver {
  const nothing = { run: async () => ({ changes: 0 }), all: async () => [] }
  return { dialect: 'sqlite', ...nothing, ...given }
}

describe('unusable arguments are refused at construction', () => {
  test('something that is not a driver', () => {
    const expected = ['sqlStore() needs a driver with the methods run and all']
    expect(problemsOf(sqlStore, undefined)).toMatchObject([expect.stringContaining(expected[0]!)])
    expect(problemsOf(sqlStore, new DatabaseSync(':memory:'))).toHaveLength(1)
    expect(problemsOf(sqlStore, { ...driverWith({}), dialect: 'mysql' })).toEqual([
      "sqlStore(): the driver's dialect must be one of sqlite, postgresql",
    ])
  })

  test('wrong options, each by name', () => {
    expect(problemsOf(sqlStore, driverWith({}), { table: 'a"b', tabel: 'x' })).toEqual([
      'sqlStore(): table must be 1 to 48 letters, digits and _, beginning with a letter',
      'sqlStore(): tabel is not a known option',
    ])
    expect(problemsOf(migrations, { dialect: 'mysql', table: '1', name: 'x' })).toHaveLength(3)
    expect(problemsOf(migrations, undefined)).toHaveLength(1)
  })

  test.each(['', 'a b', 'a;b', 'a"b', "a'b", '1a', '_a', 'ä', 'a.b', 'sqlite_a', 'a'.repeat(49), 5, null])(
    'the table name %j in SQLite',
    (table) => {
      expect(problemsOf(sqlStore, driverWith({}), { table })).toHaveLength(1)
    },
  )

  test.each(['a.b.c', '.a', 'a.', 'a"."b', 'a b.c', `${'a'.repeat(49)}.b`])(
    'the table name %j in PostgreSQL',
    (table) => {
      expect(problemsOf(sqlStore, driverWith({ dialect: 'postgresql' }), { table })).toHaveLength(1)
    },
  )

  test('objects that are not databases', () => {
    expect(problemsOf(d1Driver, undefined)).toEqual([expect.stringContaining('d1_databases')])
    expect(problemsOf(pgDriver, { connect: () => {} })).toEqual([expect.stringContaining('a Pool of pg')])
  })
})

describe('a table', () => {
  test('may have a keyword as its name, and share a database with other tables', async () => {
    using driver = nodeSqliteDriver(':memory:')
    const stores = ['select', 'Order', 'a'.repeat(48)].map((table) => sqlStore(driver, { table }))
    for (const store of stores) await store.createTable()

    for (const [index, store] of stores.entries())
      await store.compareAndSet('1:2', undefined, { version: `${index}`, value: 'sealed' })

    for (const [index, store] of stores.entries())
      expect(await store.get('1:2')).toEqual({ version: `${index}`, value: 'sealed' })
  })

  test('is the same from migrations() as from createTable(), and both may run twice', async () => {
    using byMigrations = new DatabaseSync(':memory:')
    using byStore = new DatabaseSync(':memory:')
    for (const _ of [1, 2]) {
      for (const { sql } of migrations({ dialect: 'sqlite' })) byMigrations.exec(sql)
      await sqlStore(nodeSqliteDriver(byStore)).createTable()
    }

    const schemaOf = (database: DatabaseSync) => database.prepare('SELECT * FROM sqlite_master').all()
    expect(schemaOf(byMigrations)).toEqual(schemaOf(byStore))
    expect(schemaOf(byStore).map(({ name }) => name)).toEqual(
      expect.arrayContaining(['pd_oauth_installations_by_company', 'pd_oauth_installations_by_due']),
    )
  })

  test('that is missing is named in the database error', async () => {
    using driver = nodeSqliteDriver(':memory:')

    await expect(sqlStore(driver).get('1:2')).rejects.toThrow('no such table: pd_oauth_installations')
  })

  test('that cannot be created is an error', async () => {
    const driver = driverWith({ run: () => Promise.reject(new Error('permission denied for schema public')) })

    await expect(sqlStore(driver).createTable()).rejects.toThrow('permission denied')
  })
})

describe('a driver that breaks its contract is detected', () => {
  const record = { version: 'a', value: 'sealed' }

  test.each([undefined, Number.NaN, 2, -1])('by %s changed rows', async (changes) => {
    const driver = driverWith({ run: async () => ({ changes }) as { changes: number } })

    await expect(sqlStore(driver).compareAndSet('1:2', undefined, record)).rejects.toThrow('changed rows')
  })

  test('by rows without columns', async () => {
    const driver = driverWith({ all: async () => [['a', 'sealed', null] as unknown as SqlRow] })

    await expect(sqlStore(driver).get('1:2')).rejects.toThrow('without the columns')
  })
})

test('numbers that a driver returns as text or as bigints become numbers', async () => {
  const rows = [{ version: 'a', value: 'sealed', due_at: '1767225600000.5' }]
  const driver = driverWith({
    all: async () => rows,
    run: async () => ({ changes: 1n }) as unknown as { changes: number },
  })

  expect(await sqlStore(driver).get('1:2')).toEqual({ version: 'a', value: 'sealed', dueAt: 1767225600000.5 })
  expect(await sqlStore(driver).compareAndSet('1:2', 'a', undefined)).toBe(true)
})

test('a limit may be a fraction, negative, or too large for a database', async () => {
  using driver = nodeSqliteDriver(':memory:')
  const store = sqlStore(driver)
  await store.createTable()
  for (const userId of [1, 2, 3])
    await store.compareAndSet(`1:${userId}`, undefined, { version: 'a', value: 'sealed', dueAt: userId })

  expect(await store.due(Infinity, Infinity)).toEqual(['1:1', '1:2', '1:3'])
  expect(await store.due(Infinity, 1.9)).toEqual(['1:1'])
  expect(await store.due(Infinity, -1)).toEqual([])
  expect(await store.list({ limit: Infinity })).toEqual({ ids: ['1:1', '1:2', '1:3'] })
  expect(await store.list({ limit: 0 })).toEqual({ ids: [] })
})

/** The problems that a function has with arguments that its types would not allow. */
function problemsOf(construct: (...args: never[]) => unknown, ...args: unknown[]): readonly string[] {
  try {
    Reflect.apply(construct, undefined, args)
  } catch (error) {
    if (error instanceof ConfigurationError) return error.problems
  }
  throw new Error('It was not refused.')
}
