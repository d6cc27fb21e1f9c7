import knex, { type Knex } from 'knex'
import { Kysely, MysqlDialect } from 'kysely'
import { createPool } from 'mysql2'
import { afterAll, beforeAll, describe } from 'vitest'
import { knexMysqlStore } from '../recipes/knex.ts'
import { kyselyStore } from '../recipes/kysely.ts'
import { createDatabase, type Database } from '../servers/mysql.ts'
import { storeSuiteOn } from './store-suite-on.ts'

let database: Database
let db: Kysely<unknown>
let queries: Knex
beforeAll(async () => {
  database = await createDatabase()
  db = new Kysely({
    dialect: new MysqlDialect({ pool: createPool({ uri: database.url, connectionLimit: 4 }) }),
  })
  queries = knex({ client: 'mysql2', connection: database.url, pool: { min: 0, max: 4 } })
})
afterAll(async () => {
  await queries?.destroy()
  await db?.destroy()
  await database?.[Symbol.asyncDispose]()
})

describe('over Kysely', () => storeSuiteOn((table) => kyselyStore(db, 'mysql', `kysely_${table}`)))

describe('over Knex', () => storeSuiteOn((table) => knexMysqlStore(queries, `knex_${table}`)))
