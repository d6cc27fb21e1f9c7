import { redisStore } from '@pd/oauth-redis'
import { startRedis } from '@pd/test-support/redis'
import { Redis } from 'ioredis'
import { elapsed, median, ms, whole } from '../figures.ts'
import { benchGrowth, countsOf, grown, type Grown, type Prepare } from '../growth.ts'
import { inBatches } from '../in-batches.ts'
import { fullHistory } from './memory.ts'
import { sealedLength } from './sealed-record.ts'

const day = 86_400_000
/** As many as a busy server has under way. One call after another measures how the machine wakes two processes. */
const callsAtOnce = 16

export async function benchRedisGrowth(isLong: boolean): Promise<void> {
  await using disposables = new AsyncDisposableStack()
  const length = await sealedLength(fullHistory)
  const stores: Grown[] = []
  const servers: Redis[] = []
  for (const count of countsOf(isLong)) {
    const server = disposables.use(await startRedis())
    const redis = new Redis({ port: server.port })
    disposables.defer(() => redis.disconnect())
    const store = redisStore(redis)
    await inBatches(grown(count, length), ([id, record]) => store.compareAndSet(id, undefined, record))
    servers.push(redis)
    stores.push({ count, store, floors: await bareCommands(redis) })
  }
  await Promise.all(servers.map((redis) => redis.config('RESETSTAT')))
  await benchGrowth('Redis', stores, callsAtOnce)
  for (const [index, redis] of servers.entries()) {
    const [read, claim] = [await microsOf('mget', redis), await microsOf('evalsha', redis)]
    const among = `among ${whole(stores[index]!.count)}`
    console.log(`  ${among}, ${callsAtOnce} reads take Redis itself ${read} µs, and a claim ${claim} µs`)
  }
  // In SQL a count reads what it counts, so it is no part of the comparison.
  for (const { count, store } of stores) {
    const samples: number[] = []
    for (let done = 0; done < 50; done++) samples.push(await elapsed(() => store.count({ attention: true })))
    console.log(`  count({ attention: true }) among ${whole(count)}: p50 ${ms(median(samples))} ms`)
  }
}

/** How long a command of this name has run on average, in microseconds. */
async function microsOf(command: string, redis: Redis): Promise<string | undefined> {
  const stats = await redis.info('commandstats')
  return new RegExp(`cmdstat_${command}:.*usec_per_call=([\\d.]+)`).exec(stats)?.[1]
}

/**
 * The commands that the store's calls cannot do without: one `GET`, one `SET` of as much, and what `due()` reads from the index
 * of each bucket for a page of 20.
 */
async function bareCommands(redis: Redis): Promise<Record<string, Prepare>> {
  // More than a processor's cache holds, as the store's own calls read any record.
  const found = await Promise.all(Array.from({ length: 50_000 }, () => redis.randomkey()))
  const records = found.filter((key): key is string => /:\d+:\d+$/.test(key ?? ''))
  const anyRecord = () => records[Math.floor(Math.random() * records.length)]!
  const indexes = await redis.keys('*:due')
  const now = Date.now()
  return {
    read: async () => {
      const key = anyRecord()
      return () => redis.get(key)
    },
    claim: async () => {
      const key = anyRecord()
      const text = (await redis.get(key))!
      return () => redis.set(key, text)
    },
    'page of what is due': async () => {
      const from = now + Math.random() * 5 * day
      return () =>
        Promise.all(
          indexes.map((index) =>
            redis.zrangebyscore(index, from, `(${now + 15 * day}`, 'WITHSCORES', 'LIMIT', 0, 3),
          ),
        )
    },
  }
}
