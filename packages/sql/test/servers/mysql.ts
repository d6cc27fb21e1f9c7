import { randomBytes } from 'node:crypto'
import { mysqlUrl } from '@pd/test-support/mysql'
import { createPool, type Pool, type PoolOptions } from 'mysql2/promise'

/** A database that no other test uses. It is dropped in the end. */
export interface Database extends AsyncDisposable {
  readonly url: string
  readonly name: string
}

export async function createDatabase(): Promise<Database> {
  const server = mysqlUrl()
  const name = `test_${randomBytes(6).toString('hex')}`
  await using admin = openMysqlPool(server)
  await admin.query(`CREATE DATABASE ${name}`)
  const url = new URL(server)
  url.pathname = `/${name}`
  return {
    url: url.href,
    name,
    async [Symbol.asyncDispose]() {
      await using again = openMysqlPool(server)
      await again.query(`DROP DATABASE ${name}`)
    },
  }
}

/** A pool with the options that an application would set, which ends with the block that declares it. */
export function openMysqlPool(uri: string, options: PoolOptions = {}): Pool & AsyncDisposable {
  const pool = createPool({ uri, connectionLimit: 4, connectTimeout: 4_000, ...options })
  return Object.assign(pool, { [Symbol.asyncDispose]: () => pool.end() })
}
