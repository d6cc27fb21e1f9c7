import { memoryStore, type InstallationId, type TokenStore } from '@pd/oauth-core'
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { attributeNames, instrumentStore, metricNames } from '../src/index.ts'
import { openTelemetry } from './open-telemetry.ts'

test('a write that another process came before is a conflict, and an error is one of its operation', async () => {
  const { meter, points } = openTelemetry()
  const failing: TokenStore = { ...memoryStore(), get: () => Promise.reject(new Error('away')) }
  const store = instrumentStore(failing, { meter })
  expect(await store.compareAndSet('1:2', 'of another process', undefined)).toBe(false)
  expect(await store.compareAndSet('1:2', undefined, { version: 'a', value: 'x' })).toBe(true)
  expect(await store.compareAndSet('1:2', 'a', { version: 'b', value: 'x' })).toBe(true)
  await expect(store.get('1:2')).rejects.toThrow('away')
  expect((await points(metricNames.storeConflicts)).map(({ value }) => value)).toEqual([1])
  const failed = (await points(metricNames.storeDuration)).filter(
    ({ attributes }) => attributeNames.errorType in attributes,
  )
  expect(failed.map(({ attributes }) => attributes[attributeNames.operation])).toEqual(['get'])
})

test('a call to the store takes seconds, and bounds tell a read in memory from one over a network', async () => {
  vi.useFakeTimers({ toFake: ['performance'] })
  onTestFinished(() => void vi.useRealTimers())
  const { meter, metrics } = openTelemetry()
  const slow: TokenStore = { ...memoryStore(), get: async () => void vi.advanceTimersByTime(250) }
  const store = instrumentStore(slow, { meter })
  await store.get('1:2')
  await store.compareAndSet('1:2', 'of another process', undefined)
  const [duration, conflicts] = await metrics()
  expect(duration).toMatchObject({
    descriptor: { name: metricNames.storeDuration, unit: 's', description: 'Calls to the token store' },
    dataPoints: [
      {
        attributes: { [attributeNames.operation]: 'get' },
        value: {
          sum: 0.25,
          buckets: { boundaries: [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.1, 0.5, 1, 5] },
        },
      },
      { attributes: { [attributeNames.operation]: 'compareAndSet' }, value: { sum: 0 } },
    ],
  })
  expect(conflicts).toMatchObject({
    descriptor: {
      name: metricNames.storeConflicts,
      unit: '{write}',
      description: 'Writes that another process came before',
    },
  })
})

test('instrumentStore() takes a frozen store, measures it, and shows the same members', async () => {
  const frozen = Object.freeze({ ...memoryStore() })
  const store = instrumentStore(frozen)
  expect(await store.get('1:1')).toBeUndefined()
  expect(store.get).not.toBe(frozen.get)
  expect(Object.keys(store)).toEqual(Object.keys(frozen))
  expect('watch' in store).toBe('watch' in frozen)
  expect(await { ...store }.get('1:1')).toBeUndefined()
})

describe('a store of instrumentStore()', () => {
  class Counting implements TokenStore {
    readonly #store = memoryStore()
    #reads = 0
    limit = 1
    watch?: NonNullable<TokenStore['watch']>
    get reads() {
      return this.#reads
    }
    get(id: InstallationId) {
      this.#reads += 1
      return this.#store.get(id)
    }
    compareAndSet(...parameters: Parameters<TokenStore['compareAndSet']>) {
      return this.#store.compareAndSet(...parameters)
    }
    async [Symbol.asyncDispose]() {
      this.limit = 0
    }
  }
  class Heir extends Counting {}
  const stores = {
    'a plain object': () => ({ ...memoryStore() }),
    'a frozen object': () => Object.freeze({ ...memoryStore() }),
    'an instance of a class': () => new Counting(),
    'an instance of a derived class': () => new Heir(),
    'a frozen instance': () => Object.freeze(new Heir()),
    'a store that is instrumented already': () => instrumentStore(new Counting()),
    'a proxy': (): TokenStore => {
      const all: TokenStore = memoryStore()
      return new Proxy({} as TokenStore, {
        get: (_, name) => Reflect.get(all, name) as unknown,
        set: (_, name, value) => Reflect.set(all, name, value),
      })
    },
  }

  test.each(Object.entries(stores))('on %s can be spied on, and so can the store below', async (_, make) => {
    const below: TokenStore = make()
    const store = instrumentStore(below)
    const spy = vi.spyOn(store, 'get').mockResolvedValueOnce({ version: 'spied', value: '' })
    expect(await store.get('1:1')).toEqual({ version: 'spied', value: '' })
    expect(await store.get('1:1')).toBeUndefined()
    expect(spy).toHaveBeenCalledTimes(2)
    spy.mockRestore()
    store.compareAndSet = async () => false
    expect(await store.compareAndSet('1:1', undefined, undefined)).toBe(false)
    expect(await below.compareAndSet('1:1', undefined, { version: 'a', value: '' })).toBe(true)
    Object.defineProperty(store, 'due', { value: 'defined' })
    expect(store.due).toBe('defined')
    if (Object.isFrozen(below)) return
    below.get = async () => ({ version: 'replaced', value: '' })
    expect(await store.get('1:1')).toEqual({ version: 'replaced', value: '' })
  })

  test('has no method that is deleted from it, and none that the store lacks', () => {
    const store: TokenStore = instrumentStore({ ...memoryStore() })
    expect(delete store.list).toBe(true)
    expect('list' in store).toBe(false)
    expect(store.list).toBeUndefined()
    expect('check' in instrumentStore(new Counting())).toBe(false)
    expect(instrumentStore(new Counting()).watch).toBeUndefined()
  })

  test('shows no more than the store: not its methods in a loop, and none of every object', async () => {
    const store = instrumentStore(new Heir())
    const names: string[] = []
    for (const name in store) names.push(name)
    expect(names).toEqual(Object.keys(new Heir()))
    expect(store.constructor).toBe(Heir)
    expect(String(store)).toBe('[object Object]')
    expect(Object.hasOwn(Object.getPrototypeOf(store) as object, 'toString')).toBe(false)
    const bare = Object.assign(Object.create(null) as TokenStore, memoryStore())
    expect(await instrumentStore(bare).get('1:1')).toBeUndefined()
    expect(Object.keys(instrumentStore(stores['a proxy']()))).toContain('list')
  })

  test('measures a method that a getter gives', async () => {
    const { meter, points } = openTelemetry()
    const { get, compareAndSet } = memoryStore()
    const store = instrumentStore(
      {
        compareAndSet,
        get,
        get list() {
          return memoryStore().list
        },
      },
      { meter },
    )
    await store.list({ limit: 1 })
    expect((await points(metricNames.storeDuration)).map(({ attributes }) => attributes)).toEqual([
      { [attributeNames.operation]: 'list' },
    ])
  })

  test('reads and writes the fields of its class, and is disposed of with it', async () => {
    const below = new Heir()
    const store = instrumentStore(below)
    expect(store).toBeInstanceOf(Counting)
    expect(Object.keys(store)).toEqual(Object.keys(below))
    await store.get('1:1')
    expect(store.reads).toBe(1)
    store.limit = 7
    expect(below.limit).toBe(7)
    {
      await using _ = store
    }
    expect(store.limit).toBe(0)
    expect(() => Object.assign(store, { reads: 5 })).toThrow(TypeError)
  })
})
