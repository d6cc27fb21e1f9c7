import { randomBytes } from 'node:crypto'
import { postgresUrl } from '@pd/test-support/postgres'
import { Pool, type PoolConfig } from 'pg'

/** A schema that nobody else uses, dropped in the end, with all that is in it. */
export interface Schema extends AsyncDisposable {
  readonly url: string
  readonly name: string
}

export async function createSchema(): Promise<Schema> {
  const url = postgresUrl()
  const name = `test_${randomBytes(6).toString('hex')}`
  await execute(url, `CREATE SCHEMA ${name}`)
  return {
    url,
    name,
    [Symbol.asyncDispose]: () => execute(url, `DROP SCHEMA ${name} CASCADE`),
  }
}

/** A pool as an application would set it up. */
export function openPool(url: string, config: PoolConfig = {}): Pool {
  const pool = new Pool({ connectionString: url, max: 4, connectionTimeoutMillis: 4_000, ...config })
  pool.on('error', () => {})
  return pool
}

async function execute(url: string, sql: string): Promise<void> {
  const pool = openPool(url)
  try {
    await pool.query(sql)
  } finally {
    await pool.end()
  }
}
