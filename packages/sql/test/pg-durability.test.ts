import { startPostgres, type PostgresServer } from '@pd/test-support/postgres-server'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { pgDriver } from '../src/drivers/pg.ts'
import { sqlStore } from '../src/index.ts'
import { disposable, openPool } from './servers/open-pool.ts'

let careful: PostgresServer
let careless: PostgresServer
beforeAll(async () => {
  ;[careful, careless] = await Promise.all([
    startPostgres(),
    startPostgres({ settings: { fsync: 'off', full_page_writes: 'off', synchronous_commit: 'off' } }),
  ])
})
afterAll(async () => {
  await careful?.[Symbol.asyncDispose]()
  await careless?.[Symbol.asyncDispose]()
})

async function findings(url: string, alter: string) {
  await using pool = disposable(openPool(url))
  const store = sqlStore(pgDriver(pool))
  await store.createTable()
  await pool.query(alter.replace('$table', 'pd_oauth_installations'))
  return (await store.check?.())?.map(({ status, found }) => [status, found])
}

test('F46 check() finds nothing in PostgreSQL as it comes', async () => {
  expect(await findings(careful.url, 'SELECT 1')).toEqual([])
})

test('F46 check() finds commits of PostgreSQL that do not wait for the disk', async () => {
  expect(await findings(careless.url, 'SELECT 1')).toEqual([
    ['problem', expect.stringContaining('fsync off')],
    ['warning', expect.stringContaining('full_page_writes off')],
    ['warning', expect.stringContaining('synchronous_commit off')],
  ])
})

test('F46 check() finds a table that PostgreSQL empties after a crash, until it is logged', async () => {
  expect(await findings(careful.url, 'ALTER TABLE $table SET UNLOGGED')).toEqual([
    ['problem', expect.stringContaining('UNLOGGED')],
  ])
  expect(await findings(careful.url, 'ALTER TABLE $table SET LOGGED')).toEqual([])
})
