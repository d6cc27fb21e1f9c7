import { DatabaseSync } from 'node:sqlite'
import { ConfigurationError } from '@pd/oauth-core'
import { describe, expect, test } from 'vitest'
import { d1Driver } from '../src/drivers/d1.ts'
import { nodeSqliteDriver } from '../src/drivers/node-sqlite.ts'
import { pgDriver } from '../src/drivers/pg.ts'
import {
  migrations,
  schema,
  sqlStore,
  type SqlDialect,
  type SqlDriver,
  type SqlRow,
  type SqlStore,
} from '../src/index.ts'

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

  test('F39 that exists is only read by createTable()', async () => {
    using driver = nodeSqliteDriver(':memory:')
    await sqlStore(driver, { table: 'Order' }).createTable()
    const reader = driverWith({ ...driver, run: () => Promise.reject(new Error('a write')) })

    await sqlStore(reader, { table: 'Order' }).createTable()
    await expect(sqlStore(reader, { table: 'other' }).createTable()).rejects.toThrow('a write')
  })

  test('that lacks an index gets it, and nothing else, from createTable()', async () => {
    using database = new DatabaseSync(':memory:')
    const store = sqlStore(nodeSqliteDriver(database))
    await store.createTable()
    database.exec('DROP INDEX pd_oauth_installations_by_due')
    await store.createTable()

    const { total } = database
      .prepare("SELECT count(*) AS total FROM sqlite_master WHERE name LIKE 'pd%'")
      .get()!
    expect(total).toBe(4)
  })
})

describe('F48 what no retry can mend is a ConfigurationError with the sentence that mends it', () => {
  const record = { version: 'a', value: 'sealed' }
  /** Every method of the store that asks the database. */
  const allOf = (store: SqlStore) => [
    () => store.get('1:2'),
    () => store.compareAndSet('1:2', undefined, record),
    () => store.compareAndSet('1:2', 'a', record),
    () => store.compareAndSet('1:2', 'a', undefined),
    () => store.due(5, 10),
    () => store.list({ limit: 10 }),
    () => store.count({ attention: true }),
  ]

  test('when the table was never created', async () => {
    using driver = nodeSqliteDriver(':memory:')
    for (const call of allOf(sqlStore(driver)))
      await expect(call()).rejects.toMatchObject({
        name: 'ConfigurationError',
        retryable: false,
        problems: [
          'The table "pd_oauth_installations" does not exist. Call createTable() of the store once at the start, or run ' +
            'the SQL of migrations() as a role that may create tables. ' +
            'The database said: no such table: pd_oauth_installations',
        ],
        cause: { errcode: 1 },
      })
  })

  test('when the table is one of an older version', async () => {
    using database = new DatabaseSync(':memory:')
    database.exec(
      'CREATE TABLE old (id TEXT PRIMARY KEY, company_id INTEGER, version TEXT, value TEXT, due_at REAL)',
    )
    const store = sqlStore(nodeSqliteDriver(database), { table: 'old' })
    const writes = () => store.compareAndSet('1:2', undefined, record)
    for (const call of [() => store.get('1:2'), writes, () => store.createTable()])
      await expect(call()).rejects.toThrow(/^[^]*The table "old" does not have the columns [^]*attention/)
  })

  test('when SQLite may only read', async () => {
    using database = new DatabaseSync(':memory:')
    const store = sqlStore(nodeSqliteDriver(database))
    await store.createTable()
    database.exec('PRAGMA query_only = 1')

    await store.createTable()
    expect(await store.get('1:2')).toBeUndefined()
    for (const [expected, next] of [
      [undefined, record],
      ['a', undefined],
    ] as const)
      await expect(store.compareAndSet('1:2', expected, next)).rejects.toThrow(
        'The database of the table "pd_oauth_installations" can only be read.',
      )
  })

  test('when the table is missing and may not be created', async () => {
    using database = new DatabaseSync(':memory:')
    database.exec('PRAGMA query_only = 1')

    await expect(sqlStore(nodeSqliteDriver(database)).createTable()).rejects.toThrow(
      'does not exist, and the store may not create it. Run the SQL of migrations()',
    )
  })

  test.each([
    ['sqlite', new Error('D1_ERROR: no such table: a: SQLITE_ERROR'), 'does not exist. Call'],
    ['sqlite', new Error('wrapped', { cause: new Error('no such column: attention') }), 'the columns'],
    ['postgresql', failedWith({ code: '42P01' }), 'does not exist. Call'],
    ['postgresql', new Error('wrapped', { cause: failedWith({ code: '42501' }) }), 'Grant it SELECT'],
  ] as const)('when a %s driver says it in its own way: %s', async (dialect, error, sentence) => {
    const store = sqlStore(driverWith({ dialect, all: () => Promise.reject(error) }))
    await expect(store.get('1:2')).rejects.toThrow(sentence)
    await expect(store.get('1:2')).rejects.toMatchObject({ name: 'ConfigurationError', cause: error })
  })

  test.each([
    ['sqlite', new Error('database is locked')],
    ['sqlite', failedWith({ errcode: 1032 }, 'attempt to write a readonly database')],
    ['sqlite', failedWith({ code: 'SQLITE_READONLY_DBMOVED' }, 'attempt to write a readonly database')],
    ['postgresql', failedWith({ code: 'ECONNREFUSED' })],
    // The primary has become a replica, until the pool connects to the new one.
    ['postgresql', failedWith({ code: '25006' })],
    ['postgresql', 'a text'],
  ] as const)('but not what may pass: %s %s', async (dialect, error) => {
    const driver = driverWith({ dialect, run: () => Promise.reject(error) })
    await expect(sqlStore(driver).compareAndSet('1:2', 'a', undefined)).rejects.toBe(error)
  })

  test('and other errors of createTable() stay as they are', async () => {
    const full = new Error('database or disk is full')
    const fails = () => Promise.reject(full)
    await expect(sqlStore(driverWith({ run: fails, all: fails })).createTable()).rejects.toBe(full)
    await expect(sqlStore(driverWith({ run: fails })).createTable()).rejects.toBe(full)
  })
})

test('schema() is the SQL of migrations(), with the name that each database has at a terminal', () => {
  const sqlOf = (dialect: SqlDialect, table?: string) => migrations({ dialect, table })[0]!.sql
  expect(schema({ dialect: 'sqlite' })).toBe(sqlOf('sqlite'))
  expect(schema({ dialect: 'd1', table: 'Mine' })).toBe(sqlOf('sqlite', 'Mine'))
  expect(schema({ dialect: 'postgres', table: 'app.mine' })).toBe(
    `${sqlOf('postgresql', 'app.mine')}\n` +
      '-- The application needs: GRANT SELECT, INSERT, UPDATE, DELETE ON "app"."mine" TO its_role;\n',
  )
  expect(problemsOf(schema, { dialect: 'mysql', table: 'a.b', name: 1 })).toEqual([
    'schema(): dialect must be one of sqlite, d1, postgres',
    'schema(): table must be 1 to 48 letters, digits and _, beginning with a letter',
    'schema(): name is not a known option',
  ])
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

  expect(await store.due(Infinity, Infinity)).toEqual([
    { id: '1:1', dueAt: 1 },
    { id: '1:2', dueAt: 2 },
    { id: '1:3', dueAt: 3 },
  ])
  expect(await store.due(Infinity, 1.9)).toEqual([{ id: '1:1', dueAt: 1 }])
  expect(await store.due(Infinity, -1)).toEqual([])
  expect(await store.list({ limit: Infinity })).toEqual({ ids: ['1:1', '1:2', '1:3'] })
  expect(await store.list({ limit: 0 })).toEqual({ ids: [] })
})

function failedWith(properties: object, message = 'failed'): Error {
  return Object.assign(new Error(message), properties)
}

/** The problems that a function has with arguments that its types would not allow. */
function problemsOf(construct: (...args: never[]) => unknown, ...args: unknown[]): readonly string[] {
  try {
    Reflect.apply(construct, undefined, args)
  } catch (error) {
    if (error instanceof ConfigurationError) return error.problems
  }
  throw new Error('It was not refused.')
}
