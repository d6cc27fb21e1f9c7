import { describe, expect, test, vi } from 'vitest'
import { KeepAliveCourse } from '../../../src/client/tokens/keep-alive-course.ts'
import type { TokenEndpoint } from '../../../src/client/tokens/token-endpoint.ts'
import { memoryStore } from '../../../src/index.ts'
import type { TokenAnswer } from '../../../src/protocol/token-answer.ts'
import { settingsOf } from '../settings.ts'
import { runningClock } from './running-clock.ts'

const down: TokenAnswer = { type: 'failed', code: 'token_endpoint_unavailable' }
const refused: TokenAnswer = { type: 'refused' }

interface Options {
  readonly perSecond?: number
  readonly signal?: AbortSignal
  readonly answer?: () => Promise<TokenAnswer>
  readonly get?: () => Promise<undefined>
}

/** The course of a run, over an endpoint that refuses the made-up token if nothing else is said. */
function createCourse({ perSecond = Infinity, signal, answer = async () => refused, get }: Options = {}) {
  const { clock, ...time } = runningClock()
  const asked = vi.fn(answer)
  const store = { ...memoryStore(), ...(get && { get }) }
  const settings = { ...settingsOf({ store, logger: false }), clock }
  const endpoint = { tokens: asked } as unknown as TokenEndpoint
  const course = new KeepAliveCourse(settings, endpoint, { perSecond, signal })
  const fail = (times: number, code: Parameters<typeof course.onFailure>[0] = 'malformed_response') => {
    for (let time = 0; time < times; time++) course.onFailure(code)
  }
  return { asked, clock, course, fail, ...time }
}

describe('the turns of a run', () => {
  test('are as far apart as perSecond says', async () => {
    const { course, sleeps } = createCourse({ perSecond: 2 })
    expect(await Promise.all([course.turn(), course.turn(), course.turn()])).toEqual([true, true, true])
    expect(sleeps).toEqual([500, 500])
  })

  test('come at once without a limit, and no more once the run has ended', async () => {
    const { course, sleeps } = createCourse()
    expect(await course.turn()).toBe(true)
    course.end({ reason: 'signal' })
    expect(await course.turn()).toBe(false)
    expect(sleeps).toEqual([])
  })

  test('wait for the pause that Pipedrive asks for, also if it asks while they wait', async () => {
    const { course, sleeps, time } = createCourse()
    course.onHoldUp(undefined, time.now)
    time.whileAsleep = () => {
      time.whileAsleep = () => {}
      course.onHoldUp(5_000, time.now)
    }
    expect(await course.turn()).toBe(true)
    expect(sleeps[0]).toBe(1_000)
    expect(sleeps.reduce((sum, ms) => sum + ms)).toBeGreaterThanOrEqual(5_000)
  })

  test('wait for the answer to a question that is asked while they wait', async () => {
    const { promise, resolve } = Promise.withResolvers<TokenAnswer>()
    const { course, fail, time } = createCourse({ perSecond: 1, answer: () => promise })
    await course.turn()
    time.whileAsleep = () => fail(3)
    let isOver = false
    const turn = course.turn().then((goesOn) => (isOver = goesOn))
    await new Promise(setImmediate)
    time.whileAsleep = () => {}
    expect([isOver, course.question]).toEqual([false, expect.any(Promise)])
    resolve(refused)
    await turn
    expect([isOver, course.question]).toEqual([true, undefined])
  })
})

describe('a run ends', () => {
  test('for the first reason that there is', () => {
    const { course } = createCourse()
    expect([course.goesOn(), course.stop]).toEqual([true, undefined])
    course.end({ reason: 'outage', code: 'client_rejected' })
    course.end({ reason: 'rate_limit' })
    expect([course.goesOn(), course.stop]).toEqual([false, { reason: 'outage', code: 'client_rejected' }])
  })

  test('at its signal', () => {
    const stop = new AbortController()
    const { course } = createCourse({ signal: stop.signal })
    expect(course.goesOn()).toBe(true)
    stop.abort()
    expect([course.goesOn(), course.stop]).toEqual([false, { reason: 'signal' }])
  })

  test('when Pipedrive asks to wait for more than ten minutes, and says for how long', () => {
    const { course, time } = createCourse()
    course.onHoldUp(600_000, time.now)
    expect(course.goesOn()).toBe(true)
    const long = createCourse()
    long.course.onHoldUp(600_001, long.time.now)
    expect(long.course.stop).toEqual({ reason: 'rate_limit', retryAfterMs: 600_001 })
    const endless = createCourse()
    endless.course.onHoldUp(Infinity, endless.time.now)
    expect(endless.course.stop).toEqual({ reason: 'rate_limit' })
  })

  test('after twenty pauses in a row, of which those asked for in answer to older requests are none', () => {
    const { course, time, startAt } = createCourse()
    for (let pauses = 0; pauses < 30; pauses++) course.onHoldUp(1, startAt)
    expect(course.goesOn()).toBe(true)
    const holdUps = (count: number) => {
      for (let pauses = 0; pauses < count; pauses++) course.onHoldUp(1, (time.now += 10))
    }
    holdUps(19)
    expect(course.goesOn()).toBe(true)
    holdUps(1)
    expect(course.stop).toEqual({ reason: 'rate_limit', retryAfterMs: 1 })
  })

  test('never for pauses with a success in between', () => {
    const { course, time } = createCourse()
    for (let pauses = 0; pauses < 40; pauses++) {
      course.onHoldUp(1, (time.now += 10))
      course.onAnswer((time.now += 10))
    }
    expect(course.goesOn()).toBe(true)
  })
})

describe('a run sleeps', () => {
  test('until an instant, and not for one that has passed', async () => {
    const { course, sleeps, startAt } = createCourse()
    await course.sleepUntil(startAt)
    await course.sleepUntil(startAt - 1)
    await course.sleepUntil(startAt + 1)
    expect(sleeps).toEqual([1])
  })

  test('no longer than until its signal', async () => {
    const stop = new AbortController()
    const { course, startAt, time } = createCourse({ signal: stop.signal })
    time.whileAsleep = () => stop.abort()
    await course.sleepUntil(startAt + 1)
    expect(time.now).toBe(startAt)
  })

  test.each([undefined, new AbortController().signal])(
    'over a clock whose error it passes on',
    async (signal) => {
      const { course, startAt, time } = createCourse(signal && { signal })
      const broken = new Error('no timers')
      time.whileAsleep = () => {
        throw broken
      }
      await expect(course.sleepUntil(startAt + 1)).rejects.toBe(broken)
    },
  )
})

describe('after failures, a run asks whether this is an outage', () => {
  test('from the third in a row on, once for all of them', async () => {
    const { asked, course, fail } = createCourse()
    fail(2)
    expect(course.question).toBeUndefined()
    fail(2)
    await course.question
    expect([asked.mock.calls.length, course.question, course.goesOn()]).toEqual([1, undefined, true])
  })

  test('more rarely once the failures belonged to the installations', async () => {
    const { asked, course, fail } = createCourse()
    fail(3)
    await course.question
    fail(5)
    expect(course.question).toBeUndefined()
    fail(1)
    await course.question
    expect(asked).toHaveBeenCalledTimes(2)
  })

  test('and not if there was a success in between', () => {
    const { asked, course, fail, time } = createCourse()
    fail(2)
    course.onAnswer(time.now)
    fail(2)
    expect([course.question, asked.mock.calls]).toEqual([undefined, []])
  })

  test('and again with growing pauses, up to a minute in all, before it ends', async () => {
    const { course, fail, sleeps } = createCourse({ answer: async () => down })
    fail(3)
    await course.question
    expect(course.stop).toEqual({ reason: 'outage', code: 'token_endpoint_unavailable' })
    expect(sleeps).toEqual([1_000, 2_000, 4_000, 8_000, 16_000])
  })

  test('and goes on once the outage is over', async () => {
    const answers = [down, down]
    const { course, fail, sleeps } = createCourse({ answer: async () => answers.shift() ?? refused })
    fail(3)
    await course.question
    expect([course.goesOn(), sleeps]).toEqual([true, [1_000, 2_000]])
  })

  test.each(['client_rejected', 'request_rejected'] as const)('and ends at once for %s', async (code) => {
    const { course, fail, sleeps } = createCourse({ answer: async () => ({ type: 'failed', code }) })
    fail(3)
    await course.question
    expect([course.stop, sleeps]).toEqual([{ reason: 'outage', code }, []])
  })

  test.each<[string, Partial<TokenAnswer>, number]>([
    ['says for how long', { retryAfterMs: 7_000 }, 7_000],
    ['does not say for how long', { isRateLimited: true }, 1_000],
  ])('and waits if the answer asks to wait and %s', async (_, about, ms) => {
    const { asked, course, fail, sleeps } = createCourse({
      answer: async () => ({ ...down, ...about }) as TokenAnswer,
    })
    fail(3)
    await course.question
    expect([asked.mock.calls.length, course.goesOn(), sleeps]).toEqual([1, true, []])
    expect([await course.turn(), sleeps[0]]).toEqual([true, ms])
  })

  test.each(['store_unavailable', 'secrets_unavailable', 'invalid_configuration'] as const)(
    'and asks the store, not Pipedrive, about %s',
    async (code) => {
      const get = vi.fn(async () => undefined)
      const { asked, course, fail } = createCourse({ get })
      fail(3, code)
      await course.question
      expect([course.goesOn(), asked.mock.calls]).toEqual([true, []])
      expect(get).toHaveBeenCalled()
    },
  )

  test('and ends with what the store fails with', async () => {
    const { course, fail, sleeps } = createCourse({ get: () => Promise.reject(new Error('down')) })
    fail(3, 'store_unavailable')
    await course.question
    expect(course.stop).toEqual({ reason: 'outage', code: 'store_unavailable' })
    expect(sleeps).toHaveLength(5)
  })
})
