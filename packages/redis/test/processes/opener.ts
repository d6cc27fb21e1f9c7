import type { StoreOpener } from '@pd/test-support/scene'
import { redisStore } from '../../src/index.ts'
import { connect, uniquePrefix, type RedisAddress } from '../servers/connect.ts'

/** One set of installations in a Redis or a Redis Cluster. */
export interface PrefixAddress {
  readonly redis: RedisAddress
  readonly prefix: string
}

export const opener: StoreOpener<PrefixAddress> = {
  module: import.meta.url,
  open({ redis, prefix }) {
    const client = connect(redis)
    const store = redisStore(client, { prefix })
    return {
      store,
      async [Symbol.asyncDispose]() {
        await store.close()
        client.disconnect()
      },
    }
  },
}

/** What `createScene` needs for a new set of installations in this Redis. */
export const at = (redis: RedisAddress) => ({ opener, address: { redis, prefix: uniquePrefix() } })
