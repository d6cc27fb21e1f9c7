import { describe, expect, test, vi } from 'vitest'
import type { AccessTokens, KeptAlive } from '../../../src/client/tokens/access-tokens.ts'
import { KeepAliveTally, type KeepAliveResult } from '../../../src/client/tokens/keep-alive-report.ts'
import { KeepAliveRun, type RunOptions } from '../../../src/client/tokens/keep-alive-run.ts'
import type { TokenEndpoint } from '../../../src/client/tokens/token-endpoint.ts'
import { StoreError } from '../../../src/errors.ts'
import { memoryStore, type InstallationId, type TokenStore } from '../../../src/index.ts'
import type { TokenAnswer } from '../../../src/protocol/token-answer.ts'
import type { DueEntry } from '../../../src/store/store.ts'
import { settingsOf } from '../settings.ts'
import { runningClock } from './running-clock.ts'

const day = 86_400_000
const refreshed: KeptAlive = { type: 'refreshed' }
const away = () => new StoreError('store_unavailable', 'The store is away.')

interface Scene {
  /** What is due. */
  readonly ids?: readonly InstallationId[]
  readonly foresee?: (id: InstallationId) => Promise<KeptAlive>
  readonly keep?: (id: InstallationId) => Promise<KeptAlive>
  readonly due?: (before: number) => Promise<DueEntry[]>
  readonly store?: Partial<TokenStore>
  readonly options?: Partial<RunOptions>
  /** What Pipedrive answers to the question whether this is an outage. */
  readonly answer?: TokenAnswer
}

/** A run over installations whose tokens are not real. */
function createRun({
  ids = [],
  foresee,
  keep,
  due,
  store = {},
  options,
  answer = { type: 'refused' },
}: Scene) {
  const { clock, ...time } = runningClock()
  const results: KeepAliveResult[] = []
  const calls: string[] = []
  const tokens = {
    saveUnsaved: vi.fn(async (id: InstallationId) => void calls.push(`save ${id}`)),
    foreseeKeepAlive: vi.fn(async (id: InstallationId, _before: number) => {
      calls.push(`foresee ${id}`)
      return (await foresee?.(id)) ?? refreshed
    }),
    keepAlive: vi.fn(async (id: InstallationId, _before: number) => {
      calls.push(`keep ${id}`)
      return (await keep?.(id)) ?? refreshed
    }),
  }
  const inner = { ...memoryStore(), ...store }
  const settings = { ...settingsOf({ store: inner, logger: false }), clock }
  const asked = vi.fn(async () => answer)
  const read = vi.fn(due ?? (async () => ids.map((id) => ({ id, dueAt: 1 }))))
  const parts = {
    settings,
    tokens: tokens as unknown as AccessTokens,
    endpoint: { tokens: asked } as unknown as TokenEndpoint,
    tally: new KeepAliveTally(settings.log, (result) => void results.push(result)),
    due: read,
  }
  const horizon = time.time.now + 15 * day
  const run = new KeepAliveRun(
    parts,
    { dueBefore: horizon, atLeast: 0, horizon },
    { concurrency: 1, perSecond: Infinity, signal: undefined, dryRun: false, ...options },
  )
  return { asked, calls, horizon, read, results, run, tokens, ...time }
}

const failed = (code: Extract<KeptAlive, { type: 'failed' }>['code'], more: object = {}) =>
  ({ type: 'failed', code, ...more }) as const

describe('a run', () => {
  test('saves what is unsaved, foresees what will be done, and then refreshes', async () => {
    const compareAndSet = vi.fn(async () => true)
    const { calls, horizon, results, run, tokens } = createRun({ ids: ['1:1'], store: { compareAndSet } })
    expect(await run.refresh()).toBeUndefined()
    expect(compareAndSet).not.toHaveBeenCalled()
    expect(calls).toEqual(['save 1:1', 'foresee 1:1', 'keep 1:1'])
    expect(tokens.keepAlive).toHaveBeenCalledWith('1:1', horizon)
    expect(results).toEqual([{ id: '1:1', outcome: 'refreshed' }])
  })

  test('changes nothing if it only says what it would do', async () => {
    const compareAndSet = vi.fn(async () => true)
    const foresee = async (id: InstallationId) => (id === '1:1' ? refreshed : ({ type: 'absent' } as const))
    const dry = { ids: ['1:1', '2:1'] as const, foresee, store: { compareAndSet }, options: { dryRun: true } }
    const { calls, results, run } = createRun(dry)
    await run.refresh()
    expect(calls.toSorted()).toEqual(['foresee 1:1', 'foresee 2:1'])
    expect(results.map(({ outcome }) => outcome).toSorted()).toEqual(['absent', 'refreshed'])
    expect(compareAndSet).not.toHaveBeenCalled()
  })

  test('leaves alone what is to be skipped, and lets the store remove what is absent', async () => {
    const compareAndSet = vi.fn(async () => true)
    const kinds: Record<string, KeptAlive> = {
      '1:1': { type: 'skipped', reason: 'refreshed_elsewhere' },
      '2:1': { type: 'absent' },
    }
    const ids = ['1:1', '2:1'] as const
    const scene = createRun({ ids, foresee: async (id) => kinds[id] ?? refreshed, store: { compareAndSet } })
    await scene.run.refresh()
    expect(scene.tokens.keepAlive).not.toHaveBeenCalled()
    expect(compareAndSet.mock.calls).toEqual([['2:1', undefined, undefined]])
    expect(scene.results).toContainEqual({ id: '1:1', outcome: 'skipped', reason: 'refreshed_elsewhere' })
    expect(scene.results).toContainEqual({ id: '2:1', outcome: 'absent' })
  })

  test('works on as many at the same time as `concurrency` says', async () => {
    const ids = Array.from({ length: 9 }, (_, index) => `${index + 1}:1` as const)
    let [running, most] = [0, 0]
    const keep = async () => {
      most = Math.max(most, ++running)
      await new Promise(setImmediate)
      running--
      return refreshed
    }
    const { results, run } = createRun({ ids, keep, options: { concurrency: 3 } })
    await run.refresh()
    expect([most, results.length]).toEqual([3, 9])
  })

  test('passes on an error that is not of this library', async () => {
    const broken = new TypeError('a mistake')
    await expect(createRun({ ids: ['1:1'], keep: () => Promise.reject(broken) }).run.refresh()).rejects.toBe(
      broken,
    )
  })
})

describe('a run tries again', () => {
  test('once after a failure that may pass, when that says or after policy.cooldownMs', async () => {
    const answers: KeptAlive[] = [failed('token_endpoint_timeout', { retryAfterMs: 3_000 }), refreshed]
    const { results, run, sleeps } = createRun({ ids: ['1:1'], keep: async () => answers.shift()! })
    expect(await run.refresh()).toBeUndefined()
    expect([results, sleeps]).toEqual([[{ id: '1:1', outcome: 'refreshed' }], [3_000]])

    const stored = createRun({ ids: ['1:1'], keep: () => Promise.reject(away()) })
    await stored.run.refresh()
    expect([stored.results, stored.sleeps]).toEqual([
      [{ id: '1:1', outcome: 'failed', code: 'store_unavailable' }],
      [1_000],
    ])
    expect(stored.tokens.keepAlive).toHaveBeenCalledTimes(2)
  })

  test.each([
    ['request_rejected', { retryAfterMs: 5 }],
    ['unreadable_record', {}],
    ['reauthorization_required', {}],
    ['token_endpoint_unavailable', {}],
  ] as const)('not after %s %j', async (code, more) => {
    const { results, run, tokens } = createRun({ ids: ['1:1'], keep: async () => failed(code, more) })
    await run.refresh()
    expect(tokens.keepAlive).toHaveBeenCalledTimes(1)
    expect(results).toEqual([{ id: '1:1', outcome: 'failed', code }])
  })

  test('nine times after Pipedrive asked to wait', async () => {
    const limited = failed('token_endpoint_unavailable', { retryAfterMs: 50, holdUp: { ms: 50 } })
    const { results, run, tokens } = createRun({ ids: ['1:1'], keep: async () => limited })
    expect(await run.refresh()).toBeUndefined()
    expect(tokens.keepAlive).toHaveBeenCalledTimes(10)
    expect(results).toEqual([{ id: '1:1', outcome: 'failed', code: 'token_endpoint_unavailable' }])
  })

  test('no more once it has ended, and reports what had failed before', async () => {
    const stop = new AbortController()
    const { results, run, time, tokens } = createRun({
      ids: ['1:1'],
      keep: async () => failed('token_endpoint_timeout', { retryAfterMs: 50 }),
      options: { signal: stop.signal },
    })
    time.whileAsleep = () => stop.abort()
    expect(await run.refresh()).toEqual({ reason: 'signal' })
    expect(tokens.keepAlive).toHaveBeenCalledTimes(1)
    expect(results).toEqual([{ id: '1:1', outcome: 'failed', code: 'token_endpoint_timeout' }])
  })

  test('asks about an outage after three failures, and after no three refusals', async () => {
    const ids = ['1:1', '2:1', '3:1'] as const
    const temporary = createRun({ ids, keep: async () => failed('malformed_response', { retryAfterMs: 1 }) })
    await temporary.run.refresh()
    expect(temporary.asked).toHaveBeenCalled()
    const refusals = createRun({ ids, keep: async () => failed('reauthorization_required') })
    await refusals.run.refresh()
    expect(refusals.asked).not.toHaveBeenCalled()
  })

  test('takes nothing more once the answer has ended it', async () => {
    const ids = Array.from({ length: 9 }, (_, index) => `${index + 1}:1` as const)
    const keep = async () => failed('malformed_response', { retryAfterMs: 1 })
    const answer = { type: 'failed', code: 'client_rejected' } as const
    const { run, tokens } = createRun({ ids, keep, answer })
    expect(await run.refresh()).toEqual({ reason: 'outage', code: 'client_rejected' })
    expect(tokens.foreseeKeepAlive).toHaveBeenCalledTimes(3)
  })

  test.each([
    ['a refusal: Pipedrive has answered', failed('reauthorization_required'), 0],
    ['a success', refreshed, 0],
    ['a grant that was forgotten: nobody was asked', { type: 'forgotten' }, 1],
    ['a record that cannot be opened: nobody was asked', failed('unreadable_record'), 1],
  ] as const)('counts two failures and a third, with %s in between', async (_, between, questions) => {
    const failure = failed('request_rejected', { retryAfterMs: 1 })
    const answers: KeptAlive[] = [failure, failure, between, failure]
    const ids = ['1:1', '2:1', '3:1', '4:1'] as const
    const { asked, results, run } = createRun({ ids, keep: async () => answers.shift() ?? refreshed })
    await run.refresh()
    expect([results.length, asked.mock.calls.length]).toEqual([4, questions])
  })

  test('waits before the next refresh when Pipedrive asked to wait', async () => {
    const answers = [failed('token_endpoint_unavailable', { retryAfterMs: 50, holdUp: { ms: 9_000 } })]
    const keep = async () => answers.shift() ?? refreshed
    const { run, sleeps } = createRun({ ids: ['1:1', '2:1'], keep })
    await run.refresh()
    expect(sleeps.reduce((sum, ms) => sum + ms, 0)).toBeGreaterThanOrEqual(9_000)
  })

  test('takes no turn to forget a grant', async () => {
    const forgotten = async () => ({ type: 'forgotten' }) as const
    const ids = ['1:1', '2:1', '3:1'] as const
    const scene = { ids, foresee: forgotten, keep: forgotten, options: { perSecond: 0.001 } }
    const { results, run, sleeps } = createRun(scene)
    await run.refresh()
    expect([results.length, sleeps]).toEqual([3, []])
  })
})

describe('a run whose turn does not come', () => {
  test.each([
    [undefined, []],
    ['token_endpoint_timeout', [{ id: '1:1', outcome: 'failed', code: 'token_endpoint_timeout' }]],
  ] as const)('reports only what had failed before: %s', async (code, reported) => {
    const stop = new AbortController()
    let foreseen = 0
    const { results, run, tokens } = createRun({
      ids: ['1:1'],
      foresee: async () => {
        if (++foreseen === (code === undefined ? 1 : 2)) stop.abort()
        return refreshed
      },
      keep: async () => failed('token_endpoint_timeout', { retryAfterMs: 1 }),
      options: { signal: stop.signal },
    })
    expect(await run.refresh()).toEqual({ reason: 'signal' })
    expect(results).toEqual(reported)
    expect(tokens.keepAlive).toHaveBeenCalledTimes(code === undefined ? 0 : 1)
  })
})

describe('a page of the index that cannot be read', () => {
  test('is asked for again with pauses', async () => {
    const failures = [away(), away()]
    const due = async () => {
      const error = failures.shift()
      if (error !== undefined) throw error
      return [{ id: '1:1' as const, dueAt: 1 }]
    }
    const { results, run, sleeps } = createRun({ due })
    expect(await run.refresh()).toBeUndefined()
    expect([results.length, sleeps]).toEqual([1, [1_000]])
  })

  test('ends the run if that lasts', async () => {
    const { results, run } = createRun({ due: () => Promise.reject(away()) })
    expect(await run.refresh()).toEqual({ reason: 'outage', code: 'store_unavailable' })
    expect(results).toEqual([])
  })

  test('fails the run if the store has another fault', async () => {
    const fault = new StoreError('unreadable_record', 'What is this?')
    const { run, sleeps } = createRun({ due: () => Promise.reject(fault) })
    await expect(run.refresh()).rejects.toBe(fault)
    expect(sleeps).toEqual([])
  })

  test('is no longer that of the beginning once the clock was set back', async () => {
    const { horizon, read, run, time } = createRun({ ids: ['1:1'] })
    time.now -= 50 * day
    await run.refresh()
    expect(read.mock.calls[0]?.[0]).toBe(horizon - 5 * day)
  })
})

describe('a run forgets', () => {
  const dead = { type: 'forgotten' } as const

  /** A store whose list has pages of these ids. */
  function listing(...pages: readonly InstallationId[][]) {
    return vi.fn<NonNullable<TokenStore['list']>>(async ({ cursor }) => {
      const page = Number(cursor ?? 0)
      return { ids: [...pages[page]!], ...(page + 1 < pages.length && { cursor: `${page + 1}` }) }
    })
  }

  test('what has long been dead, of those that need attention, on every page', async () => {
    const list = listing(['1:1', '2:1'], ['3:1'])
    const foresee = async (id: InstallationId) => (id === '2:1' ? refreshed : dead)
    const { results, run, tokens } = createRun({ foresee, keep: async () => dead, store: { list } })
    expect(await run.forget()).toBeUndefined()
    expect(tokens.keepAlive.mock.calls).toEqual([
      ['1:1', 0],
      ['3:1', 0],
    ])
    expect(tokens.foreseeKeepAlive).toHaveBeenCalledWith('2:1', 0)
    expect(results).toEqual([
      { id: '1:1', outcome: 'forgotten' },
      { id: '3:1', outcome: 'forgotten' },
    ])
    expect(list.mock.calls.every(([query]) => query.attention === true)).toBe(true)
  })

  test('nothing if it only says what it would do, and nothing that has changed meanwhile', async () => {
    const store = { list: listing(['1:1']) }
    const dry = createRun({ foresee: async () => dead, store, options: { dryRun: true } })
    await dry.run.forget()
    expect([dry.results, dry.tokens.keepAlive.mock.calls]).toEqual([
      [{ id: '1:1', outcome: 'forgotten' }],
      [],
    ])
    const changed = createRun({ foresee: async () => dead, keep: async () => ({ type: 'absent' }), store })
    await changed.run.forget()
    expect(changed.results).toEqual([])
  })

  test('as many at the same time as `concurrency` says', async () => {
    const ids = Array.from({ length: 9 }, (_, index) => `${index + 1}:1` as const)
    let [running, most] = [0, 0]
    const foresee = async () => {
      most = Math.max(most, ++running)
      await new Promise(setImmediate)
      running--
      return refreshed
    }
    const { run, tokens } = createRun({ foresee, store: { list: listing(ids) }, options: { concurrency: 3 } })
    await run.forget()
    expect([most, tokens.foreseeKeepAlive.mock.calls.length]).toEqual([3, 9])
  })

  test('no more after its signal, and reads no further page', async () => {
    const stop = new AbortController()
    const list = listing(['1:1', '2:1'], ['3:1'])
    const foresee = async () => {
      stop.abort()
      return refreshed
    }
    const { run, tokens } = createRun({ foresee, store: { list }, options: { signal: stop.signal } })
    expect(await run.forget()).toEqual({ reason: 'signal' })
    expect([tokens.foreseeKeepAlive.mock.calls.length, list.mock.calls.length]).toEqual([1, 1])
  })

  test('around records that cannot be opened, and asks nothing about them', async () => {
    const get = vi.fn(async () => undefined)
    const list = listing(['1:1', '2:1', '3:1', '4:1'])
    const fault = new StoreError('unreadable_record', 'It is damaged.')
    const { asked, results, run } = createRun({ foresee: () => Promise.reject(fault), store: { get, list } })
    expect(await run.forget()).toBeUndefined()
    expect([results, get.mock.calls, asked.mock.calls]).toEqual([[], [], []])
  })

  test('all others around a record whose deletion fails, and asks nothing about it', async () => {
    const get = vi.fn(async () => undefined)
    const list = listing(['1:1', '2:1', '3:1', '4:1'])
    const foresee = async () => ({ type: 'forgotten' }) as const
    const fault = new StoreError('unreadable_record', 'It was damaged in between.')
    const keep = (id: InstallationId) => (id === '4:1' ? foresee() : Promise.reject(fault))
    const { asked, results, run } = createRun({ foresee, keep, store: { get, list } })
    expect(await run.forget()).toBeUndefined()
    expect(results).toEqual([{ id: '4:1', outcome: 'forgotten' }])
    expect([get.mock.calls, asked.mock.calls]).toEqual([[], []])
  })

  test('nothing more in an outage of the store', async () => {
    const get = () => Promise.reject(new Error('down'))
    const ids = Array.from({ length: 9 }, (_, index) => `${index + 1}:1` as const)
    const store = { get, list: listing(ids) }
    const { run, tokens } = createRun({ foresee: () => Promise.reject(away()), store })
    expect(await run.forget()).toEqual({ reason: 'outage', code: 'store_unavailable' })
    expect(tokens.foreseeKeepAlive.mock.calls.length).toBeLessThan(9)
    const unlisted = createRun({ store: { list: get } })
    expect(await unlisted.run.forget()).toEqual({ reason: 'outage', code: 'store_unavailable' })
  })

  test('and passes on an error that is not of this library', async () => {
    const broken = new TypeError('a mistake')
    const store = { list: listing(['1:1']) }
    await expect(createRun({ foresee: () => Promise.reject(broken), store }).run.forget()).rejects.toBe(
      broken,
    )
  })
})
