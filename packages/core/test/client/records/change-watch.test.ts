import { manualClock } from '@pd/fake-pipedrive'
import { expect, test, vi } from 'vitest'
import { ChangeWatch } from '../../../src/client/records/change-watch.ts'
import type { OpenRecord } from '../../../src/client/records/memory.ts'
import type { Records } from '../../../src/client/records/records.ts'
import { fullClock } from '../../../src/client/runtime/clock.ts'

type Changed = Records['changed']

const record: OpenRecord = { version: 'b', state: undefined }
const never = () => new Promise<never>(() => {})

/** A watch whose clock stands at 1 000, notes each sleep, and ends it at once if `sleepEnds`. */
function createScene(changed?: Changed, sleepEnds = true) {
  const sleeps: number[] = []
  const signals: (AbortSignal | undefined)[] = []
  const clock = {
    now: () => 1_000,
    sleep: (ms: number, signal?: AbortSignal) => {
      sleeps.push(ms)
      signals.push(signal)
      return sleepEnds ? Promise.resolve() : never()
    },
    after: () => () => {},
  }
  const records = { canTellChanges: changed !== undefined, changed } as unknown as Records
  const watch = new ChangeWatch(records, clock)
  const { signal } = new AbortController()
  const next = (until = Infinity, or?: Promise<void>) => watch.next('1:2', 'a', { until, or, signal })
  return { next, sleeps, signals }
}

test('a store that tells no changes is polled at intervals that grow from 10 to 250 ms', async () => {
  const { next, sleeps } = createScene()
  for (let polls = 0; polls < 10; polls++) expect(await next()).toBeUndefined()
  const growing = [10, 15, 22.5, 33.75, 50.625, 75.9375, 113.906_25, 170.859_375]
  expect(sleeps).toEqual([...growing, 250, 250])
})

test('no wait goes on after `until`', async () => {
  const { next, sleeps } = createScene()
  await next(1_004)
  await next(999)
  expect(sleeps).toEqual([4, 0])
})

test('a store that tells changes is polled once a second', async () => {
  const changed = vi.fn<Changed>(never)
  const { next, sleeps } = createScene(changed)
  for (let polls = 0; polls < 30; polls++) await next()
  expect(new Set(sleeps)).toEqual(new Set([1_000]))
  expect(changed).toHaveBeenCalledTimes(30)
  expect(changed).toHaveBeenCalledWith('1:2', 'a', expect.any(AbortSignal))
})

test('what the store hands over is passed on, and after 20 messages the record is polled', async () => {
  const changed = vi.fn<Changed>(async () => record)
  const { next, sleeps } = createScene(changed, false)
  for (let messages = 0; messages < 20; messages++) expect(await next()).toBe(record)
  expect(new Set(sleeps)).toEqual(new Set([1_000]))
  expect(await Promise.race([next(), new Promise((resolve) => setImmediate(resolve, 'waits'))])).toBe('waits')
  expect(sleeps.at(-1)).toBe(10)
  expect(changed).toHaveBeenCalledTimes(20)
})

test('a store that resolves because the wait has ended has told nothing', async () => {
  const changed: Changed = (_id, _version, signal) =>
    new Promise((resolve) => signal.addEventListener('abort', () => resolve(undefined)))
  const { next, sleeps } = createScene(changed)
  for (let polls = 0; polls < 30; polls++) {
    await next()
    await Promise.resolve()
  }
  expect(new Set(sleeps)).toEqual(new Set([1_000]))
})

test('a wait ends with the refresh of this process, and ends its sleep', async () => {
  const { next, signals } = createScene(undefined, false)
  expect(await next(Infinity, Promise.resolve())).toBeUndefined()
  expect(signals[0]?.aborted).toBe(true)
})

test('a wait ends with the reason of its signal, and one whose signal is aborted does not begin', async () => {
  const manual = manualClock()
  const clock = fullClock(manual)
  const changed = vi.fn<Changed>(never)
  const watch = new ChangeWatch({ canTellChanges: true, changed } as unknown as Records, clock)
  const stop = new AbortController()
  const reason = new Error('enough')
  const about = { until: Infinity, or: undefined, signal: stop.signal }
  const waiting = watch.next('1:2', 'a', about)
  stop.abort(reason)
  await expect(waiting).rejects.toBe(reason)
  await expect(watch.next('1:2', 'a', about)).rejects.toBe(reason)
  expect(changed).toHaveBeenCalledTimes(1)
})

test('a wait leaves no listener on a signal that lives on', async () => {
  const { signal } = new AbortController()
  const added = vi.spyOn(signal, 'addEventListener')
  const removed = vi.spyOn(signal, 'removeEventListener')
  const clock = { now: () => 0, sleep: async () => {}, after: () => () => {} }
  const watch = new ChangeWatch({ canTellChanges: false } as unknown as Records, clock)
  await watch.next('1:2', 'a', { until: Infinity, or: undefined, signal })
  expect(added).toHaveBeenCalledTimes(1)
  expect(removed.mock.calls.map(([, listener]) => listener)).toEqual([added.mock.calls[0]?.[1]])
})
