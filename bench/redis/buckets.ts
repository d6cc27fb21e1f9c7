import type { InstallationId } from '@pd/oauth-core'
import { Redis } from 'ioredis'
// The number of buckets is fixed in the package; only here is it varied.
import { dueEntries } from '../../packages/redis/src/due.ts'
import { listIds } from '../../packages/redis/src/listing.ts'
import { median, ms, printTable, whole } from '../figures.ts'
import { idsOf } from './scene.ts'
import { startRedis } from '@pd/test-support/redis'

const day = 86_400_000
const installations = [1_000, 10_000, 100_000]
const bucketCounts = [1, 16, 64, 256, 1_024]

/** What the number of buckets costs: memory of the indexes, and the time of what has to read all of them. */
const server = await startRedis()
const redis = new Redis({ port: server.port })
const rows: string[][] = []
for (const count of installations)
  for (const bucketCount of bucketCounts) {
    await redis.flushall()
    const before = await usedMemory()
    const buckets = await fill(idsOf(count), bucketCount)
    const bytes = ((await usedMemory()) - before) / count
    const due = await medianMs(() => dueEntries(redis, buckets.due, Date.now() + 15 * day, 1_000))
    const page = await medianMs(() => listIds(redis, buckets.ids, { limit: 100 }))
    const company = await medianMs(() => listIds(redis, buckets.ids, { limit: 100, companyId: 1_001 }))
    rows.push([whole(count), whole(bucketCount), whole(bytes), ms(due), ms(page), ms(company)])
  }
printTable(
  'Buckets',
  [
    'installations',
    'buckets',
    'index bytes each',
    'due, 1 000, ms',
    'list, 100, ms',
    'list of a company, ms',
  ],
  rows,
)
redis.disconnect()
await server.stop()

async function fill(ids: readonly InstallationId[], bucketCount: number) {
  const keys = (name: string) => Array.from({ length: bucketCount }, (_, index) => `${index}:${name}`)
  const buckets = { ids: keys('ids'), due: keys('due') }
  for (let from = 0; from < ids.length; from += 1_000) {
    const pipeline = redis.pipeline()
    for (const [index, id] of ids.slice(from, from + 1_000).entries()) {
      const bucket = ((from + index) * 7_919) % bucketCount
      const dueAt = Date.now() + Math.floor(Math.random() * 60 * day)
      pipeline.zadd(buckets.ids[bucket]!, 0, id).zadd(buckets.due[bucket]!, dueAt, id)
    }
    await pipeline.exec()
  }
  return buckets
}

async function usedMemory(): Promise<number> {
  return Number(/used_memory:(\d+)/.exec(await redis.info('memory'))?.[1])
}

async function medianMs(work: () => Promise<unknown>): Promise<number> {
  const samples: number[] = []
  for (let round = 0; round < 25; round++) {
    const startedAt = performance.now()
    await work()
    samples.push(performance.now() - startedAt)
  }
  return median(samples)
}
