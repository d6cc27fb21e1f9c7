import { InvalidArgumentError, type InstallationId } from '@pd/oauth-core'
import { startRedis, type RedisServer } from '@pd/test-support/redis'
import { Redis } from 'ioredis'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { listIds } from '../src/listing.ts'
import { uniquePrefix } from './servers/connect.ts'
import { overCommand } from './servers/over-command.ts'

let server: RedisServer
let redis: Redis
beforeAll(async () => {
  server = await startRedis()
  redis = new Redis({ port: server.port })
})
afterAll(async () => {
  redis?.disconnect()
  await server?.stop()
})

/** Indexes that hold these ids, and the reads of them. */
async function createIndexes(holdings: Readonly<Record<number, readonly InstallationId[]>>) {
  const prefix = uniquePrefix()
  const indexes = Array.from({ length: 64 }, (_, index) => `${prefix}:${index}`)
  for (const [index, ids] of Object.entries(holdings))
    for (const id of ids) await redis.zadd(indexes[Number(index)]!, 0, id)
  let reads: { readonly index: number; readonly min: string; readonly count: number }[] = []
  const commands = overCommand(redis, 'zrangebylex', (words, send) => {
    const [key, min, , , , count] = words as [string, string, string, string, number, number]
    reads.push({ index: indexes.indexOf(key), min, count })
    return send()
  })
  return {
    list: async (query: Parameters<typeof listIds>[2]) => {
      reads = []
      return listIds(commands, indexes, query)
    },
    reads: () => reads,
  }
}

test('a page that the first index fills takes one command, which reads one id more', async () => {
  const { list, reads } = await createIndexes({ 0: ['1:1', '1:2', '1:3'], 1: ['1:4'] })
  expect(await list({ limit: 2 })).toEqual({ ids: ['1:1', '1:2'], cursor: '0/1:2' })
  expect(reads()).toEqual([{ index: 0, min: '-', count: 3 }])
})

test('an empty store is read in four rounds, each index once and from its start', async () => {
  const { list, reads } = await createIndexes({})
  expect(await list({ limit: 7 })).toEqual({ ids: [] })
  expect(reads()).toEqual(Array.from({ length: 64 }, (_, index) => ({ index, min: '-', count: 8 })))
})

test('later rounds read more indexes at once, and only what is still missing', async () => {
  const { list, reads } = await createIndexes({ 0: ['1:1'], 1: ['1:2'], 4: ['1:3'], 5: ['1:4'], 20: ['1:5'] })
  expect(await list({ limit: 3 })).toEqual({ ids: ['1:1', '1:2', '1:3'], cursor: '5/' })
  expect(reads().map(({ index, count }) => [index, count])).toEqual([
    [0, 4],
    ...[1, 2, 3, 4].map((index) => [index, 3]),
    ...Array.from({ length: 16 }, (_, index) => [5 + index, 1]),
  ])
})

test('a cursor continues after its id in its index, and from the start of the next ones', async () => {
  const { list, reads } = await createIndexes({ 2: ['1:1', '1:2', '1:3'], 3: ['1:0'], 63: ['9:9'] })
  expect(await list({ limit: 9, cursor: '2/1:2' })).toEqual({ ids: ['1:3', '1:0', '9:9'] })
  expect(reads().slice(0, 2)).toEqual([
    { index: 2, min: '(1:2', count: 10 },
    { index: 3, min: '-', count: 9 },
  ])
  expect(reads().map(({ index }) => index)).toEqual(Array.from({ length: 62 }, (_, index) => index + 2))
  expect(await list({ limit: 1, cursor: '3/' })).toEqual({ ids: ['1:0'], cursor: '63/' })
  expect(await list({ limit: 1, cursor: '63/' })).toEqual({ ids: ['9:9'] })
})

test('every page size gives every id once, in the same order', async () => {
  const holdings: Record<number, InstallationId[]> = {}
  for (const index of [0, 1, 4, 5, 21, 62, 63])
    holdings[index] = [1, 2, 3].map((user) => `${index + 1}:${user}` as const)
  const { list } = await createIndexes(holdings)
  const all = Object.values(holdings).flat()
  for (let limit = 1; limit <= all.length + 1; limit++) {
    const found: InstallationId[] = []
    let cursor: string | undefined
    do {
      const page = await list({ limit, cursor })
      expect(page.ids.length).toBeLessThanOrEqual(limit)
      found.push(...page.ids)
      cursor = page.cursor
    } while (cursor !== undefined)
    expect(found).toEqual(all)
  }
})

test('the ids of one company are those whose number is exactly that', async () => {
  const { list } = await createIndexes({ 0: ['1:1', '12:1', '12:2', '123:1'], 9: ['12:0', '2:1'] })
  expect(await list({ limit: 9, companyId: 12 })).toEqual({ ids: ['12:1', '12:2', '12:0'] })
  expect(await list({ limit: 1, companyId: 12, cursor: '0/12:1' })).toEqual({ ids: ['12:2'], cursor: '9/' })
  expect(await list({ limit: 9, companyId: 3 })).toEqual({ ids: [] })
})

test.each(['', '0', '64/', '0/x', '0/1:2:3', '100/1:1', ' 0/', '0/1:1 '])(
  'the cursor "%s" is refused',
  async (cursor) => {
    const { list, reads } = await createIndexes({})
    await expect(list({ limit: 1, cursor })).rejects.toThrow(InvalidArgumentError)
    expect(reads()).toEqual([])
  },
)
