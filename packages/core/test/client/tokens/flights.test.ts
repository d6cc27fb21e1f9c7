import { manualClock } from '@pd/fake-pipedrive'
import { expect, test } from 'vitest'
import type { Abandonment } from '../../../src/client/runtime/abandonment.ts'
import { fullClock, type Clock } from '../../../src/client/runtime/clock.ts'
import { Flights } from '../../../src/client/tokens/flights.ts'
import { TokenEndpointError } from '../../../src/index.ts'

/** Flights whose work ends when the test says so. */
function createScene({ clock, longestMs }: { clock?: Clock; longestMs?: number } = {}) {
  const manual = manualClock()
  const flights = new Flights<string>(fullClock(clock ?? manual), longestMs)
  const started: {
    readonly abandonment: Abandonment
    settle: (value: string) => void
    fail: (error: Error) => void
  }[] = []
  const start = (abandonment: Abandonment) => {
    const { promise, resolve, reject } = Promise.withResolvers<string>()
    started.push({ abandonment, settle: resolve, fail: reject })
    return promise
  }
  const join = (signal?: AbortSignal, waitMs = 1_000, key = 'k') =>
    flights.join(key, { installationId: '1:2', waitMs, signal }, start)
  return { manual, started, join }
}

test('F01 callers of the same key share one flight', async () => {
  const { started, join } = createScene()
  const callers = Array.from({ length: 100 }, () => join())
  expect(started).toHaveLength(1)
  started[0]?.settle('token')
  expect(new Set(await Promise.all(callers))).toEqual(new Set(['token']))
})

test('F25 callers of different keys never share a flight', async () => {
  const { started, join } = createScene()
  const callers = [
    join(undefined, 1_000, '1:2'),
    join(undefined, 1_000, '1:23'),
    join(undefined, 1_000, '11:2'),
  ]
  expect(started).toHaveLength(3)
  for (const [index, { settle }] of started.entries()) settle(String(index))
  expect(await Promise.all(callers)).toEqual(['0', '1', '2'])
})

test('F10 a caller that gives up ends neither the work nor the wait of the others', async () => {
  const { started, join } = createScene()
  const stop = new AbortController()
  const leaving = join(stop.signal)
  const staying = join()
  stop.abort(new Error('gave up'))
  await expect(leaving).rejects.toThrow('gave up')
  expect(started[0]?.abandonment.signal.aborted).toBe(false)
  started[0]?.settle('token')
  expect(await staying).toBe('token')
})

test('F10 the caller that began the flight may give up, too', async () => {
  const { started, join } = createScene()
  const stop = new AbortController()
  const first = join(stop.signal)
  const second = join()
  stop.abort('gone')
  await expect(first).rejects.toBe('gone')
  expect(started).toHaveLength(1)
  started[0]?.settle('token')
  expect(await second).toBe('token')
})

test('F10 the work is told when the last caller has given up', async () => {
  const { started, join } = createScene()
  const stops = [new AbortController(), new AbortController()]
  const callers = stops.map(({ signal }) => join(signal))
  stops[0]?.abort('one')
  await expect(callers[0]).rejects.toBe('one')
  expect(started[0]?.abandonment.signal.aborted).toBe(false)
  stops[1]?.abort('two')
  await expect(callers[1]).rejects.toBe('two')
  expect(started[0]?.abandonment.signal.aborted).toBe(true)
})

test('a caller that has waited for waitMs gets refresh_pending, and the others wait on', async () => {
  const { manual, started, join } = createScene()
  const hasty = join(undefined, 10).catch((error: unknown) => error)
  const patient = join(undefined, 1_000)
  await manual.advance(10)
  const error = await hasty
  expect(error).toBeInstanceOf(TokenEndpointError)
  expect(error).toMatchObject({
    code: 'refresh_pending',
    retryable: true,
    status: 503,
    installationId: '1:2',
  })
  expect(started[0]?.abandonment.signal.aborted).toBe(false)
  started[0]?.settle('token')
  expect(await patient).toBe('token')
})

test('the next caller begins another flight if all callers of the last one gave up', async () => {
  const { manual, started, join } = createScene()
  const left = join(undefined, 10).catch(() => 'left')
  await manual.advance(10)
  expect(await left).toBe('left')
  const next = join()
  expect(started).toHaveLength(2)
  started[0]?.settle('of the first flight')
  started[1]?.settle('of the second flight')
  expect(await next).toBe('of the second flight')
})

test('the next caller begins another flight once the last one has settled', async () => {
  const { started, join } = createScene()
  const first = join()
  started[0]?.settle('first')
  expect(await first).toBe('first')
  const second = join()
  expect(started).toHaveLength(2)
  started[1]?.settle('second')
  expect(await second).toBe('second')
})

test('a failure reaches every caller, and the next caller begins another flight', async () => {
  const { started, join } = createScene()
  const failure = new Error('no token')
  const callers = [join(), join(), join()]
  started[0]?.fail(failure)
  for (const caller of await Promise.allSettled(callers))
    expect(caller).toEqual({ status: 'rejected', reason: failure })
  const next = join()
  started[1]?.settle('token')
  expect(await next).toBe('token')
})

test('a caller whose signal is aborted begins nothing', async () => {
  const { started, join } = createScene()
  await expect(join(AbortSignal.abort('gone'))).rejects.toBe('gone')
  expect(started).toHaveLength(0)
})

test('a flight may fail after all its callers gave up, without an unhandled rejection', async () => {
  const { manual, started, join } = createScene()
  const unheard: unknown[] = []
  const hear = (error: unknown) => void unheard.push(error)
  process.on('unhandledRejection', hear)
  const left = join(undefined, 10).catch(() => 'left')
  await manual.advance(10)
  await left
  started[0]?.fail(new Error('later'))
  await new Promise((resolve) => setImmediate(resolve))
  process.off('unhandledRejection', hear)
  expect(unheard).toEqual([])
})

test('work that looks at its abandonment after all callers gave up finds it aborted', async () => {
  const { manual, started, join } = createScene()
  const left = join(undefined, 10).catch(() => {})
  await manual.advance(10)
  await left
  expect(started[0]?.abandonment.signal.aborted).toBe(true)
})

test('work that has settled is not told that nobody waits', async () => {
  const { started, join } = createScene()
  const caller = join()
  started[0]?.settle('token')
  await caller
  expect(started[0]?.abandonment.signal.aborted).toBe(false)
})

test('work that settles while nobody waits does not end the flight that was begun after it', async () => {
  const { manual, started, join } = createScene()
  const left = join(undefined, 10).catch(() => {})
  await manual.advance(10)
  await left
  const callers = [join()]
  started[0]?.settle('of the first flight')
  await new Promise((resolve) => setImmediate(resolve))
  callers.push(join())
  expect(started).toHaveLength(2)
  started[1]?.settle('of the second flight')
  expect(await Promise.all(callers)).toEqual(['of the second flight', 'of the second flight'])
})

test('a flight that has settled is over before its callers go on', async () => {
  const { started, join } = createScene()
  const both = [join(), join()]
  started[0]?.settle('first')
  await Promise.race(both)
  const next = join()
  expect(started).toHaveLength(2)
  started[1]?.settle('second')
  expect(await Promise.all([...both, next])).toEqual(['first', 'first', 'second'])
})

test('nobody joins a flight that is as old as the longest, or younger than its beginning', async () => {
  const time = { now: 5_000 }
  const clock = { now: () => time.now, sleep: () => new Promise<void>(() => {}) }
  const { started, join } = createScene({ clock, longestMs: 100 })
  const callers = [join()]
  time.now += 99
  callers.push(join())
  expect(started).toHaveLength(1)
  time.now += 1
  callers.push(join())
  expect(started).toHaveLength(2)
  time.now -= 1
  callers.push(join())
  expect(started).toHaveLength(3)
  for (const [index, { settle }] of started.entries()) settle(String(index))
  expect(await Promise.all(callers)).toEqual(['0', '0', '1', '2'])
})
