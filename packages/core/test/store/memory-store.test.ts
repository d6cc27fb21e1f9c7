import { describe, expect, test, vi } from 'vitest'
import { InvalidArgumentError } from '../../src/errors.ts'
import { memoryStore, type InstallationId, type StoredRecord } from '../../src/index.ts'
import { DueIndex } from '../../src/store/due-index.ts'

const record = (version: string, more: Partial<StoredRecord> = {}): StoredRecord => ({
  version,
  value: `sealed-${version}`,
  ...more,
})

/** A store that holds these records. */
async function storeOf(records: Readonly<Record<InstallationId, StoredRecord>>) {
  const store = memoryStore()
  for (const [id, one] of Object.entries(records))
    await store.compareAndSet(id as InstallationId, undefined, one)
  return store
}

describe('the index of what is due', () => {
  const dueAts = [5, 3, 5, 9, 1, 5, 3]
  const entries = dueAts.map((dueAt, index) => ({ id: `1:${index}` as InstallationId, dueAt }))
  const sorted = entries.toSorted((left, right) => left.dueAt - right.dueAt || (left.id < right.id ? -1 : 1))
  const filled = () => {
    const index = new DueIndex()
    for (const { id, dueAt } of entries) index.set(id, dueAt)
    return index
  }

  test('gives the soonest first, and ids as text at the same instant', () => {
    expect(filled().page(Infinity, 100)).toEqual(sorted)
    for (let limit = 0; limit <= sorted.length; limit++)
      expect(filled().page(Infinity, limit)).toEqual(sorted.slice(0, limit))
  })

  test('gives what is due before an instant, and not at it', () => {
    for (let before = 0; before <= 10; before++)
      expect(filled().page(before, 100)).toEqual(sorted.filter(({ dueAt }) => dueAt < before))
  })

  test('begins behind an entry, whether it is there or not', () => {
    for (const [place, entry] of sorted.entries())
      expect(filled().page(Infinity, 100, entry)).toEqual(sorted.slice(place + 1))
    const absent = { id: '1:3', dueAt: 5 } as const
    expect(
      filled()
        .page(Infinity, 100, absent)
        .map(({ id }) => id),
    ).toEqual(['1:5', '1:3'])
  })

  test('moves an id to its new place, and forgets one without an instant', () => {
    const index = filled()
    index.set('1:3', 2)
    index.set('1:0', undefined)
    index.set('1:0', undefined)
    index.set('1:4', 1)
    expect(index.page(Infinity, 100).map(({ id }) => id)).toEqual(['1:4', '1:3', '1:1', '1:6', '1:2', '1:5'])
  })
})

describe('a store in memory', () => {
  test('lists the ids as text, those of one company by its whole number, and marked ones', async () => {
    const marked = { attention: true } as const
    const store = await storeOf({
      '2:1': record('a'),
      '12:1': record('b', marked),
      '1:9': record('c', marked),
      '1:10': record('d'),
    })
    expect(await store.list({ limit: 9 })).toEqual({ ids: ['12:1', '1:10', '1:9', '2:1'].toSorted() })
    expect(await store.list({ limit: 9, companyId: 1 })).toEqual({ ids: ['1:10', '1:9'] })
    expect(await store.list({ limit: 9, attention: true })).toEqual({ ids: ['12:1', '1:9'] })
    expect(await store.list({ limit: 9, attention: true, companyId: 1 })).toEqual({ ids: ['1:9'] })
    const first = await store.list({ limit: 2 })
    expect(first).toEqual({ ids: ['12:1', '1:10'], cursor: '1:10' })
    expect(await store.list({ limit: 2, cursor: first.cursor! })).toEqual({ ids: ['1:9', '2:1'] })
    expect(await store.list({ limit: 0 })).toEqual({ ids: [] })
  })

  test('refuses the cursor of another store', async () => {
    const store = await storeOf({ '1:1': record('a') })
    for (const cursor of ['', 'x', '3/1:2', '1:2 ', '1:2\n'])
      await expect(store.list({ limit: 5, cursor })).rejects.toThrow(InvalidArgumentError)
    expect(await store.list({ limit: 5, cursor: '0:7' })).toEqual({ ids: ['1:1'] })
  })

  test('counts what is due before an instant, and what is marked', async () => {
    const store = await storeOf({
      '1:1': record('a', { dueAt: 5 }),
      '1:2': record('b', { dueAt: 6, attention: true }),
      '1:3': record('c'),
    })
    expect(await store.count({ dueBefore: 5 })).toBe(0)
    expect(await store.count({ dueBefore: 6 })).toBe(1)
    expect(await store.count({ dueBefore: Number.MAX_VALUE })).toBe(2)
    expect(await store.count({ attention: true })).toBe(1)
  })

  test('keeps a record as it was written, whatever becomes of the object', async () => {
    const given = { version: 'a', value: 'sealed' }
    const store = await storeOf({ '1:1': given })
    given.value = 'changed'
    expect(await store.get('1:1')).toEqual({ version: 'a', value: 'sealed' })
    expect(Object.isFrozen(await store.get('1:1'))).toBe(true)
  })

  test('has nothing to find fault with', async () => {
    expect(await memoryStore().check()).toEqual([])
  })
})

describe('a wait on a store in memory', () => {
  test('ends with the new record, for all who wait for this one and for nobody else', async () => {
    const store = await storeOf({ '1:1': record('a'), '1:2': record('a') })
    const over = new AbortController()
    const [first, second] = [1, 2].map(() => store.changed('1:1', 'a', over.signal))
    const other = store.changed('1:2', 'a', over.signal)
    await store.compareAndSet('1:1', 'a', record('b'))
    expect(await Promise.all([first, second])).toEqual([record('b'), record('b')])
    expect(await Promise.race([other, Promise.resolve('pending')])).toBe('pending')
    over.abort()
    expect(await other).toBeUndefined()
  })

  test('ends at once if the record is another already, or the caller has gone', async () => {
    const store = await storeOf({ '1:1': record('b') })
    expect(await store.changed('1:1', 'a', new AbortController().signal)).toEqual(record('b'))
    expect(await store.changed('1:1', 'a', AbortSignal.abort())).toBeUndefined()
  })

  test('leaves no listener behind', async () => {
    const store = await storeOf({ '1:1': record('a') })
    const over = new AbortController()
    const remove = vi.spyOn(over.signal, 'removeEventListener')
    const waiting = store.changed('1:1', 'a', over.signal)
    await store.compareAndSet('1:1', 'a', undefined)
    expect(await waiting).toBeUndefined()
    expect(remove).toHaveBeenCalledExactlyOnceWith('abort', expect.any(Function))
  })
})

test('a watch tells every change until it is closed, and is then lost to nothing', async () => {
  const store = await storeOf({ '1:1': record('a') })
  const told = vi.fn()
  const watch = await store.watch(told, { heartbeatMs: 1_000 })
  await store.compareAndSet('1:1', 'a', record('b'))
  await store.compareAndSet('1:1', 'x', record('c'))
  await store.compareAndSet('1:1', 'b', undefined)
  expect(told.mock.calls).toEqual([
    ['1:1', 'b'],
    ['1:1', undefined],
  ])
  await watch.close()
  expect(await watch.lost).toBeUndefined()
  await store.compareAndSet('1:1', undefined, record('d'))
  expect(told).toHaveBeenCalledTimes(2)
})
