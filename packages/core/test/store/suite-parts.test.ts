import { describe, expect, test, vi } from 'vitest'
import { memoryStore, type InstallationId, type StoredRecord, type TokenStore } from '../../src/index.ts'
import { expectMembers, expectRecord, expectSame } from '../../src/store-suite/contract-violation.ts'
import { listed } from '../../src/store-suite/listed.ts'
import { seededRandom } from '../../src/store-suite/seeded-random.ts'
import { writeAtRandom } from '../../src/store-suite/write-at-random.ts'

test('seededRandom() gives the numbers of mulberry32', () => {
  const random = seededRandom(1)
  expect(random()).toBe(0.627_073_940_588_161_3)
  expect(Array.from({ length: 1_000 }, random).every((number) => number >= 0 && number < 1)).toBe(true)
})

describe('what a store gave back', () => {
  test('is the same only if every text, number and truth value is', () => {
    expectSame([1, ['a', true], undefined], [1, ['a', true], undefined], 'rule')
    for (const other of [[1, ['a', false]], [1, ['a']], ['1', ['a', true]], [[1, 'a'], true], 1])
      expect(() => expectSame(other, [1, ['a', true]], 'rule')).toThrow('rule')
    expect(() => expectSame('1', 1, 'rule')).toThrow('expected: 1\n  found:    "1"')
  })

  test('is a record without `attention` as well as one with false', () => {
    const record: StoredRecord = { version: 'a', value: 'b', dueAt: 1 }
    expectRecord({ ...record, attention: false }, record, 'rule')
    expectRecord(undefined, undefined, 'rule')
    const others = [{ version: 'x' }, { value: 'x' }, { dueAt: 2 }, { attention: true }]
    for (const other of others)
      expect(() => expectRecord({ ...record, ...other }, record, 'rule')).toThrow('rule')
    expect(() => expectRecord(undefined, record, 'rule')).toThrow('rule')
    expect(() => expectRecord(record, undefined, 'rule')).toThrow('rule')
  })

  test('has the same members in any order, each once', () => {
    expectMembers(['b', 'a', 'b'], ['b', 'b', 'a'], 'rule')
    expect(() => expectMembers(['a', 'b'], ['b', 'b', 'a'], 'rule')).toThrow('rule')
  })

  test('is shown up to 400 characters', () => {
    const compared = (length: number) => () => expectSame('x'.repeat(length), '', 'rule')
    expect(compared(398)).toThrow(`found:    "${'x'.repeat(398)}"`)
    expect(compared(399)).toThrow(`found:    "${'x'.repeat(399)}… (401 characters)`)
  })
})

describe('listed()', () => {
  type List = NonNullable<TokenStore['list']>
  const listedBy = (list: List, betweenPages?: (page: readonly InstallationId[]) => Promise<void>) =>
    listed({ ...memoryStore(), list }, { limit: 2 }, betweenPages)

  test('follows the cursors, and tells of each page but the last', async () => {
    const pages = [{ ids: ['1:1', '1:2'], cursor: 'x' }, { ids: ['1:3'] }] as const
    const list = vi.fn<List>(async ({ cursor }) => {
      const page = pages[cursor === undefined ? 0 : 1]
      return { ...page, ids: [...page.ids] }
    })
    const between = vi.fn(async () => {})
    expect(await listedBy(list, between)).toEqual(['1:1', '1:2', '1:3'])
    expect(list.mock.calls).toEqual([[{ limit: 2 }], [{ limit: 2, cursor: 'x' }]])
    expect(between.mock.calls).toEqual([[['1:1', '1:2']]])
  })

  test('refuses a page that is too long', async () => {
    await expect(listedBy(async () => ({ ids: ['1:1', '1:2', '1:3'] }))).rejects.toThrow('2 at most')
  })

  test('ends after a thousand pages whose cursors lead on', async () => {
    const list = vi.fn<List>(async () => ({ ids: [], cursor: 'x' }))
    await expect(listedBy(list)).rejects.toThrow('1000 pages and still a cursor')
    expect(list).toHaveBeenCalledTimes(1_000)
  })
})

test('writeAtRandom() creates, replaces and deletes all kinds of records, and compares after each of eight rounds', async () => {
  const store = memoryStore()
  const writes: Parameters<TokenStore['compareAndSet']>[] = []
  const compareAndSet: TokenStore['compareAndSet'] = async (...write) => {
    writes.push(write)
    return store.compareAndSet(...write)
  }
  const compared: number[] = []
  const client = { ...store, compareAndSet }
  await writeAtRandom({ store: client, other: client, patienceMs: 1 }, async (stored) => {
    for (const [id, record] of stored) expect(await store.get(id)).toEqual(record)
    expect(stored.size).toBe((await store.list({ limit: 10 })).ids.length)
    compared.push(stored.size)
  })
  expect([compared.length, writes.length]).toEqual([8, 8 * 10 * 3])
  expect(new Set(writes.map(([id]) => id))).toEqual(new Set(['1:1', '11:1', '2:1', '2:2']))
  const kinds = writes.map(([, expected, next]) =>
    [
      expected === undefined ? 'new' : 'old',
      next === undefined ? 'none' : next.dueAt === undefined ? 'never' : 'due',
      next?.attention === true ? 'marked' : 'plain',
    ].join(' '),
  )
  const ends = ['none plain', 'never plain', 'never marked', 'due plain', 'due marked']
  expect(new Set(kinds)).toEqual(
    new Set(['new', 'old'].flatMap((begin) => ends.map((end) => `${begin} ${end}`))),
  )
  const versions = writes.flatMap(([, , next]) => (next === undefined ? [] : [next.version]))
  expect(new Set(versions).size).toBe(versions.length)
  const shareOf = (word: string) => kinds.filter((kind) => kind.includes(word)).length / kinds.length
  expect([shareOf('none') < 0.4, shareOf('never') > 0.15, shareOf('due') > 0.35]).toEqual([true, true, true])
  const dueAts = writes.flatMap(([, , next]) => next?.dueAt ?? [])
  expect(dueAts.every((dueAt) => Number.isSafeInteger(dueAt) && dueAt >= 1 && dueAt <= 1e12)).toBe(true)
  expect(new Set(dueAts).size).toBeGreaterThan(dueAts.length / 2)
})

test('memoryStore() leaves no listener on a signal that lives on', async () => {
  const store = memoryStore()
  const { signal } = new AbortController()
  const added = vi.spyOn(signal, 'addEventListener')
  const removed = vi.spyOn(signal, 'removeEventListener')
  await store.compareAndSet('1:2', undefined, { version: 'a', value: 'x' })
  const changed = store.changed('1:2', 'a', signal)
  await store.compareAndSet('1:2', 'a', { version: 'b', value: 'x' })
  expect(await changed).toMatchObject({ version: 'b' })
  expect(added).toHaveBeenCalledTimes(1)
  expect(removed.mock.calls.map(([, listener]) => listener)).toEqual([added.mock.calls[0]?.[1]])
})
