import { Redis } from 'ioredis'
import { redisStore } from '../../src/index.ts'

/** A program that waits for one change, closes its client and should then exit. */
const [port, prefix] = process.argv.slice(2)
const redis = new Redis({ port: Number(port) })
const store = redisStore(redis, prefix === undefined ? {} : { prefix })
await store.compareAndSet('1:1', undefined, { version: 'a', value: 'sealed' })
const waiting = store.changed('1:1', 'a', AbortSignal.timeout(10_000))
await store.get('1:1')
await store.compareAndSet('1:1', 'a', { version: 'b', value: 'sealed' })
await waiting
await redis.quit()
console.log('done')
