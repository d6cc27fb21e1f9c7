import { randomBytes } from 'node:crypto'
import { postgresUrl } from '@pd/test-support/postgres'
import { openPool } from './open-pool.ts'

/** A schema that no other test uses. It is dropped in the end, with everything in it. */
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

async function execute(url: string, sql: string): Promise<void> {
  const pool = openPool(url)
  try {
    await pool.query(sql)
  } finally {
    await pool.end()
  }
}
