import { startRedis, type RedisServer } from '@pd/test-support/redis'
import { Redis } from 'ioredis'
import { createClient } from 'redis'
import { afterAll, beforeAll, beforeEach, describe, expect, onTestFinished, test } from 'vitest'
import { nodeRedisOptions, redisStore } from '../src/index.ts'
import { openClient, subscribing, type ClientName } from './servers/clients.ts'
import { documentedRules } from './servers/documented-rules.ts'

// These tests create users, so they need a Redis of their own.
let server: RedisServer
let admin: Redis
beforeAll(async () => {
  server = await startRedis()
  admin = new Redis({ port: server.port })
})
beforeEach(() => admin.flushall())
afterAll(async () => {
  admin?.disconnect()
  await server?.stop()
})

const clients = [...Object.keys(subscribing), 'node-redis 6, a pool'] as ClientName[]
const record = { version: 'a', value: 'sealed' }

/** Opens a client as the user `my-app` with these rights, and keeps the errors that it emits. */
async function openAs(name: ClientName, rules: readonly string[], path = '') {
  await admin.acl('SETUSER', 'my-app', 'reset', 'on', '>password', ...rules)
  const url = `redis://my-app:password@127.0.0.1:${server.port}${path}`
  const { client, ready, close } = openClient(name, { url })
  onTestFinished(close)
  const errors: string[] = []
  const emitter = client as { on(event: 'error', listener: (error: unknown) => void): unknown }
  emitter.on('error', (error) => errors.push(String(error)))
  const store = redisStore(client, { prefix: 'my-app' })
  return { store, ready, errors }
}

describe('the documented rights are enough for the documented options', () => {
  test.each(clients)('of %s, which emits no error', async (name) => {
    await admin.config('RESETSTAT')
    const { store, ready, errors } = await openAs(name, documentedRules())
    await ready
    expect(await store.compareAndSet('1:2', undefined, record)).toBe(true)
    expect(await store.get('1:2')).toEqual(record)
    if (name.startsWith('node-redis'))
      await expect.poll(() => admin.info('commandstats'), { timeout: 10_000 }).toMatch(/cmdstat_ping:calls=/)
    expect(await admin.info('errorstats')).not.toContain('NOPERM')
    expect(errors).toEqual([])
  })

  test.each(clients)('of %s with the number of a database', async (name) => {
    const { store, ready, errors } = await openAs(name, documentedRules('database'), '/1')
    await ready
    expect(await store.compareAndSet('1:2', undefined, record)).toBe(true)
    expect(await admin.info('keyspace')).toMatch(/db1:keys=/)
    expect(await admin.info('keyspace')).not.toMatch(/db0:keys=/)
    expect(errors).toEqual([])
    expect(await store.check?.()).toMatchObject([{ status: 'warning' }])
  })
})

describe('F46 a client of ioredis that Redis does not let into its database', () => {
  test.each([
    ['because its user lacks +select', 'ioredis 6', documentedRules(), '/1', 'NOPERM'],
    ['because its user lacks +select', 'ioredis 5', documentedRules(), '/1', 'NOPERM'],
    ['because there is none of this number', 'ioredis 6', documentedRules('database'), '/99', 'out of range'],
  ] as const)('%s (%s) is a problem that check() finds', async (_, name, rules, path, reason) => {
    const { store } = await openAs(name, rules, path)
    await store.compareAndSet('1:2', undefined, record)
    expect(await admin.info('keyspace')).toMatch(/db0:keys=/)
    expect(await store.check?.()).toMatchObject([
      {
        status: 'problem',
        found: expect.stringMatching(
          new RegExp(`database ${path.slice(1)}, .*${reason}.*installations are in another database`),
        ),
        fix: expect.stringContaining('+select'),
      },
      { status: 'warning' },
    ])
  })

  test('is found again in the database that the application has selected since', async () => {
    const { port } = server
    const client = new Redis({ port, db: 1 })
    onTestFinished(() => client.disconnect())
    await client.select(2)
    await using store = redisStore(client)
    await store.check()
    await store.compareAndSet('1:2', undefined, record)
    expect(await admin.info('keyspace')).toMatch(/db2:keys=/)
  })
})

test('what Redis refuses on a connection that works is not the cause of later errors', async () => {
  await admin.acl('SETUSER', 'my-app', 'reset', 'on', '>password', '~*', '&*', '+@all', '-ping')
  const client = createClient({
    ...nodeRedisOptions,
    url: `redis://my-app:password@127.0.0.1:${server.port}`,
    pingInterval: 20,
  })
  await using store = redisStore(client)
  const refused = new Promise<unknown>((resolve) => client.on('error', resolve))
  await client.connect()
  expect(String(await refused)).toContain('NOPERM')
  client.destroy()
  const error: Error = await store.get('1:2').catch((reason) => reason)
  expect(error.message).toContain('closed')
  expect(error.cause).toBeUndefined()
})
