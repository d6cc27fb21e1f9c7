import { storeSuite } from '@pd/oauth-core/store-suite'
import { afterAll, beforeAll, describe, test } from 'vitest'
import { redisStore, type RedisStore } from '../src/index.ts'
import { connect, sharedRedis, uniquePrefix, type RedisAddress } from './servers/connect.ts'
import { startCluster, type RedisCluster } from './servers/redis-cluster.ts'
import { throughProxies } from './servers/through-proxies.ts'

describe('on one Redis', () => {
  let redis: Awaited<ReturnType<typeof sharedRedis>>
  beforeAll(async () => {
    redis = await sharedRedis()
  })
  afterAll(() => redis?.stop())
  suiteOn(() => redis.address)
})

describe('on one Redis, through a client with a keyPrefix', () => {
  let redis: Awaited<ReturnType<typeof sharedRedis>>
  beforeAll(async () => {
    redis = await sharedRedis()
  })
  afterAll(() => redis?.stop())
  suiteOn(() => redis.address, 'key-prefix:')
})

describe('on a Redis Cluster of three nodes', () => {
  let cluster: RedisCluster
  beforeAll(async () => {
    cluster = await startCluster()
  })
  afterAll(() => cluster?.[Symbol.asyncDispose]())
  suiteOn(() => ({ clusterPorts: cluster.ports }))
})

function suiteOn(address: () => RedisAddress, keyPrefix?: string): void {
  interface Opened {
    readonly prefix: string
    readonly cut: () => void
    readonly close: () => Promise<void>
  }
  const opened = new Map<RedisStore, Opened>()
  const open = async (prefix: string) => {
    const { address: behind, proxies } = await throughProxies(address())
    const client = connect(behind, keyPrefix === undefined ? {} : { keyPrefix })
    const store = redisStore(client, { prefix })
    const cut = () => proxies.at(-1)!.fallSilent('subscribers')
    const close = async () => {
      await store.close()
      client.disconnect()
      for (const proxy of proxies) await proxy[Symbol.asyncDispose]()
    }
    opened.set(store, { prefix, cut, close })
    return store
  }
  storeSuite({
    test,
    createStore: () => open(uniquePrefix()),
    openAnother: (store: RedisStore) => open(opened.get(store)!.prefix),
    close: (store) => opened.get(store)!.close(),
    cutWatch: (store) => opened.get(store)!.cut(),
  })
}
