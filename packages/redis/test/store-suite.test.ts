import { storeSuite } from '@pd/oauth-core/store-suite'
import { afterAll, beforeAll, describe, test } from 'vitest'
import { redisStore, type RedisStore } from '../src/index.ts'
import { connect, sharedRedis, uniquePrefix, type RedisAddress } from './servers/connect.ts'
import { startCluster, type RedisCluster } from './servers/redis-cluster.ts'

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
  const opened = new Map<RedisStore, { readonly prefix: string; readonly close: () => Promise<void> }>()
  const open = (prefix: string) => {
    const client = connect(address(), keyPrefix === undefined ? {} : { keyPrefix })
    const store = redisStore(client, { prefix })
    const close = async () => {
      await store.close()
      client.disconnect()
    }
    opened.set(store, { prefix, close })
    return store
  }
  storeSuite({
    test,
    createStore: () => open(uniquePrefix()),
    openAnother: (store: RedisStore) => open(opened.get(store)!.prefix),
    close: (store) => opened.get(store)!.close(),
  })
}
