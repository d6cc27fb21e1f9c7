import type { InstallationId } from '@pd/oauth-core'
import type { DueEntry } from '@pd/oauth-core/adapter'
import { startRedis, type RedisServer } from '@pd/test-support/redis'
import { Redis } from 'ioredis'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { dueEntries } from '../src/due.ts'
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
  const commands = overCommand(redis, 'zrangebyscore', async ([key], send) => {
    const page = await send()
    if (key !== index) return page
    for (const place of rounds.next().value ?? []) {
      const { id } = entries[place % entries.length]!
      moved.add(id)
      await redis.zadd(index, later, id)
    }
    return page
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

/** Indexes that hold entries which are due at these instants, and what each command asked for. */
async function createIndexes(dueAts: readonly (readonly number[])[], count = 64) {
  const prefix = uniquePrefix()
  const indexes = Array.from({ length: count }, (_, index) => `${prefix}:${index}`)
  const entries: DueEntry[] = []
  for (const [index, instants] of dueAts.entries())
    for (const [number, dueAt] of instants.entries()) {
      const entry: DueEntry = { id: `${index + 1}:${number + 1}`, dueAt }
      entries.push(entry)
      await redis.zadd(indexes[index]!, dueAt, entry.id)
    }
  const asked: {
    readonly index: number
    readonly min: string
    readonly skipped: number
    readonly most: number
  }[] = []
  const commands = overCommand(redis, 'zrangebyscore', (words, send) => {
    const [key, min, , , , skipped, most] = words as [string, string, string, string, string, number, number]
    asked.push({ index: indexes.indexOf(key), min, skipped, most })
    return send()
  })
  const due = (before: number, limit: number, after?: DueEntry) =>
    dueEntries(commands, indexes, before, limit, after)
  return { due, asked, entries: sorted(entries) }
}

test('a page reads little more than an even share from each index, once', async () => {
  const { due, asked, entries } = await createIndexes(
    Array.from({ length: 64 }, () => Array.from({ length: 10 }, (_, number) => number)),
  )
  expect(await due(1_000, 320)).toEqual(entries.slice(0, 320))
  expect(asked).toHaveLength(64)
  for (const one of asked) expect(one).toMatchObject({ min: '-inf', skipped: 0, most: 11 })
})

test('only the indexes that may hold some of the soonest entries are read on', async () => {
  const early = Array.from({ length: 30 }, (_, number) => number)
  const late = Array.from({ length: 30 }, (_, number) => 500 + number)
  const { due, asked, entries } = await createIndexes([early, late], 2)
  expect(await due(1_000, 10)).toEqual(entries.slice(0, 10))
  expect(asked.map(({ index }) => index)).toEqual([0, 1])
  asked.length = 0
  expect(await due(1_000, 20)).toEqual(entries.slice(0, 20))
  expect(asked.map(({ index }) => index)).toEqual([0, 1, 0])
})

test('no command reads more than 1 001 entries', async () => {
  const { due, asked, entries } = await createIndexes(
    [Array.from({ length: 2_500 }, (_, number) => number)],
    1,
  )
  expect(await due(10_000, 2_400)).toEqual(entries.slice(0, 2_400))
  expect(asked.map(({ most, skipped }) => [most, skipped])).toEqual([
    [1_000, 0],
    [1_001, 0],
    [1_001, 0],
  ])
  expect(asked.map(({ min }) => min)).toEqual(['-inf', '999', '1999'])
})

test('entries that are all due at one instant are read by their place', async () => {
  const { due, asked, entries } = await createIndexes([Array.from({ length: 2_500 }, () => 5)], 1)
  expect(await due(10_000, 2_400)).toEqual(entries.slice(0, 2_400))
  expect(asked.map(({ min, skipped }) => [min, skipped])).toEqual([
    ['-inf', 0],
    ['5', 999],
    ['5', 1_999],
  ])
})

test('a page goes on at the last entry of the page before, whatever is due together', async () => {
  const dueAts = [5, 5, 5, 5, 9, 11, 12, 12, 12, 13, 14, 15, 16]
  const { due, asked, entries } = await createIndexes([dueAts])
  expect(await due(1_000, 64)).toEqual(entries)
  const ofFirst = asked.filter(({ index }) => index === 0)
  expect(ofFirst.map(({ min, skipped, most }) => [min, skipped, most])).toEqual([
    ['-inf', 0, 4],
    ['5', 3, 5],
    ['12', 1, 5],
    ['15', 0, 5],
  ])
})

test('a page begins after an entry, also among those that are due at the same instant', async () => {
  const { due, entries } = await createIndexes([
    [5, 5, 5, 7],
    [5, 5],
    [4, 6],
  ])
  for (const [index, entry] of entries.entries())
    for (const limit of [1, 2, 20])
      expect(await due(1_000, limit, entry)).toEqual(entries.slice(index + 1, index + 1 + limit))
})

test('what is due at the instant itself is not due before it', async () => {
  const { due } = await createIndexes([[5], [6]])
  expect((await due(6, 10)).map(({ dueAt }) => dueAt)).toEqual([5])
  expect(await due(5, 10)).toEqual([])
})

test('no entries are read if none are wanted', async () => {
  const { due, asked } = await createIndexes([[5]])
  expect(await due(1_000, 0)).toEqual([])
  expect(asked).toEqual([])
})
