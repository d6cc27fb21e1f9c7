import { StoreError } from '@pd/oauth-core'
import type { Pool } from 'pg'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { pgDriver, type PgLike } from '../src/drivers/pg.ts'
import { migrations, sqlStore } from '../src/index.ts'
import { clientOf } from './client-of.ts'
import { disposable, openPool } from './servers/open-pool.ts'
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
    await expect.poll(() => waiting(pool, 'rivals')).toBe(1)
    await rival.query(end)
    rival.release()

    expect(await writing).toBe(landed)
    expect((await store.get('1:2'))?.version).toBe(landed ? 'b' : 'rival')
  }
})

test('a deadlock with another transaction (40P01) is settled inside the store', async () => {
  await using pool = disposable(openPool(schema.url))
  const table = `${schema.name}.deadlocks`
  const store = sqlStore(pgDriver(pool), { table })
  await store.createTable()
  await store.compareAndSet('1:2', undefined, record)
  const rival = await pool.connect()
  // The server ends the transaction that notices the deadlock: the store's.
  await rival.query("SET deadlock_timeout = '1h'")
  await rival.query(`BEGIN; UPDATE ${table} SET value = 'rival'`)
  const codes: unknown[] = []
  const writing = sqlStore(pgDriver(recording(pool, codes)), { table }).compareAndSet('1:2', 'a', {
    version: 'b',
    value: 'sealed',
  })
  await expect.poll(() => waiting(pool, 'deadlocks')).toBe(1)
  // The store's statement has locked the table a little and waits for the row. The rival waits for the table.
  await rival.query(`LOCK TABLE ${table} IN ACCESS EXCLUSIVE MODE`)
  await rival.query('COMMIT; RESET deadlock_timeout')
  rival.release()

  expect(await writing).toBe(true)
  expect(codes).toEqual(['40P01'])
  expect(await store.get('1:2')).toEqual({ version: 'b', value: 'sealed' })
})

test('a lost race under REPEATABLE READ (40001) is settled inside the store', async () => {
  await using pool = disposable(
    openPool(schema.url, { options: '-c default_transaction_isolation=repeatable\\ read' }),
  )
  const table = `${schema.name}.races`
  const store = sqlStore(pgDriver(pool), { table })
  await store.createTable()
  await store.compareAndSet('1:2', undefined, record)
  const rival = await pool.connect()
  await rival.query(`BEGIN; UPDATE ${table} SET version = 'rival'`)
  const codes: unknown[] = []
  const writing = sqlStore(pgDriver(recording(pool, codes)), { table }).compareAndSet('1:2', 'a', undefined)
  await expect.poll(() => waiting(pool, 'races')).toBe(1)
  await rival.query('COMMIT')
  rival.release()

  expect(await writing).toBe(false)
  expect(codes).toEqual(['40001'])
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
  const error = await clientOf(store)
    .installation('1:2')
    .accessToken()
    .catch((error: unknown) => error)
  expect(error).toBeInstanceOf(StoreError)
  expect(error).toMatchObject({ code: 'store_unavailable', retryable: true })
})

/** The same pool, which writes down the code of each error. */
function recording(pool: Pool, codes: unknown[]): PgLike {
  return {
    query: (text, values) =>
      pool.query(text, values).catch((error: unknown) => {
        codes.push(Object(error).code)
        throw error
      }),
  }
}

/** Returns how many statements on a table wait for a lock. */
async function waiting(pool: Pool, table: string): Promise<number> {
  const { rows } = await pool.query(
    "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE $1",
    [`%${table}%`],
  )
  return Number(rows[0]?.count)
}
