import { describe, expect, test } from 'vitest'
import { memoryStore, type TokenStore } from '../../src/index.ts'
import { ContractViolation, interleaved, storeSuite } from '../../src/store-suite/store-suite.ts'
import { failedTitles, suiteVerdicts } from './suite-verdicts.ts'

describe('memoryStore()', () => {
  storeSuite({ test, createStore: () => memoryStore() })
})

describe.each([1, 2, 3])('memoryStore(), interleaved by seed %i', (seed) => {
  storeSuite({ test, createStore: () => interleaved(memoryStore(), { seed }) })
})

const everyOptional = ['due', 'list', 'count', 'changed', 'watch', 'check'] as const

/** The least that a store can be. */
function smallStore(): TokenStore {
  const { get, compareAndSet } = memoryStore()
  return { get, compareAndSet }
}

describe('a store without optional methods', () => {
  storeSuite({ test, createStore: smallStore, without: everyOptional })

  test('learns from test titles what will not work', async () => {
    const verdicts = await suiteVerdicts({ createStore: smallStore, without: everyOptional })
    expect([...verdicts.keys()].filter((title) => title.includes('is not implemented'))).toEqual([
      'due() is not implemented: keepAlive() will refuse this store',
      'list() is not implemented: installations() will refuse this store',
      'count() is not implemented: health checks will not say how many need attention',
      'changed() is not implemented: callers that wait for another process will poll this store',
      'watch() is not implemented: memory is trusted for cacheMs only',
      'check() is not implemented: checkStore() will find nothing',
    ])
    expect(failedTitles(verdicts)).toEqual([])
  })

  test('fails every case of a method whose absence it does not declare', async () => {
    const without = everyOptional.filter((method) => method !== 'due')
    const verdicts = await suiteVerdicts({ createStore: smallStore, without })
    const failed = failedTitles(verdicts)
    expect(failed).toEqual([...verdicts.keys()].filter((title) => title.includes('due()')))
    expect(String(verdicts.get(failed[0] ?? ''))).toContain("say so: `without: ['due']`")
  })

  test('must not declare a method missing that it has', async () => {
    const verdicts = await suiteVerdicts({ createStore: memoryStore, without: ['due'] })
    expect(failedTitles(verdicts)).toEqual(['due() is not implemented: keepAlive() will refuse this store'])
  })
})

/** A store whose watch tells, after each change of a record, of all that it has told of the record before. */
function echoing(store: Required<TokenStore>): TokenStore {
  return {
    ...store,
    watch: (hear, options) => {
      const told = new Map<string, readonly (string | undefined)[]>()
      return store.watch((id, version) => {
        const all = [version, ...(told.get(id) ?? [])]
        told.set(id, all)
        for (const one of all) hear(id, one)
      }, options)
    },
  }
}

describe('a store whose watch tells each change again, later and out of order', () => {
  storeSuite({ test, createStore: () => echoing(memoryStore()) })
})

describe('storeSuite()', () => {
  test('gives every case its own store and closes every store that it opened', async () => {
    const open = new Set<TokenStore>()
    let created = 0
    const opened = (store: TokenStore) => {
      created++
      open.add(store)
      return store
    }
    const verdicts = await suiteVerdicts<TokenStore>({
      createStore: async () => opened(memoryStore()),
      openAnother: async (store) => opened({ ...store }),
      close: async (store) => void open.delete(store),
    })
    expect(failedTitles(verdicts)).toEqual([])
    expect(created).toBe(verdicts.size * 2)
    expect(open.size).toBe(0)
  })

  test('closes a store also if its case failed', async () => {
    let closed = 0
    const verdicts = await suiteVerdicts<TokenStore>({
      createStore: () => ({ ...memoryStore(), get: async () => ({ version: 'x', value: 'y' }) }),
      close: () => void closed++,
    })
    expect(failedTitles(verdicts).length).toBeGreaterThan(10)
    expect(closed).toBe(verdicts.size)
  })

  test('closes every store, also if closing one fails, and tells what failed first', async () => {
    const closed: string[] = []
    const failsToClose = {
      openAnother: (store: TokenStore) => ({ ...store }),
      close: async () => {
        closed.push('')
        throw new Error(`close ${closed.length}`)
      },
    }
    const sound = await suiteVerdicts<TokenStore>({ createStore: memoryStore, ...failsToClose })
    expect(closed.length).toBe(sound.size * 2)
    expect([...sound.values()][0]).toEqual(new Error('close 1'))
    const broken = () => ({ ...memoryStore(), get: async () => ({ version: 'x', value: 'y' }) })
    const verdicts = await suiteVerdicts<TokenStore>({ createStore: broken, ...failsToClose })
    expect([...verdicts.values()][0]).toBeInstanceOf(ContractViolation)
  })

  test('cuts no watch of a store without watch()', async () => {
    const verdicts = await suiteVerdicts<TokenStore>({
      createStore: smallStore,
      without: everyOptional,
      cutWatch: () => {},
    })
    expect(failedTitles(verdicts)).toEqual([])
    expect([...verdicts.keys()].filter((title) => title.includes('is cut'))).toEqual([])
  })

  test.each([
    ['resolves its lost', true],
    ['goes on as if nothing had happened', false],
  ])('cuts a watch if it can, and a watch that %s is judged by it', async (_, isHonest) => {
    const cuts = new Map<TokenStore, () => void>()
    const verdicts = await suiteVerdicts<TokenStore>({
      patienceMs: 50,
      createStore: () => {
        const sound = memoryStore()
        const store: TokenStore = {
          ...sound,
          watch: async (hear, options) => {
            const watch = await sound.watch(hear, options)
            options.heartbeat?.()()
            const { promise: lost, resolve } = Promise.withResolvers<unknown>()
            void watch.lost.then(resolve)
            cuts.set(store, () => void (isHonest && resolve(new Error('cut'))))
            return { ...watch, lost }
          },
        }
        return store
      },
      cutWatch: (store) => cuts.get(store)?.(),
    })
    const title = 'watch() says that it is lost when its connection is cut'
    expect(verdicts.has(title)).toBe(true)
    expect(failedTitles(verdicts)).toEqual(isHonest ? [] : [title])
  })

  test('gives no two cases the same title', () => {
    const titles: string[] = []
    storeSuite({ test: (name) => titles.push(name), createStore: memoryStore })
    expect(new Set(titles).size).toBe(titles.length)
  })
})
