import { Redis } from 'ioredis'
import { createClient, createClientPool, createCluster, createSentinel } from 'redis'
import { describe, expect, test } from 'vitest'
import { ConfigurationError } from '@pd/oauth-core'
import { ioredisOptions, nodeRedisOptions, redisStore, type RedisClient } from '../src/index.ts'

const sentinels = [{ host: '127.0.0.1', port: 26_379 }]
const lazy = { lazyConnect: true, name: 'mymaster', sentinels }

describe('F45 redisStore() refuses a client of ioredis with Sentinels', () => {
  test.each([
    ...[undefined, false, null, 0, 'yes'].map((failoverDetector) => ({
      failoverDetector,
      socketTimeout: 2_500,
    })),
    ...[undefined, null, 0, -1, Number.NaN].map((socketTimeout) => ({
      failoverDetector: true,
      socketTimeout,
    })),
  ])('and failoverDetector: $failoverDetector, socketTimeout: $socketTimeout', (options) => {
    const client = new Redis({ ...lazy, ...(options as object) })
    expect(() => redisStore(client)).toThrow(ConfigurationError)
    expect(() => redisStore(client)).toThrow(/add failoverDetector: true, socketTimeout: 2_500$/)
  })

  test('but takes it with both, and needs neither without Sentinels', () => {
    expect(() => redisStore(new Redis({ ...lazy, failoverDetector: true, socketTimeout: 1 }))).not.toThrow()
    expect(() => redisStore(new Redis({ ...ioredisOptions, ...lazy }))).not.toThrow()
    expect(() => redisStore(new Redis({ lazyConnect: true }))).not.toThrow()
  })
})

test.each([
  ['null', null],
  ['a URL', 'redis://localhost'],
  ['a plain object', {}],
  ['a Map', new Map()],
  ['the legacy form of node-redis', createClient().legacy()],
  ['a transaction of node-redis', createClient().multi()],
  ['a pipeline of ioredis', new Redis({ lazyConnect: true }).pipeline()],
])('redisStore() refuses %s with a sentence that names the clients', (_, client) => {
  expect(() => redisStore(client as never)).toThrow(/client of ioredis .*node-redis .*@upstash\/redis/)
})

const keyPrefix = 'a:'
const cluster = { rootNodes: [{ socket: { host: '127.0.0.1', port: 7_000 } }] }
const sentinel = { name: 'mymaster', sentinelRootNodes: sentinels }

test.each<[string, () => RedisClient]>([
  ['createClient()', () => createClient({ keyPrefix })],
  ['createClient(), in bytes', () => createClient({ keyPrefix: Buffer.from(keyPrefix) })],
  ['createClientPool()', () => createClientPool({ keyPrefix })],
  ['createPool() of a client', () => createClient({ keyPrefix }).createPool()],
  ['createSentinel()', () => createSentinel({ ...sentinel, keyPrefix })],
  ['createCluster()', () => createCluster({ ...cluster, keyPrefix })],
  ['the defaults of createCluster()', () => createCluster({ ...cluster, defaults: { keyPrefix } as object })],
  [
    'a root node of createCluster()',
    () => createCluster({ rootNodes: [...cluster.rootNodes, { keyPrefix } as object] }),
  ],
  ['a client with other type mappings', () => createClient({ keyPrefix }).withTypeMapping({})],
  ['a pool with other type mappings', () => createClientPool({ keyPrefix }).withTypeMapping({})],
])('redisStore() refuses the keyPrefix of node-redis in %s', (_, open) => {
  expect(() => redisStore(open())).toThrow(ConfigurationError)
  expect(() => redisStore(open())).toThrow(/use the store's option prefix/)
})

test.each<[string, () => RedisClient]>([
  ['client', () => createClient()],
  ['pool', () => createClientPool()],
  ['cluster', () => createCluster(cluster)],
  ['cluster with defaults', () => createCluster({ ...cluster, defaults: nodeRedisOptions })],
  ['Sentinel client', () => createSentinel(sentinel)],
])('redisStore() takes a %s of node-redis without a keyPrefix', (_, open) => {
  expect(() => redisStore(open())).not.toThrow()
})
