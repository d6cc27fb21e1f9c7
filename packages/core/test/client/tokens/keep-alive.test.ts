import { describe, expect, test, vi } from 'vitest'
import type { AccessTokens, KeptAlive } from '../../../src/client/tokens/access-tokens.ts'
import { keepAlive, type KeepAliveOptions } from '../../../src/client/tokens/keep-alive.ts'
import type { TokenEndpoint } from '../../../src/client/tokens/token-endpoint.ts'
import {
  InvalidArgumentError,
  memoryStore,
  type InstallationId,
  type OAuthEvent,
  type TokenStore,
} from '../../../src/index.ts'
import type { DueEntry } from '../../../src/store/store.ts'
import { settingsOf } from '../settings.ts'
import { runningClock } from './running-clock.ts'

const day = 86_400_000

interface Scene {
  /** When the records are due, in days from now. */
  readonly dueIn?: readonly number[]
  readonly keep?: (id: InstallationId) => KeptAlive
  readonly store?: { [Method in keyof TokenStore]?: TokenStore[Method] | undefined }
  readonly forgetAfterMs?: number
}

/** Runs over an index whose entries go away when they are refreshed. */
function createScene({ dueIn = [], keep = () => ({ type: 'refreshed' }), store, forgetAfterMs = 0 }: Scene) {
  const { clock, time, startAt, sleeps } = runningClock()
  let entries = dueIn.map((days, index): DueEntry => ({ id: `${index + 1}:1`, dueAt: startAt + days * day }))
  const due = vi.fn(async (before: number, limit: number, after?: DueEntry) =>
    entries
      .filter(({ dueAt }) => dueAt < before && (after === undefined || dueAt > after.dueAt))
      .slice(0, limit),
  )
  const count = vi.fn(async (query: object) => {
    const { dueBefore } = query as { dueBefore: number }
    return entries.filter(({ dueAt }) => dueAt < dueBefore).length
  })
  let [running, most] = [0, 0]
  const tokens = {
    saveUnsaved: async () => {},
    foreseeKeepAlive: vi.fn(async (_id: InstallationId, _before: number) => ({ type: 'refreshed' })),
    keepAlive: vi.fn(async (id: InstallationId) => {
      most = Math.max(most, ++running)
      await new Promise(setImmediate)
      running--
      const kept = keep(id)
      if (kept.type === 'refreshed') entries = entries.filter((entry) => entry.id !== id)
      return kept
    }),
  }
  const events: OAuthEvent[] = []
  const settings = {
    ...settingsOf({
      store: { ...memoryStore(), due, count, ...store } as TokenStore,
      logger: false,
      policy: { forgetAfterMs },
      onEvent: (event) => void events.push(event),
    }),
    clock,
  }
  const endpoint = { tokens: async () => ({ type: 'refused' }) } as unknown as TokenEndpoint
  const run = (options: KeepAliveOptions = {}) =>
    keepAlive(tokens as unknown as AccessTokens, endpoint, settings, options)
  return { count, due, events, mostAtOnce: () => most, run, sleeps, startAt, time, tokens }
}

test('a run refreshes four at a time what is due within 15 days, and tells of it', async () => {
  const { events, mostAtOnce, run } = createScene({ dueIn: [1, 2, 3, 4, 5, 6, 14.9, 15, 40] })
  expect(await run()).toEqual({
    dryRun: false,
    isComplete: true,
    refreshed: 7,
    skipped: 0,
    failed: 0,
    forgotten: 0,
    absent: 0,
    failures: [],
    left: 0,
    durationMs: 0,
  })
  expect(mostAtOnce()).toBe(4)
  expect(events).toMatchObject([{ type: 'kept_alive', refreshed: 7, left: 0, codes: [] }])
  for (const name of ['dryRun', 'isComplete', 'failures']) expect(events[0]).not.toHaveProperty(name)
})

test('a run without changes tells of nothing', async () => {
  const { events, run, tokens } = createScene({ dueIn: [1] })
  expect(await run({ dryRun: true })).toMatchObject({ dryRun: true, refreshed: 1, left: 1 })
  expect([events, tokens.keepAlive.mock.calls]).toEqual([[], []])
})

test('an event of a run names the code of each kind of failure once', async () => {
  const keep = (id: InstallationId): KeptAlive => ({
    type: 'failed',
    code: id === '1:1' ? 'unreadable_record' : 'unknown_key',
  })
  const { events, run } = createScene({ dueIn: [1, 2, 3], keep })
  expect(await run()).toMatchObject({ isComplete: false, failed: 3, left: 3 })
  const kept = events.find(({ type }) => type === 'kept_alive') as unknown as { codes: string[] }
  expect(kept.codes.toSorted()).toEqual(['unknown_key', 'unreadable_record'])
})

test('a run tells how long it took, and takes no longer than perSecond asks for', async () => {
  const { run, sleeps } = createScene({ dueIn: [1, 2, 3] })
  expect(await run({ perSecond: 1 })).toMatchObject({ refreshed: 3, durationMs: 2_000 })
  expect(sleeps).toEqual([1_000, 1_000])
})

test('withinMs of 0 takes what has expired, and no more', async () => {
  const { run, tokens } = createScene({ dueIn: [-1, 1] })
  expect(await run({ withinMs: 0 })).toMatchObject({ refreshed: 1, left: 0 })
  expect(tokens.keepAlive.mock.calls.map(([id]) => id)).toEqual(['1:1'])
})

test('a run looks no further ahead than a refresh token lives', async () => {
  const { run, startAt, tokens } = createScene({ dueIn: [59, 61] })
  expect(await run({ withinMs: 100 * day })).toMatchObject({ refreshed: 1 })
  expect(tokens.foreseeKeepAlive.mock.calls).toEqual([['1:1', startAt + 60 * day]])
})

describe('a herd that will be due later', () => {
  /** Sixty or so that are due on one day, 10 days after what a run takes anyway. */
  const herd = (size: number) => Array.from({ length: size }, () => 25)

  test('is no herd below sixty', async () => {
    expect(await createScene({ dueIn: herd(59) }).run()).toMatchObject({ refreshed: 0 })
  })

  test('is thinned, as far as its day cannot take it', async () => {
    // Within 11 days, eleven days can take 2 each.
    expect(await createScene({ dueIn: herd(60) }).run()).toMatchObject({ refreshed: 60 - 2 * 11 })
  })

  test('is left alone if withinMs is given', async () => {
    expect(await createScene({ dueIn: herd(60) }).run({ withinMs: 15 * day })).toMatchObject({ refreshed: 0 })
  })

  test('is left alone if the store cannot count', async () => {
    const scene = createScene({ dueIn: [1, ...herd(60)], store: { count: undefined } })
    expect(await scene.run()).toMatchObject({ refreshed: 1, left: 0 })
  })

  test('costs four counts to rule out', async () => {
    const { count, run, startAt } = createScene({ dueIn: [1, 2] })
    await run()
    const days = count.mock.calls.map(
      ([query]) => ((query as { dueBefore: number }).dueBefore - startAt) / day,
    )
    expect(days.slice(0, 2)).toEqual([15, 45])
    expect(days.at(-1)).toBe(15)
    expect(days).toHaveLength(4)
  })
})

describe('what is left', () => {
  test('is counted by pages of a thousand if the store cannot count', async () => {
    for (const size of [999, 1_000, 1_001, 2_000]) {
      // Each at its own instant, so that a page can begin behind the last entry.
      const dueIn = Array.from({ length: size }, (_, index) => 1 + index / 1_000)
      const stop = new AbortController()
      stop.abort()
      const { run } = createScene({ dueIn, store: { count: undefined } })
      expect(await run({ signal: stop.signal })).toMatchObject({
        left: size,
        stopped: { reason: 'signal' },
        isComplete: false,
      })
    }
  })

  test('names the soonest expiry that is still to come', async () => {
    const { run, startAt } = createScene({
      dueIn: [-3, 2, 4],
      keep: () => ({ type: 'failed', code: 'unreadable_record' }),
    })
    expect(await run()).toMatchObject({ left: 3, soonestExpiryAt: startAt + 2 * day })
    expect(await createScene({ dueIn: [-3] }).run()).not.toHaveProperty('soonestExpiryAt')
  })

  test.each([
    [true, { left: 2 }],
    [false, {}],
  ])(
    'follows from the beginning if the store does not answer at the end (it counts: %s)',
    async (counts, left) => {
      const entries: DueEntry[] = [1, 2, 3].map((company) => ({ id: `${company}:1`, dueAt: 1 }))
      let isDown = false
      const due = async () => {
        if (isDown) throw new Error('down')
        return entries
      }
      const keep = (id: InstallationId): KeptAlive => {
        isDown = true
        return id === '2:1' ? { type: 'refreshed' } : { type: 'failed', code: 'unreadable_record' }
      }
      const report = await createScene({
        keep,
        store: { due, count: counts ? async () => 3 : undefined },
      }).run({ withinMs: day })
      expect(report).toMatchObject({ refreshed: 1, failed: 2, ...left })
      expect('left' in report).toBe(counts)
    },
  )
})

describe('a run forgets', () => {
  const list = () => vi.fn(async () => ({ ids: [] }))

  test.each([
    [day, 1],
    [0, 0],
  ])('with a policy.forgetAfterMs of %i: it lists %i times', async (forgetAfterMs, times) => {
    const listed = list()
    await createScene({ store: { list: listed }, forgetAfterMs }).run()
    expect(listed).toHaveBeenCalledTimes(times)
  })

  test('nothing over a store without list', async () => {
    const { run } = createScene({ dueIn: [1], store: { list: undefined }, forgetAfterMs: day })
    expect(await run()).toMatchObject({ isComplete: true, refreshed: 1 })
  })

  test('nothing once it has ended early', async () => {
    const listed = list()
    const stop = new AbortController()
    stop.abort()
    await createScene({ dueIn: [1], store: { list: listed }, forgetAfterMs: day }).run({
      signal: stop.signal,
    })
    expect(listed).not.toHaveBeenCalled()
  })
})

describe('a run refuses', () => {
  test.each([
    ['withinMs', [-1, Infinity, Number.NaN, '5', null]],
    ['concurrency', [0, 1.5, 1_001, '4']],
    ['perSecond', [0, -1, Infinity, Number.NaN, '5']],
    ['signal', [{}, true]],
    ['dryRun', [1, 'yes']],
    ['onResult', ['log', {}]],
    ['concurency', [4]],
  ])('%s of %j, before it reads anything', async (name, values) => {
    for (const value of values) {
      const { due, run } = createScene({ dueIn: [1] })
      const refused = await run({ [name]: value }).catch((error: unknown) => error)
      expect(refused).toBeInstanceOf(InvalidArgumentError)
      expect(refused).toMatchObject({ problems: [expect.stringMatching(new RegExp(`^${name} `))] })
      expect(due).not.toHaveBeenCalled()
    }
  })

  test('a store without due, by name', async () => {
    const { run } = createScene({ store: { due: undefined } })
    await expect(run()).rejects.toMatchObject({
      code: 'unsupported_by_store',
      message: expect.stringContaining('needs a store that has the method due'),
    })
  })

  test('no value at the end of its range', async () => {
    for (const options of [{ withinMs: 0 }, { concurrency: 1 }, { concurrency: 1_000 }, { perSecond: 0.001 }])
      expect(await createScene({}).run(options)).toMatchObject({ isComplete: true })
  })
})
