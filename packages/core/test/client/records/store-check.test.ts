import { describe, expect, test } from 'vitest'
import { ConfigurationError, memoryStore, type TokenStore } from '../../../src/index.ts'
import { collected, createScene, failure, inTime, rejection } from '../../flow/scene.ts'
import { hangs, losesAnswer, rejects, troubledStore, type Trouble } from '../../flow/troubled-store.ts'

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

describe('F36 checkStore({ write: true }) leaves no record behind if the store fails midway', () => {
  const methods = ['get', 'compareAndSet'] as const
  const troubles: Record<string, Trouble> = {
    rejects,
    'loses its answer': losesAnswer,
    hangs,
    'does it late': async (work) => {
      await new Promise(setImmediate)
      await work()
      throw new Error('late')
    },
  }
  const kinds = methods.flatMap((method) =>
    Object.keys(troubles).flatMap((how) =>
      (how === 'hangs' ? [1] : [1, 2, 5]).map((times) => [method, how, times] as const),
    ),
  )

  test.each(kinds)('%s %s, %i in a row, from any call on', async (method, how, times) => {
    for (let nth = 1; nth <= 10; nth++) {
      const { client, clock, store } = createScene()
      const troubled = troubledStore(store)
      let calls = 0
      const met: Trouble = (work) => {
        calls++
        return calls >= nth && calls < nth + times ? troubles[how]!(work) : work()
      }
      troubled.meet(method, met)
      const background: Promise<unknown>[] = []
      const waitUntil = (work: Promise<unknown>) => void background.push(work)
      const oauth = client({ store: troubled.store, logger: false, waitUntil })
      const checking = oauth.checkStore({ write: true })
      await inTime(clock, Promise.allSettled([checking]))
      await inTime(clock, Promise.all(background))
      expect((await store.list({ limit: 10 })).ids).toEqual([])
    }
  })

  test('and says what the store said first', async () => {
    const { client, clock, store } = createScene()
    const troubled = troubledStore(store)
    troubled.meet('compareAndSet', rejects)
    const checking = rejection(client({ store: troubled.store, logger: false }).checkStore({ write: true }))
    expect(await inTime(clock, checking)).toMatchObject({
      code: 'store_unavailable',
      cause: { message: 'connect ECONNREFUSED 10.0.0.7:6379' },
    })
  })
})
