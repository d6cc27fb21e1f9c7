import { expect, test } from 'vitest'
import { memoryStore, type TokenStore } from '../../src/index.ts'
import type { DueEntry } from '../../src/adapter.ts'
import { interleaved } from '../../src/store-suite/store-suite.ts'

/** The order in which 20 calls made at once reach the store beneath, and in which their answers come. */
async function orders(seed: number): Promise<{ arrived: number[]; answered: number[] }> {
  const arrived: number[] = []
  const answered: number[] = []
  const beneath: TokenStore = {
    ...memoryStore(),
    get: async (id) => {
      arrived.push(Number(id.split(':')[1]))
      return undefined
    },
  }
  const store = interleaved(beneath, { seed })
  await Promise.all(
    Array.from({ length: 20 }, async (_, index) => {
      await store.get(`1:${index}`)
      answered.push(index)
    }),
  )
  return { arrived, answered }
}

const sorted = Array.from({ length: 20 }, (_, index) => index)

test('interleaved() lets calls through in another order than they were made', async () => {
  const { arrived, answered } = await orders(1)
  expect(arrived).not.toEqual(sorted)
  expect(answered).not.toEqual(sorted)
  expect(answered).not.toEqual(arrived)
  expect([...arrived].sort((left, right) => left - right)).toEqual(sorted)
  expect([...answered].sort((left, right) => left - right)).toEqual(sorted)
})

test('interleaved() repeats its order for the same seed, and has another for another', async () => {
  expect(await orders(7)).toEqual(await orders(7))
  expect(await orders(8)).not.toEqual(await orders(7))
})

test('interleaved() lets one of two rival writers win, and the seed decides which', async () => {
  const winners = new Set<string>()
  for (let seed = 0; seed < 20; seed++) {
    const store = interleaved(memoryStore(), { seed })
    const isWritten = await Promise.all(
      ['a', 'b'].map((version) => store.compareAndSet('1:2', undefined, { version, value: 'sealed' })),
    )
    expect([...isWritten].sort()).toEqual([false, true])
    winners.add((await store.get('1:2'))?.version ?? '')
  }
  expect([...winners].sort()).toEqual(['a', 'b'])
})

test('interleaved() has the optional methods that the store beneath has, and no others', () => {
  const { get, compareAndSet, due } = memoryStore()
  expect(Object.keys(interleaved({ get, compareAndSet }, { seed: 1 }))).toEqual(['get', 'compareAndSet'])
  expect(Object.keys(interleaved({ get, compareAndSet, due }, { seed: 1 }))).toEqual([
    'get',
    'compareAndSet',
    'due',
  ])
})

test('interleaved() passes on the errors of the store beneath', async () => {
  const failure = new Error('the database is away')
  const store = interleaved({ ...memoryStore(), get: () => Promise.reject(failure) }, { seed: 1 })
  await expect(store.get('1:2')).rejects.toBe(failure)
  await expect(store.compareAndSet('1:2', undefined, { version: 'a', value: 'b' })).resolves.toBe(true)
})

test('interleaved() calls the methods of the store beneath as its methods', async () => {
  class Counting implements TokenStore {
    readonly #inner = memoryStore()
    readonly get = this.#inner.get
    readonly compareAndSet = this.#inner.compareAndSet
    async due(before: number, limit: number, after?: DueEntry) {
      return this.#inner.due(before, limit, after)
    }
    async list(query: { readonly companyId?: number; readonly cursor?: string; readonly limit: number }) {
      return this.#inner.list(query)
    }
    async changed() {
      await this.#inner.get('1:1')
    }
  }
  const store = interleaved(new Counting(), { seed: 1 })
  await store.compareAndSet('1:1', undefined, { version: 'a', value: 'b', dueAt: 1 })
  expect(await store.due?.(2, 10)).toEqual([{ id: '1:1', dueAt: 1 }])
  expect(await store.list?.({ limit: 10 })).toEqual({ ids: ['1:1'] })
  await store.changed?.('1:1', 'a', AbortSignal.abort())
})
