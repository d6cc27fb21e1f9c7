import { PipedriveOAuth, StoreError } from '@pd/oauth-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { pgDriver } from '../src/drivers/pg.ts'
import { migrations, sqlStore } from '../src/index.ts'
import { openPool } from './servers/open-pool.ts'
import { createSchema, type Schema } from './servers/postgres.ts'

let schema: Schema
beforeAll(async () => {
  schema = await createSchema()
})
afterAll(() => schema?.[Symbol.asyncDispose]())

const record = { version: 'a', value: 'sealed', dueAt: 5.5 }

test('a migration tool can run migrations() in transactions, and twice', async () => {
  await using pool = disposable(openPool(schema.url, { max: 1 }))
  const table = `${schema.name}.Migrated`
  for (const _ of [1, 2])
    for (const { sql } of migrations({ dialect: 'postgresql', table })) {
      await pool.query('BEGIN')
      await pool.query(sql)
      await pool.query('COMMIT')
    }

  const store = sqlStore(pgDriver(pool), { table })
  expect(await store.compareAndSet('1:2', undefined, record)).toBe(true)
  expect(await store.get('1:2')).toEqual(record)
})

test('a pool that returns numbers as text works', async () => {
  const types = { getTypeParser: () => (text: string) => text }
  await using pool = disposable(openPool(schema.url, { types }))
  const store = sqlStore(pgDriver(pool), { table: `${schema.name}.as_text` })
  await store.createTable()
  await store.compareAndSet('1:2', undefined, record)

  expect(await store.get('1:2')).toEqual(record)
})

test('a write waits for a rival whose transaction is open, and succeeds only if it rolls back', async () => {
  await using pool = disposable(openPool(schema.url))
  const table = `${schema.name}.rivals`
  const store = sqlStore(pgDriver(pool), { table })
  await store.createTable()
  await store.compareAndSet('1:2', undefined, record)
  for (const [end, landed] of [
    ['ROLLBACK', true],
    ['COMMIT', false],
  ] as const) {
    const expected = (await store.get('1:2'))?.version
    const rival = await pool.connect()
    await rival.query('BEGIN')
    await rival.query(`UPDATE ${table} SET version = 'rival'`)
    const writing = store.compareAndSet('1:2', expected, { version: 'b', value: 'sealed' })
    await expect.poll(() => waiting(pool), { timeout: 10_000 }).toBe(1)
    await rival.query(end)
    rival.release()

    expect(await writing).toBe(landed)
    expect((await store.get('1:2'))?.version).toBe(landed ? 'b' : 'rival')
  }
})

test('F34 connections that the server ends are replaced; a pool that has ended is a StoreError', async () => {
  const pool = openPool(schema.url)
  const table = `${schema.name}.ended`
  const store = sqlStore(pgDriver(pool), { table })
  await store.createTable()
  await store.compareAndSet('1:2', undefined, record)
  await using other = disposable(openPool(schema.url))
  const [{ pid }] = (await pool.query('SELECT pg_backend_pid() pid')).rows as [{ pid: number }]
  const ended = new Promise((resolve) => pool.once('remove', resolve))
  await other.query('SELECT pg_terminate_backend($1)', [pid])
  await ended

  expect(await store.get('1:2')).toEqual(record)

  await pool.end()
  const oauth = new PipedriveOAuth({
    clientId: 'fake-client-id',
    clientSecret: 'fake-client-secret',
    redirectUri: 'http://localhost:3000/pipedrive/callback',
    secrets: ['test-secret-that-is-long-enough-0001'],
    store,
  })
  const error = await oauth
    .installation('1:2')
    .accessToken()
    .catch((error: unknown) => error)
  expect(error).toBeInstanceOf(StoreError)
  expect(error).toMatchObject({ code: 'store_unavailable', retryable: true })
})

async function waiting(pool: ReturnType<typeof openPool>): Promise<number> {
  const { rows } = await pool.query(
    "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE '%rivals%'",
  )
  return Number(rows[0]?.count)
}

function disposable(pool: ReturnType<typeof openPool>): typeof pool & AsyncDisposable {
  return Object.assign(pool, { [Symbol.asyncDispose]: () => pool.end() })
}
