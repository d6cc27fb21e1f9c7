import { PGlite } from '@electric-sql/pglite'
import { Client, type Pool } from 'pg'
import { afterAll, beforeAll, describe } from 'vitest'
import { pgDriver } from '../../src/drivers/pg.ts'
import { sqlStore } from '../../src/index.ts'
import { openPool } from '../servers/open-pool.ts'
import { createSchema, type Schema } from '../servers/postgres.ts'
import { startSilentProxy, type SilentProxy } from '../servers/silent-proxy.ts'
import { storeSuiteOn } from './store-suite-on.ts'

describe('in a PostgreSQL with two pools, over connections that listen', () => {
  let schema: Schema
  let proxy: SilentProxy
  const pools: Pool[] = []
  beforeAll(async () => {
    schema = await createSchema()
    proxy = await startSilentProxy(schema.url)
    pools.push(openPool(schema.url), openPool(schema.url))
  })
  afterAll(async () => {
    await Promise.all(pools.map((pool) => pool.end()))
    await proxy?.[Symbol.asyncDispose]()
    await schema?.[Symbol.asyncDispose]()
  })
  let opened = 0
  const listen = () => new Client({ connectionString: proxy.url })
  storeSuiteOn(
    (table) => {
      const driver = pgDriver(pools[opened++ % pools.length]!, { listen })
      return sqlStore(driver, { table: `${schema.name}.${table}` })
    },
    {
      without: ['changed'],
      cutWatch: () => {
        proxy.fallSilent()
        // Only the connections of before stay silent.
        proxy.recover()
      },
    },
  )
})

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

function suiteOnPostgres(isolation: string): void {
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
