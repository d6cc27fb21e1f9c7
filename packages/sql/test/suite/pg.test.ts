import { PGlite } from '@electric-sql/pglite'
import type { Pool } from 'pg'
import { afterAll, beforeAll, describe } from 'vitest'
import { pgDriver } from '../../src/drivers/pg.ts'
import { sqlStore } from '../../src/index.ts'
import { openPool } from '../servers/open-pool.ts'
import { createSchema, type Schema } from '../servers/postgres.ts'
import { storeSuiteOn } from './store-suite-on.ts'

describe('in a PostgreSQL with two pools', () => suiteOnPostgres())

describe('in a PostgreSQL whose transactions are serializable by default', () =>
  suiteOnPostgres('serializable'))

describe('in PGlite', () => {
  let database: PGlite
  beforeAll(async () => {
    database = await PGlite.create()
  })
  afterAll(() => database?.close())
  storeSuiteOn((table) => sqlStore(pgDriver(database), { table }))
})

function suiteOnPostgres(isolation = 'read committed'): void {
  let schema: Schema
  const pools: Pool[] = []
  beforeAll(async () => {
    schema = await createSchema()
    const options = `-c default_transaction_isolation=${isolation.replaceAll(' ', '\\ ')}`
    pools.push(openPool(schema.url, { options }), openPool(schema.url, { options }))
  })
  afterAll(async () => {
    await Promise.all(pools.map((pool) => pool.end()))
    await schema?.[Symbol.asyncDispose]()
  })
  let opened = 0
  storeSuiteOn((table) =>
    sqlStore(pgDriver(pools[opened++ % pools.length]!), { table: `${schema.name}.${table}` }),
  )
}
