import { randomBytes } from 'node:crypto'
import { mysqlUrl } from '@pd/test-support/mysql'
import { postgresUrl } from '@pd/test-support/postgres'
import { startRedis } from '@pd/test-support/redis'
import { startUpstashFront } from '@pd/test-support/upstash-front'
import { createConnection } from 'mysql2/promise'
import { Client } from 'pg'
import { onTestFinished } from 'vitest'

/** Returns the variables that a store reads, for a server or a database which is empty and ends with the test. */
export async function variablesOf(store: string): Promise<Record<string, string>> {
  switch (store) {
    case 'Redis: ioredis':
    case 'Redis: node-redis':
      return { REDIS_URL: `redis://127.0.0.1:${(await newRedis()).port}` }
    case 'Redis: Upstash':
    case 'Upstash': {
      const front = await startUpstashFront(await newRedis())
      onTestFinished(() => front[Symbol.asyncDispose]())
      return { UPSTASH_REDIS_REST_URL: front.url, UPSTASH_REDIS_REST_TOKEN: front.token }
    }
    case 'PostgreSQL':
      return { DATABASE_URL: await newDatabase(postgresUrl(), runOnPostgres) }
    case 'MySQL':
      return { DATABASE_URL: await newDatabase(mysqlUrl(), runOnMysql) }
    default:
      return {}
  }
}

async function newRedis() {
  const redis = await startRedis()
  onTestFinished(() => redis.stop())
  return redis
}

async function newDatabase(
  server: string,
  run: (server: string, sql: string) => Promise<void>,
): Promise<string> {
  const name = `start_${randomBytes(6).toString('hex')}`
  await run(server, `CREATE DATABASE ${name}`)
  const url = new URL(server)
  url.pathname = `/${name}`
  return url.href
}

async function runOnPostgres(connectionString: string, sql: string): Promise<void> {
  const client = new Client({ connectionString })
  await client.connect()
  await client.query(sql)
  await client.end()
}

async function runOnMysql(uri: string, sql: string): Promise<void> {
  const connection = await createConnection({ uri })
  await connection.query(sql)
  await connection.end()
}
