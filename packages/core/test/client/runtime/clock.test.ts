import { getEventListeners } from 'node:events'
import { manualClock } from '@pd/fake-pipedrive'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { fullClock } from '../../../src/client/runtime/clock.ts'

const day = 86_400_000

beforeEach(() => {
  vi.useFakeTimers()
})
afterEach(() => {
  vi.useRealTimers()
})

/** Notes whether a promise has settled, and how. */
function watch(promise: Promise<unknown>) {
  const seen = { outcome: 'pending' as unknown }
  promise.then(
    () => (seen.outcome = 'resolved'),
    (error: unknown) => (seen.outcome = error),
  )
  return seen
}

describe('fullClock() tells the time', () => {
  test('of Date when nothing is given', () => {
    vi.setSystemTime(1_234)
    expect(fullClock().now()).toBe(1_234)
  })

  test('of the Date of the moment when nothing is given, also if a test replaces it later', () => {
    vi.useRealTimers()
    const clock = fullClock()
    vi.setSystemTime(1_234)
    expect(clock.now()).toBe(1_234)
  })

  test('of a function', () => {
    expect(fullClock(() => 5).now()).toBe(5)
  })

  test('of an object, as its method', () => {
    class Ticking {
      #ticks = 0
      now() {
        return ++this.#ticks
      }
    }
    const clock = fullClock(new Ticking())
    expect([clock.now(), clock.now()]).toEqual([1, 2])
  })
})

describe('fullClock() waits by the runtime’s timers', () => {
  const clock = fullClock()

  test('for as long as it is asked', async () => {
    const seen = watch(clock.sleep(1_000))
    await vi.advanceTimersByTimeAsync(999)
    expect(seen.outcome).toBe('pending')
    await vi.advanceTimersByTimeAsync(1)
    expect(seen.outcome).toBe('resolved')
  })

  test.each([2 ** 31, 2 ** 32 + 1, 60 * day, Number.MAX_SAFE_INTEGER, Number.POSITIVE_INFINITY])(
    'F14 for %d ms without firing at once, or within the first 24 days',
    async (ms) => {
      const seen = watch(clock.sleep(ms))
      let called = false
      clock.after(ms, () => (called = true))
      await vi.advanceTimersByTimeAsync(24 * day)
      expect([seen.outcome, called]).toEqual(['pending', false])
    },
  )

  test.each([0, -1, Number.NEGATIVE_INFINITY])('not at all for %d ms', async (ms) => {
    const seen = watch(clock.sleep(ms))
    await vi.advanceTimersByTimeAsync(0)
    expect(seen.outcome).toBe('resolved')
  })

  test('until the signal aborts, rejects with its reason, and leaves no timer behind', async () => {
    const stop = new AbortController()
    const reason = new Error('stop')
    const seen = watch(clock.sleep(1_000, stop.signal))
    stop.abort(reason)
    await vi.advanceTimersByTimeAsync(0)
    expect(seen.outcome).toBe(reason)
    expect(vi.getTimerCount()).toBe(0)
  })

  test('not at all if the signal was aborted before', async () => {
    const reason = new Error('stop')
    await expect(clock.sleep(1_000, AbortSignal.abort(reason))).rejects.toBe(reason)
    expect(vi.getTimerCount()).toBe(0)
  })

  test('and leaves no listener on the signal', async () => {
    const { signal } = new AbortController()
    const seen = watch(clock.sleep(10, signal))
    expect(getEventListeners(signal, 'abort')).toHaveLength(1)
    await vi.advanceTimersByTimeAsync(10)
    expect(seen.outcome).toBe('resolved')
    expect(getEventListeners(signal, 'abort')).toHaveLength(0)
  })

  test('before it calls back, once, unless it is called off', async () => {
    const calls: string[] = []
    clock.after(10, () => calls.push('kept'))
    const callOff = clock.after(10, () => calls.push('called off'))
    callOff()
    await vi.advanceTimersByTimeAsync(100)
    expect(calls).toEqual(['kept'])
    expect(vi.getTimerCount()).toBe(0)
  })
})

test('F44 a time limit that is called off while the event loop takes its turns is not called', async () => {
  vi.useRealTimers()
  const clock = fullClock()
  const calls: string[] = []
  const callOff = clock.after(0, () => calls.push('called off'))
  await clock.sleep(1)
  callOff()
  await new Promise<void>((resolve) => void clock.after(1, resolve))
  await clock.sleep(1)
  expect(calls).toEqual([])
})

describe('fullClock() leaves waiting to a clock that has sleep()', () => {
  test('which decides when a sleep ends', async () => {
    vi.useRealTimers()
    const manual = manualClock()
    const seen = watch(fullClock(manual).sleep(60 * day))
    await manual.advance(60 * day - 1)
    expect(seen.outcome).toBe('pending')
    await manual.advance(1)
    expect(seen.outcome).toBe('resolved')
  })

  test('and hands it the signal', async () => {
    const stop = new AbortController()
    const seen = watch(fullClock(manualClock()).sleep(1_000, stop.signal))
    stop.abort('enough')
    await vi.advanceTimersByTimeAsync(0)
    expect(seen.outcome).toBe('enough')
  })

  test('before it calls back, once, unless it is called off', async () => {
    vi.useRealTimers()
    const manual = manualClock()
    const clock = fullClock(manual)
    const calls: string[] = []
    clock.after(10, () => calls.push('kept'))
    clock.after(10, () => calls.push('called off'))()
    await manual.advance(100)
    expect(calls).toEqual(['kept'])
  })
})
