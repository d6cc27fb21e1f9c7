import { randomBytes } from 'node:crypto'
import type { InstallationId } from '@pd/oauth-core'
import { redisStore, type RedisStore } from '@pd/oauth-redis'
import { Redis } from 'ioredis'
import { ms, percentiles, printTable, whole } from './figures.ts'
import { idsOf } from './scene.ts'
import { sealedRecord } from './sealed-record.ts'
import { startRedis } from '@pd/test-support/redis'

const day = 86_400_000
/** The default of `policy.historyEntries`. */
const fullHistory = 16

/** What an installation takes in memory: with and without a full history, and beside a bare key with the same value. */
export async function benchMemory(count: number): Promise<void> {
  const rows: string[][] = []
  for (const historyEntries of [0, fullHistory]) {
    const bytes = { ours: 0, bare: 0 }
    let length = 0
    for (const kind of ['ours', 'bare'] as const) {
      const server = await startRedis()
      const redis = new Redis({ port: server.port })
      length ||= (await sealedRecord(server.port, historyEntries)).value.length
      const before = await usedMemory(redis)
      const store = redisStore(redis)
      await inBatches(idsOf(count), (id) =>
        kind === 'ours' ? write(store, id, length) : redis.set(id, text(length)),
      )
      bytes[kind] = ((await usedMemory(redis)) - before) / count
      redis.disconnect()
      await server.stop()
    }
    rows.push([String(historyEntries), whole(length), whole(bytes.bare), whole(bytes.ours)])
  }
  printTable(
    `Memory by entries of history, ${whole(count)} installations, bytes per installation`,
    ['entries', 'the sealed value', 'a bare key with it', '`redisStore`'],
    rows,
  )
}

/** How long a command takes when there are few or many installations, one after another. */
export async function benchSizes(counts: readonly number[]): Promise<void> {
  const rows: string[][] = []
  for (const count of counts) {
    const server = await startRedis()
    const redis = new Redis({ port: server.port })
    const { length } = (await sealedRecord(server.port, 0)).value
    const store = redisStore(redis)
    const ids = idsOf(count)
    await inBatches(ids, (id) => write(store, id, length))
    const any = () => ids[Math.floor(Math.random() * count)]!
    const value = text(length)
    let version = 0
    const replace = async () => {
      const id = any()
      const before = await store.get(id)
      const dueAt = Date.now() + Math.random() * 60 * day
      const startedAt = performance.now()
      await store.compareAndSet(id, before?.version, { version: `v${version++}`, value, dueAt })
      return performance.now() - startedAt
    }
    const company = () => 1_000 + Math.floor((Math.random() * count) / 20)
    rows.push([
      whole(count),
      figures(
        await samplesOf(
          2_000,
          timed(() => store.get(any())),
        ),
      ),
      figures(await samplesOf(2_000, replace)),
      figures(
        await samplesOf(
          50,
          timed(() => store.due(Date.now() + 15 * day, 1_000)),
        ),
      ),
      figures(
        await samplesOf(
          50,
          timed(() => store.list({ limit: 100 })),
        ),
      ),
      figures(
        await samplesOf(
          50,
          timed(() => store.list({ companyId: company(), limit: 100 })),
        ),
      ),
    ])
    redis.disconnect()
    await server.stop()
  }
  printTable(
    'Latency by number of installations, one call after another, p50 / p99 in ms',
    ['installations', 'get', 'compareAndSet', 'due, 1 000', 'list, 100', 'list of a company'],
    rows,
  )
}

function write(store: RedisStore, id: InstallationId, length: number): Promise<boolean> {
  const dueAt = Date.now() + Math.random() * 60 * day
  return store.compareAndSet(id, undefined, { version: text(16), value: text(length), dueAt })
}

function text(length: number): string {
  return randomBytes(Math.ceil(length * 0.75))
    .toString('base64url')
    .slice(0, length)
}

async function usedMemory(redis: Redis): Promise<number> {
  return Number(/used_memory:(\d+)/.exec(await redis.info('memory'))?.[1])
}

async function inBatches<T>(items: readonly T[], work: (item: T) => Promise<unknown>): Promise<void> {
  for (let from = 0; from < items.length; from += 500)
    await Promise.all(items.slice(from, from + 500).map(work))
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
