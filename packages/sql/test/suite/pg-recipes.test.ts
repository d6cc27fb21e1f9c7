import { drizzle } from 'drizzle-orm/node-postgres'
import knex, { type Knex } from 'knex'
import { CamelCasePlugin, Kysely, PostgresDialect } from 'kysely'
import postgres, { type Sql } from 'postgres'
import type { Pool } from 'pg'
import { afterAll, beforeAll, describe } from 'vitest'
import { drizzleStore } from '../recipes/drizzle.ts'
import { knexPostgresStore } from '../recipes/knex.ts'
import { kyselyStore } from '../recipes/kysely.ts'
import { postgresJsStore } from '../recipes/postgres-js.ts'
import { openPool } from '../servers/open-pool.ts'
import { createSchema, type Schema } from '../servers/postgres.ts'
import { storeSuiteOn } from './store-suite-on.ts'

let schema: Schema
let pool: Pool
let sql: Sql
let queries: Knex
beforeAll(async () => {
  schema = await createSchema()
  pool = openPool(schema.url)
  sql = postgres(schema.url, { max: 4, onnotice: () => {} })
  queries = knex({ client: 'pg', connection: schema.url, pool: { min: 0, max: 4 } })
})
afterAll(async () => {
  await queries?.destroy()
  await sql?.end()
  await pool?.end()
  await schema?.[Symbol.asyncDispose]()
})

const named = (library: string, table: string) => `${schema.name}.${library}_${table}`

describe('over postgres.js', () => storeSuiteOn((table) => postgresJsStore(sql, named('postgres_js', table))))

describe('over Drizzle', () =>
  storeSuiteOn((table) => drizzleStore(drizzle({ client: pool }), named('drizzle', table))))

describe('over Kysely, which turns names with _ into camel case', () =>
  storeSuiteOn((table) => {
    const db = new Kysely({ dialect: new PostgresDialect({ pool }), plugins: [new CamelCasePlugin()] })
    return kyselyStore(db, 'postgresql', named('kysely', table))
  }))

describe('over Knex', () => storeSuiteOn((table) => knexPostgresStore(queries, named('knex', table))))
