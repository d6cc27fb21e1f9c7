import type { StoreOpener } from '@pd/test-support/scene'
import { redisStore } from '../../src/index.ts'
import { openClient, type ClientName } from '../servers/clients.ts'
import { uniquePrefix, type RedisAddress } from '../servers/connect.ts'

/** One set of installations in a Redis or a Redis Cluster. */
export interface PrefixAddress {
  readonly redis: RedisAddress
  readonly prefix: string
  /** Default: ioredis 6. */
  readonly by?: ClientName
}

export const opener: StoreOpener<PrefixAddress> = {
  module: import.meta.url,
  open({ redis, prefix, by = 'ioredis 6' }) {
    const { client, close } = openClient(by, redis)
    const store = redisStore(client, { prefix })
    return {
      store,
      async [Symbol.asyncDispose]() {
        await store.close()
        close()
      },
    }
  },
}

/** What `createScene` needs for a new set of installations in this Redis. */
export const at = (redis: RedisAddress, by?: ClientName) => ({
  opener,
  address: { redis, prefix: uniquePrefix(), ...(by && { by }) },
})
