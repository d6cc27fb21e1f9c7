import { describe, expect, test, vi } from 'vitest'
import type { Driver } from '../../../src/client/records/driver.ts'
import type { Records } from '../../../src/client/records/records.ts'
import { Refreshes } from '../../../src/client/tokens/refreshes.ts'
import type { TokenEndpoint } from '../../../src/client/tokens/token-endpoint.ts'
import { StoreError } from '../../../src/errors.ts'
import type { InstallationId, OAuthEvent } from '../../../src/index.ts'
import type { InstallationEffect, Refresh } from '../../../src/machine/installation/effect.ts'
import type { MachineEvent } from '../../../src/machine/installation/event.ts'
import type { TokenAnswer } from '../../../src/protocol/token-answer.ts'
import { activeState, hour } from '../records/active-state.ts'
import { settingsOf } from '../settings.ts'
import { runningClock } from './running-clock.ts'

const id: InstallationId = '1:2'
const notified = { type: 'notify', change: { type: 'forgotten' } } as unknown as InstallationEffect
const away = () => new StoreError('store_unavailable', 'The store is away.')
const renewed = (accessToken: string, obtainedAt: number) =>
  ({ type: 'granted', tokens: { accessToken, obtainedAt, expiresAt: obtainedAt + hour } }) as const

/** Refreshes whose answers and saves are as a test says: at first, granted and saved. `waits`: something waits for all work. */
function createScene({ waits = true } = {}) {
  const { clock, sleeps, startAt, time } = runningClock()
  const events: OAuthEvent[] = []
  const kept: Promise<unknown>[] = []
  const waitUntil = (work: Promise<unknown>) => void kept.push(work)
  const onEvent = (event: OAuthEvent) => void events.push(event)
  const settings = {
    ...settingsOf({ logger: false, onEvent }),
    clock,
    waitUntil: waits ? waitUntil : undefined,
  }
  const answers: TokenAnswer[] = []
  const asked = vi.fn(
    async (_grant: unknown, _deadline: number): Promise<TokenAnswer> =>
      answers.shift() ?? (renewed('new', time.now) as TokenAnswer),
  )
  /** What the next saves fail with. */
  const failures: unknown[] = []
  let effects: readonly InstallationEffect[] = [notified]
  let isReplaced = false
  const save = vi.fn(async (_id: InstallationId, event: MachineEvent, _options?: object) => {
    const failure = failures.shift()
    if (failure !== undefined) throw failure
    const state = activeState(startAt)
    const next = event.type === 'refreshed' && !isReplaced ? { ...state, tokens: event.tokens } : state
    return { before: undefined, next, effects }
  })
  const origin = () => ({ at: time.now, process: 7, clientId: 'a-client' })
  const ended = new Set<string>()
  const refreshes = new Refreshes(
    settings,
    { submitToRemembered: save, origin } as unknown as Driver,
    { hasEnded: (_: InstallationId, grantId: string) => ended.has(grantId) } as unknown as Records,
    { tokens: asked } as unknown as TokenEndpoint,
  )
  const order: Refresh = {
    type: 'refresh',
    grantId: 'grant',
    generation: 0,
    tokens: activeState(startAt).tokens,
    lease: { holder: 'ours', until: startAt + 30_000 },
  }
  const told = (type: OAuthEvent['type']) => events.filter((event) => event.type === type)
  const changesNothing = () => (effects = [])
  /** From now on, the record has the tokens of another process. */
  const isReplacedElsewhere = () => {
    isReplaced = true
    changesNothing()
  }
  return {
    answers,
    asked,
    changesNothing,
    ended,
    events,
    failures,
    isReplacedElsewhere,
    kept,
    order,
    refreshes,
    save,
    sleeps,
    startAt,
    time,
    told,
  }
}

describe('a refresh', () => {
  test('is sent with the refresh token of its order, to end before its lease', async () => {
    const { asked, events, order, refreshes, save, startAt } = createScene()
    expect(await refreshes.begin(id, order)).toEqual([notified])
    expect(asked.mock.calls).toEqual([
      [{ type: 'refresh_token', refreshToken: 'refresh-0' }, startAt + 30_000 - 5_000],
    ])
    expect(save.mock.calls[0]?.[1]).toMatchObject({
      type: 'refreshed',
      by: 'ours',
      grantId: 'grant',
      generation: 0,
      tokens: { accessToken: 'new', refreshToken: 'refresh-0' },
    })
    expect(events.map(({ type }) => type)).toEqual(['refresh_started'])
  })

  test('says at its save whether anybody waits for it', async () => {
    const { order, refreshes, save } = createScene()
    await refreshes.begin(id, order)
    await refreshes.begin(id, order, undefined, true)
    const about = save.mock.calls.map(([, , options]) => options)
    expect(about).toMatchObject([{ about: { inBackground: false } }, { about: { inBackground: true } }])
  })

  test('needs nothing that waits for its end', async () => {
    const { events, kept, order, refreshes } = createScene({ waits: false })
    await refreshes.begin(id, order)
    await refreshes.settled()
    expect([kept, events.map(({ type }) => type)]).toEqual([[], ['refresh_started']])
  })

  test('runs until it is saved, for its own installation alone', async () => {
    const { kept, order, refreshes } = createScene()
    const own: Promise<unknown>[] = []
    const handedOut = refreshes.begin(id, order, (work) => void own.push(work))
    expect([refreshes.running('9:9'), refreshes.running(id)]).toEqual([undefined, expect.any(Promise)])
    await handedOut
    await refreshes.settled()
    expect(refreshes.running(id)).toBeUndefined()
    expect([kept.length, own]).toEqual([1, kept])
  })

  test('goes on as the running one when an earlier one has ended', async () => {
    const { asked, order, refreshes } = createScene()
    const late = Promise.withResolvers<TokenAnswer>()
    const first = refreshes.begin(id, order)
    asked.mockImplementationOnce(() => late.promise)
    void refreshes.begin(id, order)
    await first
    await new Promise(setImmediate)
    expect(refreshes.running(id)).toBeDefined()
    late.resolve({ type: 'refused' })
    await refreshes.settled()
    expect(refreshes.running(id)).toBeUndefined()
  })

  test('is waited for by settled() also if other work begins it', async () => {
    const { asked, order, refreshes, save, startAt } = createScene()
    asked.mockImplementationOnce(async () => {
      await new Promise(setImmediate)
      return renewed('new', startAt) as TokenAnswer
    })
    refreshes.follow(
      Promise.resolve().then(() => void refreshes.begin(id, order)),
      undefined,
    )
    await refreshes.settled()
    expect(save).toHaveBeenCalledTimes(1)
  })

  test('tells of an API domain that is not trusted', async () => {
    const { answers, order, refreshes, startAt, told } = createScene()
    answers.push({ ...renewed('new', startAt), untrustedApiDomain: 'https://evil.example' } as TokenAnswer)
    await refreshes.begin(id, order)
    expect(told('untrusted_api_domain')).toMatchObject([
      { installationId: id, apiDomain: 'https://evil.example' },
    ])
  })

  test('leaves why it failed, until the next one succeeds', async () => {
    const { answers, order, refreshes } = createScene()
    const cause = new Error('Pipedrive answered 502')
    answers.push({ type: 'failed', code: 'token_endpoint_unavailable', cause })
    await refreshes.begin(id, order)
    expect([refreshes.causeOf(id), refreshes.causeOf('9:9')]).toEqual([cause, undefined])
    await refreshes.begin(id, order)
    expect(refreshes.causeOf(id)).toBeUndefined()
  })
})

describe('tokens that cannot be saved', () => {
  test('are handed out, and saved a moment later: events say so, and for how long', async () => {
    const { failures, order, refreshes, told } = createScene()
    failures.push(away(), away())
    const [handedOut] = await refreshes.begin(id, order)
    expect(handedOut).toMatchObject({ type: 'deliver', accessToken: 'new' })
    await refreshes.settled()
    expect([refreshes.hasUnsaved, refreshes.unsavedCount]).toEqual([false, 0])
    expect(told('save_failed')).toMatchObject([{ code: 'store_unavailable', durationMs: 0 }])
    expect(told('save_recovered')).toMatchObject([{ durationMs: 50 + 100 }])
    expect(told('refresh_discarded')).toEqual([])
  })

  /** A scene in which the store stays away for the whole lease. */
  async function createUnsaved() {
    const scene = createScene()
    scene.failures.push(...Array.from({ length: 1_000 }, away))
    await scene.refreshes.begin(id, scene.order)
    await scene.refreshes.settled()
    scene.failures.length = 0
    return scene
  }

  test('stay in memory after the lease, and serve who does not reject them', async () => {
    const { refreshes, time } = await createUnsaved()
    expect([refreshes.hasUnsaved, refreshes.unsavedCount]).toEqual([true, 1])
    expect(refreshes.unsavedToken(id, undefined)?.accessToken).toBe('new')
    expect([refreshes.unsavedToken(id, 'new'), refreshes.unsavedToken('9:9', undefined)]).toEqual([
      undefined,
      undefined,
    ])
    time.now += hour
    expect(refreshes.unsavedToken(id, undefined)).toBeUndefined()
  })

  test('are saved at their next use, which counts from the first failure', async () => {
    const { refreshes, startAt, time, told } = await createUnsaved()
    await refreshes.saveUnsaved(id)
    await refreshes.saveUnsaved(id)
    expect(refreshes.unsavedCount).toBe(0)
    expect(told('save_recovered')).toMatchObject([{ durationMs: time.now - startAt }])
    expect(time.now - startAt).toBeGreaterThan(20_000)
  })

  test('are saved until the instant that the caller names', async () => {
    const { refreshes, save, time } = await createUnsaved()
    await refreshes.saveUnsaved(id, time.now + 700)
    expect(save.mock.lastCall?.[2]).toMatchObject({ until: time.now + 700 })
  })

  test('are not told to be saved once others took their place, nor to be discarded before', async () => {
    const { isReplacedElsewhere, refreshes, told } = await createUnsaved()
    expect(told('refresh_discarded')).toEqual([])
    isReplacedElsewhere()
    await refreshes.saveUnsaved(id)
    expect([refreshes.unsavedCount, told('save_recovered')]).toEqual([0, []])
  })

  test('are discarded once their grant has ended', async () => {
    const { ended, refreshes, save } = await createUnsaved()
    ended.add('grant')
    expect(refreshes.unsavedToken(id, undefined)).toBeUndefined()
    const before = save.mock.calls.length
    await refreshes.saveUnsaved(id)
    expect([refreshes.unsavedCount, save.mock.calls.length]).toEqual([0, before])
  })

  test('are handed out if no store or key service answers, and not if the record cannot be opened', async () => {
    const { failures, order, refreshes } = createScene()
    const handedOutAfter = async (error: unknown) => {
      failures.push(error)
      const effects = await refreshes.begin(id, order)
      await refreshes.settled()
      return effects.map(({ type }) => type)
    }
    expect(await handedOutAfter(new TypeError('a mistake'))).toEqual(['deliver'])
    expect(await handedOutAfter(new StoreError('secrets_unavailable', 'No answer.'))).toEqual(['deliver'])
    expect(await handedOutAfter(new StoreError('unreadable_record', 'It is damaged.'))).toEqual([])
  })
})

describe('an answer is told to be discarded', () => {
  test.each([
    [renewed('new', 1_000_000) as TokenAnswer, { outcome: 'refreshed' }],
    [{ type: 'refused', cause: new Error('why') } as TokenAnswer, { outcome: 'refused', cause: 'why' }],
    [{ type: 'failed', code: 'token_endpoint_timeout' } as TokenAnswer, { outcome: 'failed' }],
  ])('if it changes nothing: $type', async (answer, said) => {
    const { answers, changesNothing, order, refreshes, told } = createScene()
    answers.push(answer)
    changesNothing()
    await refreshes.begin(id, order)
    const [event, ...more] = told('refresh_discarded')
    expect([event, more]).toMatchObject([{ installationId: id, durationMs: 0, ...said }, []])
    expect('cause' in event!).toBe('cause' in said)
  })

  test('if it is a refusal that cannot be saved within the lease', async () => {
    const { answers, failures, order, refreshes, told } = createScene()
    answers.push({ type: 'refused' })
    failures.push(...Array.from({ length: 1_000 }, away))
    expect(await refreshes.begin(id, order)).toEqual([])
    await refreshes.settled()
    expect(told('refresh_discarded')).toMatchObject([{ outcome: 'refused' }])
    expect([refreshes.hasUnsaved, told('save_failed')]).toEqual([false, []])
  })

  test('and not if it was saved by another caller', async () => {
    const { changesNothing, failures, order, refreshes, told } = createScene()
    failures.push(away())
    changesNothing()
    await refreshes.begin(id, order)
    await refreshes.settled()
    expect(told('refresh_discarded')).toEqual([])
  })
})
