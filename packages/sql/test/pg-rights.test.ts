import { randomBytes } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { pgDriver, type PgLike } from '../src/drivers/pg.ts'
import { schema as schemaSql, sqlStore } from '../src/index.ts'
import { disposable, openPool } from './servers/open-pool.ts'
import { createSchema, type Schema } from './servers/postgres.ts'

let schema: Schema
let admin: ReturnType<typeof openPool>
/** A role that owns nothing, and may do nothing at first. */
const role = `test_${randomBytes(6).toString('hex')}`
beforeAll(async () => {
  schema = await createSchema()
  admin = openPool(schema.url)
  await admin.query(`CREATE ROLE ${role}`)
})
afterAll(async () => {
  await admin?.query(`DROP OWNED BY ${role}; DROP ROLE ${role}`)
  await admin?.end()
  await schema?.[Symbol.asyncDispose]()
})

const record = { version: 'a', value: 'sealed', dueAt: 5, attention: true }

/** A pool whose connections have the rights of the role alone. */
function openAsRole() {
  return disposable(openPool(schema.url, { options: `-c role=${role}` }))
}

describe('F39 a role without the right to create', () => {
  test('sets the store up and uses it, if the table exists and its rows may be read and written', async () => {
    const table = `${schema.name}.rows_only`
    const sql = schemaSql({ dialect: 'postgres', table })
    await admin.query(sql)
    await admin.query(`GRANT USAGE ON SCHEMA ${schema.name} TO ${role}`)
    const [, grant = ''] = /^-- .*: (GRANT .*) its_role;$/m.exec(sql) ?? []
    await admin.query(`${grant} ${role}`)
    await using pool = openAsRole()
    await expect(pool.query(`CREATE TABLE IF NOT EXISTS ${table} ()`)).rejects.toMatchObject({
      code: '42501',
    })
    const sent: string[] = []
    const query: PgLike['query'] = (text, values) => {
      sent.push(text)
      return pool.query(text, values)
    }
    const store = sqlStore(pgDriver({ query }), { table })

    await store.createTable()
    expect(sent.filter((text) => !text.startsWith('SELECT'))).toEqual([])
    expect(await store.compareAndSet('1:2', undefined, record)).toBe(true)
    expect(await store.get('1:2')).toEqual(record)
    expect(await store.due(6, 10)).toEqual([{ id: '1:2', dueAt: 5 }])
    expect(await store.list({ attention: true, limit: 10 })).toEqual({ ids: ['1:2'] })
    expect(await store.count({ dueBefore: 6 })).toBe(1)
    expect(await store.compareAndSet('1:2', 'a', undefined)).toBe(true)
  })

  test('sets the store up without an index that it may not create', async () => {
    const table = `${schema.name}.no_index`
    await sqlStore(pgDriver(admin), { table }).createTable()
    await admin.query(`DROP INDEX ${schema.name}.no_index_by_due`)
    await admin.query(`GRANT USAGE ON SCHEMA ${schema.name} TO ${role}`)
    await admin.query(`GRANT SELECT ON ${table} TO ${role}`)
    await using pool = openAsRole()
    const store = sqlStore(pgDriver(pool), { table })

    await store.createTable()
    expect(await store.due(6, 10)).toEqual([])
  })

  test('F48 is told what to do if the table is missing', async () => {
    await admin.query(`GRANT USAGE ON SCHEMA ${schema.name} TO ${role}`)
    await using pool = openAsRole()
    const store = sqlStore(pgDriver(pool), { table: `${schema.name}.missing` })

    await expect(store.createTable()).rejects.toMatchObject({
      name: 'ConfigurationError',
      message: expect.stringContaining('the store may not create it. Run the SQL of migrations() as a role'),
    })
    await expect(store.get('1:2')).rejects.toThrow('Call createTable() of the store once at the start')
  })

  test('F48 is told which rights it lacks if it may not read or write the rows', async () => {
    const table = `${schema.name}.unreadable`
    await sqlStore(pgDriver(admin), { table }).createTable()
    await admin.query(`GRANT USAGE ON SCHEMA ${schema.name} TO ${role}`)
    await using pool = openAsRole()
    const store = sqlStore(pgDriver(pool), { table })
    const refused = {
      name: 'ConfigurationError',
      retryable: false,
      message: expect.stringContaining(
        `Grant it SELECT, INSERT, UPDATE and DELETE on "${schema.name}"."unreadable"`,
      ),
    }

    await expect(store.createTable()).rejects.toMatchObject(refused)
    await expect(store.get('1:2')).rejects.toMatchObject(refused)
    await admin.query(`GRANT SELECT ON ${table} TO ${role}`)
    expect(await store.get('1:2')).toBeUndefined()
    await expect(store.compareAndSet('1:2', undefined, record)).rejects.toMatchObject(refused)
  })
})

describe('F39 a connection whose transactions only read', () => {
  const openToRead = () =>
    disposable(openPool(schema.url, { options: '-c default_transaction_read_only=on' }))

  test('sets the store up and reads', async () => {
    const table = `${schema.name}.read_only`
    const owner = sqlStore(pgDriver(admin), { table })
    await owner.createTable()
    await owner.compareAndSet('1:2', undefined, record)
    await using pool = openToRead()
    const store = sqlStore(pgDriver(pool), { table })

    await store.createTable()
    expect(await store.get('1:2')).toEqual(record)
    expect(await store.list({ limit: 10 })).toEqual({ ids: ['1:2'] })
    // After a fail-over this passes, so it must not end as a ConfigurationError.
    await expect(store.compareAndSet('1:2', 'a', undefined)).rejects.toMatchObject({
      name: 'StoreError',
      retryable: true,
      message: expect.stringContaining('accepts no writes at the moment'),
      cause: { code: '25006' },
    })
  })

  test('F48 is told what to do if the table is missing', async () => {
    await using pool = openToRead()
    const store = sqlStore(pgDriver(pool), { table: `${schema.name}.missing` })

    await expect(store.createTable()).rejects.toThrow('the store may not create it')
  })
})

test('F48 a table of an older version is named, with the column that it lacks', async () => {
  const table = `${schema.name}.old`
  await admin.query(
    `CREATE TABLE ${table} (id TEXT, company_id BIGINT, version TEXT, value TEXT, due_at FLOAT8)`,
  )
  const store = sqlStore(pgDriver(admin), { table })

  for (const call of [() => store.createTable(), () => store.get('1:2')])
    await expect(call()).rejects.toThrow(/"old" does not have the columns [^]*attention/)
})
