import { expect, test } from 'vitest'
import { Abandonment } from '../../../src/client/runtime/abandonment.ts'

test('a signal that was taken aborts when the work is abandoned', () => {
  const work = new Abandonment()
  const { signal } = work
  expect(signal.aborted).toBe(false)
  work.abandon()
  expect(signal.aborted).toBe(true)
})

test('a signal that is first taken after that has aborted', () => {
  const work = new Abandonment()
  work.abandon()
  expect(work.signal.aborted).toBe(true)
})

test('a signal that this request must not abort is aborted by the request that reads it again', () => {
  const work = new Abandonment()
  const { signal } = work
  const abort = AbortController.prototype.abort
  AbortController.prototype.abort = () => {
    throw new Error('Cannot perform I/O on behalf of a different request.')
  }
  try {
    work.abandon()
  } finally {
    AbortController.prototype.abort = abort
  }
  expect(signal.aborted).toBe(false)
  expect(work.signal).toBe(signal)
  expect(signal.aborted).toBe(true)
})
