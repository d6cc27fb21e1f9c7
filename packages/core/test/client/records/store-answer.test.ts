import { manualClock } from '@pd/fake-pipedrive'
import { describe, expect, test } from 'vitest'
import { storeAnswer, storeDeadline } from '../../../src/client/records/store-answer.ts'
import { ConfigurationError, StoreError } from '../../../src/errors.ts'
import type { OAuthEvent } from '../../../src/index.ts'
import { settingsOf } from '../settings.ts'

function createScene() {
  const clock = manualClock()
  const events: OAuthEvent[] = []
  const settings = settingsOf({ clock, logger: false, onEvent: (event) => void events.push(event) })
  return { clock, events, settings, begin: clock.now() }
}

const never = () => new Promise<never>(() => {})
const failing = (error: Error) => async () => {
  throw error
}

describe('the store has to answer', () => {
  test.each([
    ['by the instant that is given', 2_000, 2_000],
    ['within storeTimeoutMs, if that is longer off, as after the clock was set back', 60_000, 5_000],
    ['within storeTimeoutMs, if the time is just over, because the process stood still', 0, 5_000],
    ['within storeTimeoutMs, if the time is long over', -60_000, 5_000],
  ])('%s', async (_, untilMs, afterMs) => {
    const { begin, clock, events, settings } = createScene()
    const answer = storeAnswer(settings, 'get', never, { until: begin + untilMs }).catch(String)
    await clock.advance(10_000)
    expect(events).toMatchObject([{ type: 'store_failed', at: begin + afterMs, durationMs: afterMs }])
    expect(await answer).toContain('did not answer within 5000 ms')
  })

  test('within storeTimeoutMs from now, if nothing is given', async () => {
    const { begin, clock, events, settings } = createScene()
    expect(storeDeadline(settings)).toBe(begin + 5_000)
    const answer = storeAnswer(settings, 'get', never).catch(String)
    await clock.advance(10_000)
    await answer
    expect(events).toMatchObject([{ at: begin + 5_000 }])
  })
})

describe('an event tells of a store that failed', () => {
  const cause = new Error('down')

  test('its operation and its cause, and nothing that is not known', async () => {
    const { begin, events, settings } = createScene()
    await expect(storeAnswer(settings, 'list', failing(cause))).rejects.toMatchObject({
      code: 'store_unavailable',
      message: expect.stringContaining('The token store failed in list().'),
      installationId: undefined,
      cause,
    })
    expect(events).toEqual([
      {
        type: 'store_failed',
        at: begin,
        operation: 'list',
        code: 'store_unavailable',
        durationMs: 0,
        cause: 'down',
      },
    ])
  })

  test('the installation, and that nobody gets the error', async () => {
    const { events, settings } = createScene()
    const question = { installationId: '1:2', inBackground: true } as const
    await expect(storeAnswer(settings, 'get', failing(cause), question)).rejects.toMatchObject({
      installationId: '1:2',
    })
    expect(events).toMatchObject([{ installationId: '1:2', inBackground: true }])
    await expect(storeAnswer(settings, 'get', failing(cause), { inBackground: false })).rejects.toThrow()
    expect(events[1]).not.toHaveProperty('inBackground')
  })
})

describe('the error of a store', () => {
  const cause = new Error('it sleeps')
  const own = new StoreError('store_unavailable', 'Wake the database up.', { retryAfterMs: 7_000, cause })

  test('is passed on as it is if it says what to do', async () => {
    const { settings } = createScene()
    await expect(storeAnswer(settings, 'get', failing(own))).rejects.toBe(own)
    const configuration = new ConfigurationError(['The table is missing'])
    await expect(
      storeAnswer(settings, 'get', failing(configuration), { installationId: '1:2' }),
    ).rejects.toBe(configuration)
  })

  test('gets the installation, and keeps its cause and when to try again', async () => {
    const { settings } = createScene()
    await expect(storeAnswer(settings, 'get', failing(own), { installationId: '1:2' })).rejects.toMatchObject(
      {
        message: expect.stringContaining('Wake the database up.'),
        installationId: '1:2',
        retryAfterMs: 7_000,
        cause,
      },
    )
  })

  test('counts as store_unavailable if a store has no right to its code', async () => {
    const { settings } = createScene()
    const foreign = new StoreError('unknown_key', 'Not ours.')
    await expect(storeAnswer(settings, 'get', failing(foreign))).rejects.toMatchObject({
      code: 'store_unavailable',
      cause: foreign,
    })
  })
})
