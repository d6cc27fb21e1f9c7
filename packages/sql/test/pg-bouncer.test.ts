import { readFileSync } from 'node:fs'
import type { PoolConfig } from 'pg'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { pgDriver } from '../src/drivers/pg.ts'
import { sqlStore } from '../src/index.ts'
import { clientOf } from './client-of.ts'
import { disposable, openPool } from './servers/open-pool.ts'
import { startPgBouncer, type PgBouncer } from '@pd/test-support/pgbouncer'
import { createSchema, type Schema } from './servers/postgres.ts'

let schema: Schema
let bouncer: PgBouncer
beforeAll(async () => {
  schema = await createSchema()
  bouncer = await startPgBouncer(schema.url)
})
afterAll(async () => {
  await bouncer?.[Symbol.asyncDispose]()
  await schema?.[Symbol.asyncDispose]()
})

/** The options of the pool in docs/reference/sql.md, without the address. */
function documentedOptions(): PoolConfig {
  const page = readFileSync(new URL('../../../docs/reference/sql.md', import.meta.url), 'utf8')
  const [, options = ''] = /new Pool\(\{ connectionString, (.+) \}\)/.exec(page) ?? []
  return Object.fromEntries(
    options.split(', ').map((option) => {
      const [name = '', value = ''] = option.split(': ')
      return [name, Number(value.replaceAll('_', ''))]
    }),
  )
}

test('F40 the documented pool works through PgBouncer in transaction mode', async () => {
  const options = documentedOptions()
  expect(options).toEqual({
    connectionTimeoutMillis: expect.any(Number),
    query_timeout: expect.any(Number),
  })
  await using pool = disposable(openPool(bouncer.url, { ...options, max: 8 }))
  const store = sqlStore(pgDriver(pool), { table: `${schema.name}.installations` })
  await store.createTable()
  await clientOf(store).checkStore({ write: true })

  // 8 connections share the 2 of PgBouncer, so that each statement may run on another one.
  const inserted = await Promise.all(
    Array.from({ length: 100 }, (_, index) =>
      store.compareAndSet('1:2', undefined, { version: `${index}`, value: 'sealed', attention: true }),
    ),
  )
  expect(inserted.filter(Boolean)).toHaveLength(1)
  expect((await store.get('1:2'))?.version).toBe(`${inserted.indexOf(true)}`)
  expect(await store.count({ attention: true })).toBe(1)
})

test('F40 PgBouncer refuses a pool with statement_timeout, as documented', async () => {
  await using pool = disposable(openPool(bouncer.url, { statement_timeout: 4_000 }))

  await expect(pool.query('SELECT 1')).rejects.toThrow('unsupported startup parameter')
})
