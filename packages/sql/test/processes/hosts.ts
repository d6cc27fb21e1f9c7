import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startMariadb } from '@pd/test-support/mariadb-server'
import { startPostgres } from '@pd/test-support/postgres-server'
import type { Scale, StoreHost } from '@pd/test-support/process-suite'
import { createDatabase } from '../servers/mysql.ts'
import { disposable, openPool } from '../servers/open-pool.ts'
import { createSchema } from '../servers/postgres.ts'
import type { DatabaseAddress } from './mysql-opener.ts'
import type { FileAddress } from './node-sqlite-opener.ts'
import type { SchemaAddress } from './pg-opener.ts'

/** A folder for SQLite files. */
export async function createFolder(): Promise<StoreHost<FileAddress>> {
  const folder = mkdtempSync(join(tmpdir(), 'pd-oauth-sql-'))
  let files = 0
  return {
    newAddress: () => ({ file: join(folder, `${++files}.db`) }),
    [Symbol.asyncDispose]: async () => rmSync(folder, { recursive: true, force: true }),
  }
}

/** Schemas in the PostgreSQL of the test run. */
export async function createSchemas(): Promise<StoreHost<SchemaAddress>> {
  const schemas = new AsyncDisposableStack()
  return {
    async newAddress() {
      const { url, name } = schemas.use(await createSchema())
      return { url, schema: name }
    },
    [Symbol.asyncDispose]: () => schemas.disposeAsync(),
  }
}

/** Databases in the MariaDB of the test run. */
export async function createDatabases(): Promise<StoreHost<DatabaseAddress>> {
  const databases = new AsyncDisposableStack()
  return {
    async newAddress() {
      const { url } = databases.use(await createDatabase())
      return { url }
    },
    [Symbol.asyncDispose]: () => databases.disposeAsync(),
  }
}

/** A PostgreSQL of its own, which may be restarted, with one schema per address. */
export async function startOwnPostgres(): Promise<StoreHost<SchemaAddress>> {
  const server = await startPostgres()
  let schemas = 0
  return {
    async newAddress() {
      const schema = `soak_${++schemas}`
      await using pool = disposable(openPool(server.url))
      await pool.query(`CREATE SCHEMA ${schema}`)
      return { url: server.url, schema }
    },
    async restart() {
      await server.stop()
      await server.start()
    },
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  }
}

/** A MariaDB of its own, which may be restarted. It has one address. */
export async function startOwnMariadb(): Promise<StoreHost<DatabaseAddress>> {
  const server = await startMariadb(['--innodb-flush-log-at-trx-commit=2'])
  return {
    newAddress: () => ({ url: server.url }),
    async restart() {
      await server.kill()
      await server.start()
    },
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  }
}

/** Callers poll a SQL store, and each write waits for the disk. */
export const scale: Partial<Scale> = { stampede: 99, installations: 1_000, due: 100, writes: 300 }
