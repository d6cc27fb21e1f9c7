import type { InstallationId } from '@pd/oauth-core'
import { redisStore } from '@pd/oauth-redis'
import { startRedis } from '@pd/test-support/redis'
import { Redis } from 'ioredis'
import { printTable, times, whole } from '../figures.ts'
import { inBatches } from '../in-batches.ts'
import { randomText } from '../random-text.ts'
import { report } from '../rows/row.ts'
import { idsOf } from './scene.ts'
import { sealedLength } from './sealed-record.ts'

const day = 86_400_000
const installations = 100_000
/** The default of `policy.historyEntries`. */
export const fullHistory = 16
/** One in so many installations needs attention. */
const needingAttention = 50
const aim = 2_100

/** What an installation takes in memory, with no history and with a full one, beside a bare key with the same value. */
export async function benchMemory(): Promise<void> {
  const bytes = { without: await bytesWith(0), full: await bytesWith(fullHistory) }
  printTable(
    `Memory, ${whole(installations)} installations, bytes each`,
    ['', 'the sealed value alone', 'a bare key with that value', '`redisStore`: key, version, all indexes'],
    Object.values(bytes).map(({ entries, length, bare, ours }) =>
      [`${entries} entries of history`].concat([length, bare, ours].map(whole)),
    ),
  )
  const each = (bytes.full.length - bytes.without.length) / fullHistory
  console.log(`\nAn entry of history takes ${each.toFixed(1)} bytes of the value.`)
  const { ours, bare } = bytes.full
  report({
    name: 'Redis bytes per installation, all indexes, history included',
    aim: whole(aim),
    result: whole(ours),
    isMet: ours <= aim,
    beside: `a bare key with the same value ${whole(bare)} (${times(ours / bare)}), without history ${whole(bytes.without.ours)}; ${whole(installations)} installations`,
    figures: { 'of a bare key': { value: ours / bare, better: 'lower', tolerance: 0.02 } },
  })
}

async function bytesWith(entries: number) {
  const length = await sealedLength(entries)
  const bare = await bytesEach((redis) => (id) => redis.set(id, randomText(length)))
  const ours = await bytesEach((redis) => {
    const store = redisStore(redis)
    return (id, index) =>
      store.compareAndSet(id, undefined, {
        version: randomText(16),
        value: randomText(length),
        dueAt: Date.now() + Math.floor(Math.random() * 60 * day),
        attention: index % needingAttention === 0,
      })
  })
  return { entries, length, bare, ours }
}

async function bytesEach(
  writer: (redis: Redis) => (id: InstallationId, index: number) => Promise<unknown>,
): Promise<number> {
  await using server = await startRedis()
  const redis = new Redis({ port: server.port })
  const write = writer(redis)
  const before = await usedMemory(redis)
  await inBatches(idsOf(installations), write)
  const bytes = ((await usedMemory(redis)) - before) / installations
  redis.disconnect()
  return bytes
}

async function usedMemory(redis: Redis): Promise<number> {
  return Number(/used_memory:(\d+)/.exec(await redis.info('memory'))?.[1])
}
