import { DatabaseSync } from 'node:sqlite'
import { ConfigurationError } from '@pd/oauth-core'
import { describe, expect, test } from 'vitest'
import { d1Driver } from '../src/drivers/d1.ts'
import { nodeSqliteDriver } from '../src/drivers/node-sqlite.ts'
import { pgDriver } from '../src/drivers/pg.ts'
import {
  migrations,
  schema,
  sqlDriver,
  sqlStore,
  type SqlDialect,
  type SqlQuery,
  type SqlRow,
  type SqlStore,
} from '../src/index.ts'

const nothing: SqlQuery = async () => ({ rows: [] })
/** Passes reads on, and answers every other statement in its own way. */
const withWrites =
  (write: SqlQuery, read: SqlQuery = nothing): SqlQuery =>
  (sql, params) =>
    sql.startsWith('SELECT') ? read(sql, params) : write(sql, params)

describe('unusable arguments are refused at construction', () => {
  test('something that is not a driver', () => {
    const sentence = expect.stringContaining('one that sqlDriver() created')
    const none = { dialect: 'sqlite' }
    const unknown = { dialect: 'oracle', query: nothing }
    for (const driver of [undefined, new DatabaseSync(':memory:'), none, unknown])
      expect(problemsOf(sqlStore, driver)).toEqual([sentence])
    expect(problemsOf(sqlDriver, 'oracle', 'SELECT')).toEqual([
      'sqlDriver(): dialect must be one of sqlite, postgresql, mysql',
      'sqlDriver(): needs a function that sends a statement with its parameters',
    ])
  })

  test('wrong options, each by name', () => {
    expect(
      problemsOf(sqlStore, sqlDriver('sqlite', nothing), { table: 'a"b', tabel: 'x', notify: 1 }),
    ).toEqual([
      'sqlStore(): table must be 1 to 48 letters, digits and _, beginning with a letter',
      'sqlStore(): notify must be true or false',
      'sqlStore(): tabel is not a known option',
    ])
    expect(problemsOf(migrations, { dialect: 'oracle', table: '1', name: 'x' })).toHaveLength(3)
    expect(problemsOf(migrations, undefined)).toHaveLength(1)
  })

  test.each(['', 'a b', 'a;b', 'a"b', "a'b", '1a', '_a', 'ä', 'a.b', 'sqlite_a', 'a'.repeat(49), 5, null])(
    'the table name %j in SQLite',
    (table) => {
      expect(problemsOf(sqlStore, sqlDriver('sqlite', nothing), { table })).toHaveLength(1)
    },
  )

  test.each(['a.b.c', '.a', 'a.', 'a"."b', 'a b.c', `${'a'.repeat(49)}.b`])(
    'the table name %j in PostgreSQL and MySQL',
    (table) => {
      expect(problemsOf(sqlStore, sqlDriver('postgresql', nothing), { table })).toHaveLength(1)
      expect(problemsOf(sqlStore, sqlDriver('mysql', nothing), { table })).toHaveLength(1)
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
    const refused = () => Promise.reject(new Error('a write'))
    const reader = sqlDriver('sqlite', withWrites(refused, driver.query))

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

  /** @see [X509 certificate error codes](https://nodejs.org/api/tls.html#x509-certificate-error-codes) */
  const certificateCodes = [
    'UNABLE_TO_GET_ISSUER_CERT',
    'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
    'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
    'UNABLE_TO_GET_CRL',
    'UNABLE_TO_DECRYPT_CERT_SIGNATURE',
    'UNABLE_TO_DECRYPT_CRL_SIGNATURE',
    'UNABLE_TO_DECODE_ISSUER_PUBLIC_KEY',
    'CERT_SIGNATURE_FAILURE',
    'CRL_SIGNATURE_FAILURE',
    'CERT_NOT_YET_VALID',
    'CERT_HAS_EXPIRED',
    'CRL_NOT_YET_VALID',
    'CRL_HAS_EXPIRED',
    'ERROR_IN_CERT_NOT_BEFORE_FIELD',
    'ERROR_IN_CERT_NOT_AFTER_FIELD',
    'ERROR_IN_CRL_LAST_UPDATE_FIELD',
    'ERROR_IN_CRL_NEXT_UPDATE_FIELD',
    'DEPTH_ZERO_SELF_SIGNED_CERT',
    'SELF_SIGNED_CERT_IN_CHAIN',
    'CERT_CHAIN_TOO_LONG',
    'CERT_REVOKED',
    'INVALID_CA',
    'PATH_LENGTH_EXCEEDED',
    'INVALID_PURPOSE',
    'CERT_UNTRUSTED',
    'CERT_REJECTED',
    'HOSTNAME_MISMATCH',
    'ERR_TLS_CERT_ALTNAME_INVALID',
  ]
  test.each(['postgresql', 'mysql'] as const)(
    'when a certificate does not verify, in %s',
    async (dialect) => {
      for (const code of certificateCodes) {
        const driver = sqlDriver(dialect, () => Promise.reject(Object.assign(new Error('No.'), { code })))
        await expect(sqlStore(driver).get('1:2'), code).rejects.toMatchObject({
          name: 'ConfigurationError',
          message: expect.stringContaining('the certificate of its authority as ssl.ca'),
        })
      }
      for (const code of [
        'ECONNRESET',
        'ECONNREFUSED',
        'ETIMEDOUT',
        'EPROTO',
        'ERR_SSL_DECRYPTION_FAILED_OR_BAD_RECORD_MAC',
      ]) {
        const driver = sqlDriver(dialect, () => Promise.reject(Object.assign(new Error('No.'), { code })))
        await expect(sqlStore(driver).get('1:2'), code).rejects.toMatchObject({ name: 'Error', code })
      }
    },
  )

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
    const store = sqlStore(sqlDriver(dialect, () => Promise.reject(error)))
    await expect(store.get('1:2')).rejects.toThrow(sentence)
    await expect(store.get('1:2')).rejects.toMatchObject({ name: 'ConfigurationError', cause: error })
  })

  test.each([
    ['sqlite', failedWith({ errcode: 1032 }, 'attempt to write a readonly database')],
    ['sqlite', failedWith({ code: 'SQLITE_READONLY_DBMOVED' }, 'attempt to write a readonly database')],
    ['postgresql', failedWith({ code: 'ECONNREFUSED' })],
    ['mysql', failedWith({ code: 'PROTOCOL_CONNECTION_LOST' })],
    ['postgresql', 'a text'],
  ] as const)('but not what may pass: %s %s', async (dialect, error) => {
    const driver = sqlDriver(dialect, () => Promise.reject(error))
    await expect(sqlStore(driver).compareAndSet('1:2', 'a', undefined)).rejects.toBe(error)
  })

  test('and other errors of createTable() stay as they are', async () => {
    const odd = new Error('something that nobody knows')
    const fails = () => Promise.reject(odd)
    await expect(sqlStore(sqlDriver('sqlite', fails)).createTable()).rejects.toBe(odd)
    await expect(sqlStore(sqlDriver('sqlite', withWrites(fails))).createTable()).rejects.toBe(odd)
  })
})

test('schema() is the SQL of migrations(), with the name that each database has at a terminal', () => {
  const sqlOf = (dialect: SqlDialect, table?: string) => migrations({ dialect, table })[0]!.sql
  expect(schema({ dialect: 'sqlite' })).toBe(sqlOf('sqlite'))
  expect(schema({ dialect: 'd1', table: 'Mine' })).toBe(sqlOf('sqlite', 'Mine'))
  expect(schema({ dialect: 'postgres', table: 'app.mine' })).toBe(
    `${sqlOf('postgresql', 'app.mine')}\n` +
      '-- The application needs: GRANT SELECT, INSERT, UPDATE, DELETE ON "app"."mine" TO its_role;\n' +
      '-- To let processes watch, with pgDriver(pool, { listen }): COMMENT ON TABLE "app"."mine" IS \'pd-oauth: notify\';\n',
  )
  expect(problemsOf(schema, { dialect: 'oracle', table: 'a.b', name: 1 })).toEqual([
    'schema(): dialect must be one of sqlite, d1, postgres, mysql',
    'schema(): table must be 1 to 48 letters, digits and _, beginning with a letter',
    'schema(): name is not a known option',
  ])
})

describe('a function that breaks its contract is detected', () => {
  const record = { version: 'a', value: 'sealed' }

  test.each([undefined, Number.NaN, 2, -1])('by %s changed rows in MySQL', async (changed) => {
    const driver = sqlDriver('mysql', async () => ({ rows: [], changed }))

    await expect(sqlStore(driver).compareAndSet('1:2', undefined, record)).rejects.toThrow('changed rows')
  })

  test.each(['sqlite', 'postgresql'] as const)('by two rows of a write in %s', async (dialect) => {
    const driver = sqlDriver(dialect, async () => ({ rows: [{ id: '1:2' }, { id: '1:2' }] }))

    await expect(sqlStore(driver).compareAndSet('1:2', undefined, record)).rejects.toThrow('returned 2 rows')
  })

  test.each([undefined, [], { rowCount: 1 }, { rows: undefined }])('by the answer %j', async (answer) => {
    const driver = sqlDriver('postgresql', async () => answer as never)

    for (const call of [
      () => sqlStore(driver).get('1:2'),
      () => sqlStore(driver).compareAndSet('1:2', 'a', record),
    ])
      await expect(call()).rejects.toThrow('must resolve to { rows }')
  })

  test.each([
    ['arrays', ['a', 'sealed', null, 0]],
    ['other names', { VERSION: 'a', VALUE: 'sealed', DUE: null, ATTENTION: 0 }],
    ['no due', { version: 'a', value: 'sealed', attention: 0 }],
  ])('by rows with %s', async (_, row) => {
    const driver = sqlDriver('sqlite', async () => ({ rows: [row as unknown as SqlRow] }))

    await expect(sqlStore(driver).get('1:2')).rejects.toThrow('without the columns')
  })

  test.each(['sqlite', 'postgresql', 'mysql'] as const)(
    'by rows with arrays in createTable() and check() of %s, which then claim nothing about the database',
    async (dialect) => {
      const driver = sqlDriver(dialect, async () => ({ rows: [['a', 'b', 'c'] as unknown as SqlRow] }))
      const store = sqlStore(driver)
      await expect(store.createTable()).rejects.toThrow('without the columns')
      expect(await store.check?.()).toMatchObject([
        { status: 'unchecked', found: expect.stringContaining('without the columns') },
      ])
    },
  )
})

describe('values that a library returns in its own way', () => {
  const bytes = (text: string) => new TextEncoder().encode(text)
  const due = 1767225600000.5

  test.each([
    ['as they are', { version: 'a', value: 'sealed', due, attention: 1 }, { changed: 1 }],
    [
      'numbers as texts',
      { version: 'a', value: 'sealed', due: String(due), attention: '1' },
      { changed: 1n },
    ],
    [
      'texts as bytes',
      { version: bytes('a'), value: Buffer.from('sealed'), due, attention: 1n },
      { changed: 1 },
    ],
    ['a small number as a boolean', { version: 'a', value: 'sealed', due, attention: true }, { changed: 1 }],
  ])('come out right: %s', async (_, row, written) => {
    const query = withWrites(
      async () => ({ rows: [], ...written }),
      async () => ({ rows: [row] }),
    )
    const store = sqlStore(sqlDriver('mysql', query))

    expect(await store.get('1:2')).toEqual({ version: 'a', value: 'sealed', dueAt: due, attention: true })
    expect(await store.compareAndSet('1:2', 'a', undefined)).toBe(true)
  })

  test('ids and counts, too', async () => {
    const rows = [{ id: bytes('1:2'), due: '3', total: 7n }]
    const store = sqlStore(sqlDriver('sqlite', async () => ({ rows })))

    expect(await store.due(5, 10)).toEqual([{ id: '1:2', dueAt: 3 }])
    expect(await store.count({ attention: true })).toBe(7)
  })
})

test('each placeholder occurs once, in the order of the parameters, so that an ORM may put its own there', async () => {
  const sent: [string, number][] = []
  const store = (dialect: SqlDialect) =>
    sqlStore(
      sqlDriver(dialect, async (sql, params) => {
        sent.push([sql, params.length])
        return { rows: [{ id: '1:2', due: 3, total: 0 }], changed: 1 }
      }),
    )
  for (const dialect of ['sqlite', 'postgresql', 'mysql'] as const) {
    sent.length = 0
    const record = { version: 'a', value: 'sealed' }
    const one = store(dialect)
    await Promise.all([
      one.compareAndSet('1:2', undefined, record),
      one.compareAndSet('1:2', 'a', record),
      one.compareAndSet('1:2', 'a', undefined),
      one.due(5, 10),
      one.list({ limit: 10 }),
      one.list({ limit: 10, companyId: 1 }),
      one.list({ limit: 10, attention: true, cursor: '1:2' }),
      one.list({ limit: 10, attention: true, companyId: 1 }),
      one.count({ attention: true }),
      one.count({ dueBefore: 5 }),
    ])
    expect(sent).toHaveLength(10)
    for (const [sql, count] of sent) {
      const placeholders = sql.match(dialect === 'postgresql' ? /\$\d+/g : /\?/g) ?? []
      expect(placeholders).toEqual(
        Array.from({ length: count }, (_, index) => (dialect === 'postgresql' ? `$${index + 1}` : '?')),
      )
    }
  }
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
