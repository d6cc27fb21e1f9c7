import { getEventListeners } from 'node:events'
import { manualClock } from '@pd/fake-pipedrive'
import { expect, test } from 'vitest'
import { fullClock } from '../../../src/client/runtime/clock.ts'
import { withTimeLimit } from '../../../src/client/runtime/time-limit.ts'

const late = () => new Error('too late')
const never = new Promise<never>(() => {})

function limited(signal?: AbortSignal) {
  const manual = manualClock()
  return { manual, limit: { ms: 1_000, clock: fullClock(manual), signal } }
}

test('withTimeLimit() resolves and rejects as the promise does', async () => {
  const { limit } = limited()
  await expect(withTimeLimit(Promise.resolve('value'), limit, late)).resolves.toBe('value')
  const failure = new Error('failure')
  await expect(withTimeLimit(Promise.reject(failure), limit, late)).rejects.toBe(failure)
})

test('withTimeLimit() rejects with what `late` returns when the time is up, and not before', async () => {
  const { manual, limit } = limited()
  let outcome: unknown = 'pending'
  const waiting = withTimeLimit(never, limit, late).catch((error: unknown) => (outcome = error))
  await manual.advance(999)
  expect(outcome).toBe('pending')
  await manual.advance(1)
  await waiting
  expect(String(outcome)).toBe('Error: too late')
})

test('withTimeLimit() rejects with the signal’s reason, also if the signal was aborted before', async () => {
  const stop = new AbortController()
  const waiting = withTimeLimit(never, limited(stop.signal).limit, late)
  stop.abort('enough')
  await expect(waiting).rejects.toBe('enough')
  await expect(withTimeLimit(never, limited(AbortSignal.abort('before')).limit, late)).rejects.toBe('before')
})

test('withTimeLimit() rejects at once if the limit is 0', async () => {
  const manual = manualClock()
  await expect(withTimeLimit(never, { ms: 0, clock: fullClock(manual) }, late)).rejects.toThrow('too late')
})

test('withTimeLimit() maps the error of the promise or of `late`, once', async () => {
  const { manual, limit } = limited()
  const mapped: string[] = []
  const map = (error: unknown) => {
    mapped.push(String(error))
    return new Error('mapped')
  }
  const { promise, reject } = Promise.withResolvers<never>()
  const waiting = withTimeLimit(promise, limit, late, map).catch(String)
  await manual.advance(1_000)
  reject(new Error('afterwards'))
  expect(await waiting).toBe('Error: mapped')
  await manual.advance(0)
  expect(mapped).toEqual(['Error: too late'])
  await expect(withTimeLimit(Promise.reject(new Error('own')), limit, late, map)).rejects.toThrow('mapped')
  expect(mapped).toEqual(['Error: too late', 'Error: own'])
})

test('withTimeLimit() lets the promise go on, and handles its later rejection', async () => {
  const stop = new AbortController()
  const { promise, reject } = Promise.withResolvers<string>()
  const unheard: unknown[] = []
  const hear = (error: unknown) => void unheard.push(error)
  process.on('unhandledRejection', hear)
  const waiting = withTimeLimit(promise, limited(stop.signal).limit, late)
  const before = withTimeLimit(promise, limited(AbortSignal.abort('before')).limit, late)
  stop.abort('enough')
  await expect(waiting).rejects.toBe('enough')
  await expect(before).rejects.toBe('before')
  reject(new Error('later'))
  await new Promise((resolve) => setImmediate(resolve))
  process.off('unhandledRejection', hear)
  expect(unheard).toEqual([])
})

test('withTimeLimit() leaves neither a sleeper nor a listener behind, whatever its end', async () => {
  let sleeping = 0
  const clock = fullClock({
    now: () => 0,
    sleep: (_ms, signal) =>
      new Promise((_, reject) => {
        sleeping++
        signal?.addEventListener('abort', () => {
          sleeping--
          reject(signal.reason)
        })
      }),
  })
  const stop = new AbortController()
  const limit = { ms: 1_000, clock, signal: stop.signal }
  await withTimeLimit(Promise.resolve(), limit, late)
  await withTimeLimit(Promise.reject(new Error('failure')), limit, late).catch(() => {})
  const aborted = withTimeLimit(never, limit, late).catch(() => {})
  expect([sleeping, getEventListeners(stop.signal, 'abort').length]).toEqual([1, 1])
  stop.abort()
  await aborted
  expect([sleeping, getEventListeners(stop.signal, 'abort').length]).toEqual([0, 0])
})

test('withTimeLimit() removes its listener from the signal when the time is up', async () => {
  const stop = new AbortController()
  const { manual, limit } = limited(stop.signal)
  const waiting = withTimeLimit(never, limit, late).catch(() => {})
  await manual.advance(1_000)
  await waiting
  expect(getEventListeners(stop.signal, 'abort')).toHaveLength(0)
})
