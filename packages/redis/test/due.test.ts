import type { InstallationId } from '@pd/oauth-core'
import type { DueEntry } from '@pd/oauth-core/adapter'
import { startRedis, type RedisServer } from '@pd/test-support/redis'
import { Redis } from 'ioredis'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { dueEntries } from '../src/due.ts'
import { uniquePrefix } from './servers/connect.ts'

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

const idOf = (index: number): InstallationId => `1:${index + 1}`
const sorted = (entries: DueEntry[]) =>
  entries.toSorted((left, right) => left.dueAt - right.dueAt || (left.id < right.id ? -1 : 1))

interface Reading {
  readonly dueAts: readonly number[]
  readonly limit: number
  /** The entries that another process refreshes after each page, as places in the order. */
  readonly refreshed: readonly (readonly number[])[]
  /** When those become due again. */
  readonly later: number
}

/** Reads while another process refreshes, and expects that nothing else is skipped or cut off. */
async function expectWhole({ dueAts, limit, refreshed, later }: Reading): Promise<void> {
  const prefix = uniquePrefix()
  // One index holds all, so several pages of it are read.
  const indexes = Array.from({ length: 64 }, (_, index) => `${prefix}:${index}`)
  const [index = ''] = indexes
  const entries = sorted(dueAts.map((dueAt, number) => ({ id: idOf(number), dueAt })))
  for (const { id, dueAt } of entries) await redis.zadd(index, dueAt, id)
  const moved = new Set<InstallationId>()
  const rounds = refreshed.values()
  const commands = new Proxy(redis, {
    get: (target, name) =>
      name !== 'zrangebyscore'
        ? Reflect.get(target, name)
        : async (...words: Parameters<Redis['zrangebyscore']>) => {
            const page = await target.zrangebyscore(...words)
            if (words[0] !== index) return page
            for (const place of rounds.next().value ?? []) {
              const { id } = entries[place % entries.length]!
              moved.add(id)
              await target.zadd(index, later, id)
            }
            return page
          },
  })
  const found = await dueEntries(commands, indexes, 1_000, limit)
  const ids = found.map(({ id }) => id)
  expect(new Set(ids).size).toBe(ids.length)
  const expected = entries.filter(({ id }) => !moved.has(id))
  expect(ids.length).toBeGreaterThanOrEqual(Math.min(limit, expected.length))
  // Without those that were refreshed, it is the beginning of the list.
  const rest = found.filter(({ id }) => !moved.has(id))
  expect(rest).toEqual(expected.slice(0, rest.length))
}

test.each([
  ['one after another', (index: number) => index],
  ['all at one time', () => 5],
  ['in threes', (index: number) => Math.floor(index / 3)],
])(
  'F95 due() skips nothing and gives a whole page while others refresh entries that are due %s',
  async (_, dueAtOf) => {
    const dueAts = Array.from({ length: 60 }, (_, index) => dueAtOf(index))
    const refreshed = [
      [0, 1, 2],
      [3, 4, 6],
      [5, 9, 20],
    ]
    for (const later of [900, 2_000]) await expectWhole({ dueAts, limit: 40, refreshed, later })
  },
)

test('F95 due() skips nothing and gives a whole page, whatever others refresh meanwhile', async () => {
  let seed = 1
  const below = (end: number) => (seed = (seed * 48_271) % 2_147_483_647) % end
  const some = <T>(most: number, make: () => T) => Array.from({ length: below(most + 1) }, make)
  for (let run = 0; run < 100; run++)
    await expectWhole({
      dueAts: [0, ...some(60, () => below(7))],
      limit: 1 + below(60),
      refreshed: some(6, () => some(5, () => below(60))),
      later: [3, 900, 2_000][below(3)]!,
    })
})
