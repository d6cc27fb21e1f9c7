import { randomBytes } from 'node:crypto'
import type { InstallationId } from '@pd/oauth-core'
import { redisStore, type RedisStore } from '@pd/oauth-redis'
import { Redis } from 'ioredis'
import { ms, percentiles, printTable, whole } from '../figures.ts'
import { idsOf } from './scene.ts'
import { sealedRecord } from './sealed-record.ts'
import { startRedis } from '@pd/test-support/redis'

const day = 86_400_000

/** The default of `policy.historyEntries`. */
const fullHistory = 16
/** One in so many installations needs attention. */
const needingAttention = 50

/** What an installation takes in memory, with no history and with a full one, beside a bare key with the same value. */
export async function benchMemory(count: number): Promise<void> {
  const rows: string[][] = []
  const lengths: number[] = []
  for (const entries of [0, fullHistory]) {
    const length = await lengthWith(entries)
    lengths.push(length)
    const bare = await bytesEach(count, (redis) => (id) => redis.set(id, text(length)))
    const ours = await bytesEach(count, (redis) => {
      const store = redisStore(redis)
      return (id, index) => write(store, id, length, index % needingAttention === 0)
    })
    rows.push([`${entries} entries of history`, ...[length, bare, ours].map(whole)])
  }
  printTable(
    `Memory, ${whole(count)} installations, bytes each`,
    ['', 'the sealed value alone', 'a bare key with that value', '`redisStore`: key, version, all indexes'],
    rows,
  )
  const [without = 0, full = 0] = lengths
  console.log(
    `\nAn entry of history takes ${((full - without) / fullHistory).toFixed(1)} bytes of the value.`,
  )
}

/** How long the value of a record is, as the client seals it. */
async function lengthWith(historyEntries: number): Promise<number> {
  const server = await startRedis()
  const { value } = await sealedRecord(server.port, historyEntries)
  await server.stop()
  return value.length
}

async function bytesEach(
  count: number,
  writer: (redis: Redis) => (id: InstallationId, index: number) => Promise<unknown>,
): Promise<number> {
  const server = await startRedis()
  const redis = new Redis({ port: server.port })
  const write = writer(redis)
  const before = await usedMemory(redis)
  await inBatches(idsOf(count), write)
  const bytes = ((await usedMemory(redis)) - before) / count
  redis.disconnect()
  await server.stop()
  return bytes
}

/** How long a command takes when there are few or many installations, one after another. */
export async function benchSizes(counts: readonly number[]): Promise<void> {
  const rows: string[][] = []
  const length = await lengthWith(fullHistory)
  for (const count of counts) {
    const server = await startRedis()
    const redis = new Redis({ port: server.port })
    const store = redisStore(redis)
    const ids = idsOf(count)
    await inBatches(ids, (id, index) => write(store, id, length, index % needingAttention === 0))
    const any = () => ids[Math.floor(Math.random() * count)]!
    const value = text(length)
    let version = 0
    const replace = async () => {
      const id = any()
      const before = await store.get(id)
      const dueAt = Date.now() + Math.floor(Math.random() * 60 * day)
      const startedAt = performance.now()
      await store.compareAndSet(id, before?.version, { version: `v${version++}`, value, dueAt })
      return performance.now() - startedAt
    }
    const company = () => 1_000 + Math.floor((Math.random() * count) / 20)
    const measures: readonly [rounds: number, work: () => Promise<unknown>][] = [
      [2_000, () => store.get(any())],
      [50, () => store.due(Date.now() + 15 * day, 1_000)],
      [50, () => store.list({ limit: 100 })],
      [50, () => store.list({ companyId: company(), limit: 100 })],
      [50, () => store.list({ attention: true, limit: 100 })],
      [50, () => store.count({ attention: true })],
      [50, () => store.count({ dueBefore: Date.now() + 15 * day })],
    ]
    const cells: string[] = [figures(await samplesOf(2_000, replace))]
    for (const [rounds, work] of measures) cells.push(figures(await samplesOf(rounds, timed(work))))
    rows.push([whole(count), ...cells])
    redis.disconnect()
    await server.stop()
  }
  printTable(
    'Latency by number of installations, one call after another, p50 / p99 in ms',
    [
      'installations',
      'compareAndSet',
      'get',
      'due, 1 000',
      'list, 100',
      'list of a company',
      'list({ attention }), 100',
      'count({ attention })',
      'count({ dueBefore })',
    ],
    rows,
  )
}

function write(store: RedisStore, id: InstallationId, length: number, attention: boolean): Promise<boolean> {
  const dueAt = Date.now() + Math.floor(Math.random() * 60 * day)
  return store.compareAndSet(id, undefined, { version: text(16), value: text(length), dueAt, attention })
}

function text(length: number): string {
  return randomBytes(Math.ceil(length * 0.75))
    .toString('base64url')
    .slice(0, length)
}

async function usedMemory(redis: Redis): Promise<number> {
  return Number(/used_memory:(\d+)/.exec(await redis.info('memory'))?.[1])
}

async function inBatches<T>(
  items: readonly T[],
  work: (item: T, index: number) => Promise<unknown>,
): Promise<void> {
  for (let from = 0; from < items.length; from += 500)
    await Promise.all(items.slice(from, from + 500).map((item, index) => work(item, from + index)))
}

async function samplesOf(count: number, sample: () => Promise<number>): Promise<number[]> {
  const samples: number[] = []
  for (let done = 0; done < count; done++) samples.push(await sample())
  return samples
}

function timed(work: () => Promise<unknown>): () => Promise<number> {
  return async () => {
    const startedAt = performance.now()
    await work()
    return performance.now() - startedAt
  }
}

function figures(samples: readonly number[]): string {
  const { p50, p99 } = percentiles(samples)
  return `${ms(p50)} / ${ms(p99)}`
}
