import { startRedis, type RedisServer } from '@pd/test-support/redis'
import type { InstallationId } from '@pd/oauth-core'
import { Cluster, Redis } from 'ioredis'
import * as ioredis5 from 'ioredis5'
import { createClient, createCluster } from 'redis'
import * as redis5 from 'redis5'
import { afterAll, beforeAll, beforeEach, describe, expect, onTestFinished, test } from 'vitest'
import { keysUnder } from '../src/buckets.ts'
import { ioredisClusterOptions, nodeRedisOptions, redisStore, type SubscribingClient } from '../src/index.ts'
import { openClient, subscribing, type ClientName } from './servers/clients.ts'
import { documentedRules } from './servers/documented-rules.ts'
import { startCluster, type RedisCluster } from './servers/redis-cluster.ts'

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

const user = { username: 'my-app', password: 'password' }
const ofIoRedis = {
  ...ioredisClusterOptions,
  redisOptions: { ...ioredisClusterOptions.redisOptions, ...user },
}
const ofNodeRedis = (ports: readonly number[]) => ({
  rootNodes: ports.map((port) => ({ socket: { host: '127.0.0.1', port } })),
  defaults: { ...nodeRedisOptions, ...user },
})
const nodesOf = (ports: readonly number[]) => ports.map((port) => ({ host: '127.0.0.1', port }))

describe('the documented rights are enough in a cluster while a slot moves to another master', () => {
  let cluster: RedisCluster
  let masters: Redis[]
  beforeAll(async () => {
    cluster = await startCluster()
    masters = cluster.ports.map((port) => new Redis({ port }))
    for (const master of masters)
      await master.acl('SETUSER', 'my-app', 'reset', 'on', '>password', ...documentedRules('cluster'))
  })
  afterAll(async () => {
    for (const master of masters ?? []) master.disconnect()
    await cluster?.[Symbol.asyncDispose]()
  })

  /** Sends to a master what moves a slot. */
  const move = (at: number, ...words: (string | number)[]) =>
    masters[at]!.call('CLUSTER', 'SETSLOT', ...words)

  const byIoRedis = async (client: Cluster | ioredis5.Cluster) => {
    onTestFinished(() => client.disconnect())
    return client
  }
  const byNodeRedis = async (client: ReturnType<typeof createCluster>) => {
    onTestFinished(() => client.destroy())
    return client.connect()
  }

  test.each<[string, (ports: readonly number[]) => Promise<SubscribingClient>]>([
    ['ioredis 6', (ports) => byIoRedis(new Cluster(nodesOf(ports), ofIoRedis))],
    ['ioredis 5', (ports) => byIoRedis(new ioredis5.Cluster(nodesOf(ports), ofIoRedis))],
    ['node-redis 6', (ports) => byNodeRedis(createCluster(ofNodeRedis(ports)))],
    ['node-redis 5', (ports) => byNodeRedis(redis5.createCluster(ofNodeRedis(ports)) as never)],
  ])('by %s', async (name, open) => {
    const client = await open(cluster.ports)
    const store = redisStore(client, { prefix: 'my-app' })
    // Each client has a slot of its own.
    const id = `${name.length}:${name.at(-1)}` as InstallationId
    expect(await store.compareAndSet(id, undefined, record)).toBe(true)

    const key = keysUnder('my-app').record(id)
    const slot = Number(await masters[0]!.call('CLUSTER', 'KEYSLOT', key))
    const from = Math.floor(slot / 5_462)
    const to = (from + 1) % masters.length
    const ids = await Promise.all(masters.map((master) => master.call('CLUSTER', 'MYID') as Promise<string>))
    await move(to, slot, 'IMPORTING', ids[from]!)
    await move(from, slot, 'MIGRATING', ids[to]!)
    await masters[from]!.migrate('127.0.0.1', cluster.ports[to]!, key, 0, 5_000)
    expect(await store.get(id)).toEqual(record)

    const { ids: index } = keysUnder('my-app').bucketOf(id)
    await masters[from]!.migrate('127.0.0.1', cluster.ports[to]!, index, 0, 5_000)
    for (const at of [to, from]) await move(at, slot, 'NODE', ids[to]!)
    expect(await store.compareAndSet(id, 'a', undefined)).toBe(true)
  })
})

describe('F46 a client of ioredis that Redis does not let into its database', () => {
  test.each([
    ['because its user lacks +select', 'ioredis 6', documentedRules(), '/1', 'NOPERM'],
    ['because its user lacks +select', 'ioredis 5', documentedRules(), '/1', 'NOPERM'],
    [
      'because Redis has no database of this number',
      'ioredis 6',
      documentedRules('database'),
      '/99',
      'out of range',
    ],
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
