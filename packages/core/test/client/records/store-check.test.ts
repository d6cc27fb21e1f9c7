import { describe, expect, test } from 'vitest'
import { ConfigurationError, memoryStore, type TokenStore } from '../../../src/index.ts'
import { collected, createScene, failure, rejection } from '../../flow/scene.ts'

test('checkStore() reports how fast the store answers and what it supports, and leaves nothing behind', async () => {
  const { client, clock, connect, store } = createScene()
  const slow: TokenStore = {
    ...store,
    get: async (id) => {
      await clock.sleep(20)
      return store.get(id)
    },
  }
  const checking = client({ store: slow }).checkStore()
  await clock.advance(20)
  expect(await checking).toEqual({
    latencyMs: 20,
    can: { due: true, list: true, count: true, changed: true, watch: true, check: true },
    findings: [],
  })
  const { get, compareAndSet } = store
  expect((await client({ store: { get, compareAndSet } }).checkStore()).can).toEqual({
    due: false,
    list: false,
    count: false,
    changed: false,
    watch: false,
    check: false,
  })
  await connect(client())
  await client().checkStore({ write: true })
  expect((await store.list({ limit: 10 })).ids).toEqual(['1001:11'])
})

test('what checkStore() writes is never listed as an installation', async () => {
  const { client, store } = createScene()
  const seen: unknown[] = []
  const oauth = client()
  const watched: TokenStore = {
    ...store,
    compareAndSet: async (id, expected, next) => {
      const isWritten = await store.compareAndSet(id, expected, next)
      await oauth.reseal({ onResult: (result) => seen.push(result) })
      seen.push(...(await collected(oauth.installations())))
      return isWritten
    },
  }
  await client({ store: watched }).checkStore({ write: true })
  expect(seen).toEqual([])
})

test.each([false, true])(
  'checkStore() rejects with store_unavailable if the store does not answer (write: %s)',
  async (write) => {
    const { client, store } = createScene()
    const down = async () => {
      throw new Error('down')
    }
    const oauth = client({ store: { ...store, get: down, compareAndSet: down } })
    expect(await failure(oauth.checkStore({ write }))).toBe('store_unavailable')
  },
)

type CompareAndSet = TokenStore['compareAndSet']

describe('checkStore({ write: true }) finds a store that', () => {
  test.each<[string, RegExp, (sound: CompareAndSet, store: TokenStore) => CompareAndSet]>([
    [
      'overwrites what is there',
      /must not create/,
      (sound, store) => async (id, expected, next) => {
        const found = await store.get(id)
        return sound(id, expected ?? found?.version, next)
      },
    ],
    [
      'does not compare',
      /must not replace/,
      (sound, store) => async (id, _, next) => sound(id, (await store.get(id))?.version, next),
    ],
    [
      'deletes whatever is there',
      /must not delete/,
      (sound, store) => async (id, expected, next) =>
        sound(id, next === undefined ? (await store.get(id))?.version : expected, next),
    ],
    ['reports a write that it did not make', /must give back|exactly one/, () => async () => true],
    ['never writes', /exactly one/, () => async () => false],
    [
      'cuts long values',
      /unchanged/,
      (sound) => (id, expected, next) =>
        sound(id, expected, next && { ...next, value: next.value.slice(0, 255) }),
    ],
    [
      'does not delete',
      /must not give back a deleted record/,
      (sound) => async (id, expected, next) => next === undefined || sound(id, expected, next),
    ],
  ])('%s', async (_, problem, broken) => {
    const { client } = createScene()
    const store = memoryStore()
    const sound = store.compareAndSet.bind(store)
    const oauth = client({ store: { ...store, compareAndSet: broken(sound, store) } })
    expect(await rejection(oauth.checkStore({ write: true }))).toSatisfy(
      (error) =>
        error instanceof ConfigurationError &&
        error.code === 'unsupported_by_store' &&
        error.problems.some((text) => problem.test(text)),
    )
    await oauth.checkStore()
  })
})
