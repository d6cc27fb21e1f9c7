import { startRedis, type RedisServer } from '@pd/test-support/redis'
import { Redis } from 'ioredis'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { keysUnder } from '../src/buckets.ts'
import { redisStore } from '../src/index.ts'
import { connect, uniquePrefix } from './servers/connect.ts'
import { startCluster, type RedisCluster } from './servers/redis-cluster.ts'

// These tests count commands, so they need a Redis of their own.
let server: RedisServer
let cluster: RedisCluster
beforeAll(async () => {
  server = await startRedis()
  cluster = await startCluster()
})
afterAll(async () => {
  await server?.stop()
  await cluster?.[Symbol.asyncDispose]()
})

const ids = Array.from({ length: 250 }, (_, index) => `7:${index + 1}` as const)

async function commandsOf(redis: Redis): Promise<Record<string, number>> {
  const info = await redis.info('commandstats')
  const found = info.matchAll(/cmdstat_(m?get):calls=(\d+)/g)
  return Object.fromEntries([...found].map(([, name, calls]) => [name, Number(calls)]))
}

describe('reads of one turn', () => {
  test('share commands of at most 100 keys, and each gets its own record', async () => {
    const redis = connect({ port: server.port }) as Redis
    await using store = redisStore(redis, { prefix: uniquePrefix() })
    for (const id of ids.slice(1)) await store.compareAndSet(id, undefined, { version: id, value: 'sealed' })
    await redis.config('RESETSTAT')

    const records = await Promise.all(ids.map((id) => store.get(id)))

    expect(records.map((record) => record?.version)).toEqual([undefined, ...ids.slice(1)])
    // The one that MGET said nothing of was asked for by itself.
    expect(await commandsOf(redis)).toEqual({ mget: 3, get: 1 })
    redis.disconnect()
  })

  test('of one record alone are one GET', async () => {
    const redis = connect({ port: server.port }) as Redis
    await using store = redisStore(redis, { prefix: uniquePrefix() })
    await store.compareAndSet('1:1', undefined, { version: 'a', value: 'sealed' })
    await redis.config('RESETSTAT')
    await store.get('1:1')
    expect(await commandsOf(redis)).toEqual({ get: 1 })
    redis.disconnect()
  })

  test('fail alone where a key holds something else, and none is taken for missing', async () => {
    const redis = connect({ port: server.port }) as Redis
    const prefix = uniquePrefix()
    await using store = redisStore(redis, { prefix })
    await store.compareAndSet('1:1', undefined, { version: 'a', value: 'sealed' })
    await redis.hset(keysUnder(prefix).record('1:2'), 'a', 'b')
    await redis.set(keysUnder(prefix).record('1:3'), 'no record')

    const [first, second, third] = await Promise.allSettled([
      store.get('1:1'),
      store.get('1:2'),
      store.get('1:3'),
    ])

    expect(first).toMatchObject({ value: { version: 'a' } })
    expect(second).toMatchObject({ reason: { message: expect.stringContaining('WRONGTYPE') } })
    expect(third).toMatchObject({ reason: { message: expect.stringContaining('is not a record') } })
    redis.disconnect()
  })

  test('all fail when Redis is away', async () => {
    const redis = new Redis({ port: 1, retryStrategy: () => null, maxRetriesPerRequest: 0 })
    redis.on('error', () => {})
    await using store = redisStore(redis, { prefix: uniquePrefix() })
    const outcomes = await Promise.allSettled(ids.map((id) => store.get(id)))
    expect(new Set(outcomes.map(({ status }) => status))).toEqual(new Set(['rejected']))
    redis.disconnect()
  })

  test('share no command across the slots of a cluster', async () => {
    const redis = connect({ clusterPorts: cluster.ports })
    await using store = redisStore(redis, { prefix: uniquePrefix() })
    const some = ids.slice(0, 130)
    for (const id of some) await store.compareAndSet(id, undefined, { version: id, value: 'sealed' })
    const records = await Promise.all(some.map((id) => store.get(id)))
    expect(records.map((record) => record?.version)).toEqual(some)
    redis.disconnect()
  })
})
