import { ConfigurationError, InvalidArgumentError } from '@pd/oauth-core'
import { Cluster, Redis, type RedisOptions } from 'ioredis'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { keysUnder } from '../src/buckets.ts'
import { redisStore, type RedisClient, type SubscribingClient } from '../src/index.ts'
import { connect, sharedRedis, uniquePrefix, type RedisAddress } from './servers/connect.ts'
import { documentedRules } from './servers/documented-rules.ts'
import { startCluster, type RedisCluster } from './servers/redis-cluster.ts'

type Options = Omit<RedisOptions, 'replyMapping'>

let redis: Awaited<ReturnType<typeof sharedRedis>>
let cluster: RedisCluster
beforeAll(async () => {
  redis = await sharedRedis()
  cluster = await startCluster()
})
afterAll(async () => {
  await redis?.stop()
  await cluster?.[Symbol.asyncDispose]()
})

describe('redisStore() refuses at construction', () => {
  const lazy = (options: Options = {}) => new Redis({ lazyConnect: true, ...options })
  const readingReplicas = () => new Cluster([7_000], { lazyConnect: true, scaleReads: 'slave' })
  const cases: readonly [string, () => RedisClient, object, RegExp][] = [
    [
      'a missing client',
      () => undefined as unknown as RedisClient,
      {},
      /needs a client of ioredis.*is none of them/,
    ],
    [
      'a client without a command',
      () => ({ ...lazy(), get() {} }) as unknown as RedisClient,
      {},
      /zrangebylex/,
    ],
    ['an empty prefix', lazy, { prefix: '' }, /prefix must be/],
    ['a prefix with braces', lazy, { prefix: 'a{b}' }, /prefix must be/],
    ['a prefix with spaces', lazy, { prefix: 'a b' }, /prefix must be/],
    ['a prefix that is too long', lazy, { prefix: 'a'.repeat(65) }, /prefix must be/],
    ['a prefix that is not text', lazy, { prefix: 7 }, /prefix must be/],
    ['an unknown option', lazy, { keyPrefix: 'a' }, /keyPrefix is not a known option/],
    ['a keyPrefix with braces', () => lazy({ keyPrefix: '{a}:' }), {}, /keyPrefix that has braces/],
    ['a cluster that reads from replicas', readingReplicas, {}, /replica lags behind/],
    ['a connection to a replica', () => lazy({ readOnly: true }), {}, /replica lags behind/],
  ]
  test.each(cases)('%s', (_, client, options, sentence) => {
    const construct = () => redisStore(client(), options)
    expect(construct).toThrow(ConfigurationError)
    expect(construct).toThrow(sentence)
  })

  test('several problems at once, with a sentence for each', () => {
    const construct = () => redisStore(lazy({ readOnly: true }), { prefix: '' })
    expect(construct).toThrow(/replica lags behind[\s\S]*prefix must be/)
  })
})

describe('the store works with a client that is configured', () => {
  const settings: readonly [string, Options | { readonly replyMapping: 'resp3' }][] = [
    ['to pipeline by itself', { enableAutoPipelining: true }],
    ['to return numbers as text', { stringNumbers: true }],
    ['to speak RESP2', { protocol: 2 }],
    ['to return the shapes of RESP3', { replyMapping: 'resp3' }],
    ['to connect at the first command', { lazyConnect: true }],
    ['for another database', { db: 1 }],
    ['with a keyPrefix in bytes', { keyPrefix: Buffer.from('bytes:') as unknown as string }],
  ]
  test.each(settings)('%s', async (_, options) => {
    const client = 'replyMapping' in options ? opened(options) : opened(options)
    await expectToWork(client)
  })

  test('to pipeline by itself, over a cluster', async () => {
    const nodes = cluster.ports.map((port) => ({ host: '127.0.0.1', port }))
    await expectToWork(new Cluster(nodes, { enableAutoPipelining: true }))
  })

  test('with a user that has the documented rights, over a cluster', async () => {
    const rules = documentedRules('cluster').map((rule) => rule.replace('my-app:', 'test:'))
    const user = { username: 'my-app', password: 'my-app' }
    const nodes = cluster.ports.map((port) => ({ host: '127.0.0.1', port }))
    for (const port of cluster.ports) {
      const admin = new Redis({ port })
      await admin.acl('SETUSER', 'my-app', 'on', '>my-app', ...rules)
      admin.disconnect()
    }
    await expectToWork(new Cluster(nodes, { redisOptions: user }))
  })
})

/** A client of the shared Redis. */
function opened<Mapping extends 'legacy' | 'resp3'>(
  options: Options & { readonly replyMapping?: Mapping },
): Redis<Mapping> {
  const { port, url } = redis.address as { port?: number; url?: string }
  return url === undefined ? new Redis({ ...options, port: port! }) : new Redis(url, options)
}

async function expectToWork(client: SubscribingClient & Pick<Redis, 'disconnect'>): Promise<void> {
  await using store = redisStore(client, { prefix: uniquePrefix() })
  const over = new AbortController()
  const dueAts = { '1:1': 30, '1:2': 10.5, '2:1': 20 } as const
  for (const [id, dueAt] of Object.entries(dueAts) as ['1:1', number][])
    expect(await store.compareAndSet(id, undefined, { version: 'a', value: 'sealed', dueAt })).toBe(true)
  expect(await store.get('1:2')).toEqual({ version: 'a', value: 'sealed', dueAt: 10.5 })
  expect(await store.due(30, 10)).toMatchObject([{ id: '1:2', dueAt: 10.5 }, { id: '2:1' }])
  expect((await store.list({ companyId: 1, limit: 10 })).ids.toSorted()).toEqual(['1:1', '1:2'])
  expect(await store.count({ dueBefore: 30 })).toBe(2)
  expect(await store.count({ attention: true })).toBe(0)
  const told = Promise.withResolvers<unknown>()
  const watch = await store.watch((...news) => told.resolve(news), { heartbeatMs: 1_000 })
  const waiting = store.changed('1:1', 'a', over.signal)
  const attention = { version: 'b', value: 'sealed', attention: true }
  expect(await store.compareAndSet('1:1', 'a', attention)).toBe(true)
  await waiting
  expect(await told.promise).toEqual(['1:1', 'b'])
  await watch.close()
  expect(await store.get('1:1')).toEqual(attention)
  expect((await store.list({ attention: true, limit: 10 })).ids).toEqual(['1:1'])
  over.abort()
  client.disconnect()
}

test('every bucket lies in its own 64th of the slots of a cluster', async () => {
  const client = connect({ clusterPorts: cluster.ports })
  const { buckets } = keysUnder('any')
  const slots = await Promise.all(buckets.map(({ ids }) => client.call('CLUSTER', 'KEYSLOT', ids)))
  expect(slots.map((slot) => Math.floor(Number(slot) / 256))).toEqual(buckets.map((_, index) => index))
  client.disconnect()
})

describe('a write', () => {
  test('that the client sends again after it lost the connection counts as written', () =>
    onStore(redis.address, async ({ store }) => {
      const again = async () => [
        await store.compareAndSet('1:1', undefined, { version: 'a', value: 'sealed' }),
        await store.compareAndSet('1:1', 'a', { version: 'b', value: 'sealed' }),
      ]
      expect(await again()).toEqual([true, true])
      expect(await store.compareAndSet('1:1', 'a', { version: 'b', value: 'sealed' })).toBe(true)
      expect(await store.get('1:1')).toEqual({ version: 'b', value: 'sealed' })
    }))

  test('succeeds although Redis has forgotten the script', () =>
    onStore(redis.address, async ({ store, client }) => {
      await client.script('FLUSH')
      const writes = [1, 2, 3].map((userId) =>
        store.compareAndSet(`1:${userId}`, undefined, { version: 'a', value: 'sealed' }),
      )
      expect(await Promise.all(writes)).toEqual([true, true, true])
    }))

  test('leaves no key without a record behind, and none that expires', () =>
    onStore(redis.address, async ({ store, client, prefix }) => {
      await store.compareAndSet('1:1', undefined, { version: 'a', value: 'sealed', dueAt: 1 })
      const kept = await client.keys(`${prefix}:*`)
      expect(kept).toHaveLength(3)
      for (const key of kept) expect(await client.ttl(key)).toBe(-1)
      await store.compareAndSet('1:1', 'a', undefined)
      expect(await client.keys(`${prefix}:*`)).toEqual([])
    }))
})

test('a key whose value is not a record is named in the error', () =>
  onStore(redis.address, async ({ store, client, prefix }) => {
    const key = keysUnder(prefix).record('1:1')
    for (const text of ['', 'nothing', 'a b c', '%E0%A4%A 1 c']) {
      await client.set(key, text)
      await expect(store.get('1:1')).rejects.toThrow(key)
    }
  }))

test('a cursor of another store is refused', () =>
  onStore(redis.address, async ({ store }) => {
    for (const cursor of ['1:1', '64/', '99/1:1', '-1/', '0/x', '0'])
      await expect(store.list({ limit: 1, cursor })).rejects.toThrow(InvalidArgumentError)
    expect(await store.list({ limit: 1, cursor: '63/' })).toEqual({ ids: [] })
  }))

test('a page of a large store takes one command', () =>
  onStore(redis.address, async ({ store, client }) => {
    const users = Array.from({ length: 1_500 }, (_, index) => index + 1)
    await Promise.all(
      users.map((user) => store.compareAndSet(`1:${user}`, undefined, { version: 'a', value: 'sealed' })),
    )
    const read = vi.spyOn(client, 'zrangebylex')
    expect((await store.list({ limit: 10 })).ids).toHaveLength(10)
    expect(read).toHaveBeenCalledTimes(1)
  }))

test('due() finds the soonest over all buckets, however unevenly they are filled', () =>
  onStore(redis.address, async ({ store, prefix }) => {
    const keys = keysUnder(prefix)
    const [full] = keys.buckets
    const ids = Array.from({ length: 20_000 }, (_, index) => `5:${index + 1}` as const)
    const uneven = [
      ...ids.filter((id) => keys.bucketOf(id) === full).slice(0, 200),
      ...ids.filter((id) => keys.bucketOf(id) !== full).slice(0, 50),
    ]
    await Promise.all(
      uneven.map((id, index) =>
        store.compareAndSet(id, undefined, { version: 'a', value: 'sealed', dueAt: index }),
      ),
    )
    const entries = uneven.map((id, dueAt) => ({ id, dueAt }))
    for (const limit of [1, 7, 64, 150, 249, 1_000]) {
      expect(await store.due(Infinity, limit)).toEqual(entries.slice(0, limit))
      expect(await store.due(Infinity, limit, entries[99])).toEqual(entries.slice(100, 100 + limit))
    }
  }))

async function onStore(
  address: RedisAddress,
  work: (on: { store: ReturnType<typeof redisStore>; client: Redis; prefix: string }) => Promise<void>,
): Promise<void> {
  const client = connect(address) as Redis
  const prefix = uniquePrefix()
  await using store = redisStore(client, { prefix })
  try {
    await work({ store, client, prefix })
  } finally {
    client.disconnect()
  }
}
