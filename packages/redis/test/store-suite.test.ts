import { storeSuite } from '@pd/oauth-core/store-suite'
import { startUpstashFront } from '@pd/test-support/upstash-front'
import * as redis6 from 'redis'
import * as redis5 from 'redis5'
import { afterAll, beforeAll, describe, test } from 'vitest'
import { redisStore, type PollingRedisStore } from '../src/index.ts'
import {
  openClient,
  polling,
  subscribing,
  urlOf,
  type ClientName,
  type OpenedClient,
} from './servers/clients.ts'
import { connect, sharedRedis, uniquePrefix, type RedisAddress } from './servers/connect.ts'
import { startCluster, type RedisCluster } from './servers/redis-cluster.ts'
import { throughProxies } from './servers/through-proxies.ts'

const namesOf = (clients: object) => Object.keys(clients) as ClientName[]

describe('on one Redis', () => {
  let redis: Awaited<ReturnType<typeof sharedRedis>>
  beforeAll(async () => {
    redis = await sharedRedis()
  })
  afterAll(() => redis?.stop())
  describe.each(namesOf(subscribing))('by %s', (name) => suiteOn(async () => redis.address, name))
  describe('by ioredis 6 with a keyPrefix', () =>
    suiteOn(
      async () => redis.address,
      (address) => {
        const client = connect(address, { keyPrefix: 'key-prefix:' })
        return { client, close: () => client.disconnect() }
      },
    ))
  describe.each([
    ['node-redis 6', redis6],
    ['node-redis 5', redis5 as unknown as typeof redis6],
  ])('by %s with a type mapping of its own', (_, { createClient, RESP_TYPES }) =>
    suiteOn(
      async () => redis.address,
      (address) => {
        const typeMapping = {
          [RESP_TYPES.BLOB_STRING]: Buffer,
          [RESP_TYPES.SIMPLE_STRING]: Buffer,
          [RESP_TYPES.NUMBER]: String,
          [RESP_TYPES.DOUBLE]: String,
        }
        const client = createClient({ url: urlOf(address), commandOptions: { typeMapping } })
        client.on('error', () => {})
        return {
          client: client as unknown as OpenedClient['client'],
          ready: client.connect(),
          close: () => client.destroy(),
        }
      },
    ),
  )
})

describe('on a Redis Cluster of three nodes', () => {
  let cluster: RedisCluster
  beforeAll(async () => {
    cluster = await startCluster()
  })
  afterAll(() => cluster?.[Symbol.asyncDispose]())
  describe.each(namesOf(subscribing))('by %s', (name) =>
    suiteOn(async () => ({ clusterPorts: cluster.ports }), name),
  )
})

describe('polling, on one Redis', () => {
  const opened = new AsyncDisposableStack()
  let redis: RedisAddress
  let upstash: RedisAddress
  beforeAll(async () => {
    const shared = await sharedRedis()
    opened.defer(shared.stop)
    redis = shared.address
    const server =
      'port' in redis ? redis : { port: Number(new URL((redis as { url: string }).url).port || 6_379) }
    upstash = { upstash: opened.use(await startUpstashFront(server)) }
  })
  afterAll(() => opened.disposeAsync())
  describe.each(namesOf(polling))('by %s', (name) =>
    suiteOn(async () => (name.startsWith('@upstash') ? upstash : redis), name, true),
  )
})

function suiteOn(
  address: () => Promise<RedisAddress>,
  by: ClientName | ((address: RedisAddress) => OpenedClient),
  isPolling = false,
): void {
  interface Opened {
    readonly prefix: string
    readonly cut: () => void
    readonly close: () => Promise<void>
  }
  const opened = new Map<PollingRedisStore, Opened>()
  const open = async (prefix: string) => {
    const { address: behind, proxies } = await throughProxies(await address())
    const { client, ready, close: closeClient } = typeof by === 'string' ? openClient(by, behind) : by(behind)
    await ready
    const store = redisStore(client, { prefix })
    const cut = () => proxies.at(-1)!.fallSilent('subscribers')
    const close = async () => {
      await store.close()
      closeClient()
      for (const proxy of proxies) await proxy[Symbol.asyncDispose]()
    }
    opened.set(store, { prefix, cut, close })
    return store
  }
  storeSuite({
    test,
    createStore: () => open(uniquePrefix()),
    openAnother: (store: PollingRedisStore) => open(opened.get(store)!.prefix),
    close: (store) => opened.get(store)!.close(),
    ...(isPolling
      ? { without: ['changed', 'watch'] as const }
      : { cutWatch: (store: PollingRedisStore) => opened.get(store)!.cut() }),
  })
}
