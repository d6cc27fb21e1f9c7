import { ConfigurationError, StoreError } from '@pd/oauth-core'
import type { OpenedStore } from './opened-store.ts'
import { readStoreUrl } from './store-url.ts'

/** Opens `redis://` or `rediss://`, with `?prefix=` if the application uses its own prefix. */
export async function openRedis(url: string): Promise<OpenedStore> {
  const { href, name: prefix, address } = readStoreUrl(url, 'prefix')
  const [{ Redis }, { ioredisOptions, redisStore }] = await Promise.all([
    import('ioredis'),
    import('@pd/oauth-redis'),
  ])
  const redis = new Redis(href, { ...ioredisOptions, lazyConnect: true })
  let last: Error | undefined
  redis.on('error', (error: Error) => (last = error))
  try {
    const store = redisStore(redis, prefix === undefined ? {} : { prefix })
    await redis.connect()
    const close = async () => {
      store.close()
      redis.disconnect()
    }
    return { store, address, isLasting: true, close }
  } catch (error) {
    redis.disconnect()
    throw error instanceof ConfigurationError ? error : unavailable(address, last ?? error)
  }
}

function unavailable(address: string, cause: unknown): StoreError {
  return new StoreError('store_unavailable', `The store ${address} cannot be reached.`, { cause })
}
