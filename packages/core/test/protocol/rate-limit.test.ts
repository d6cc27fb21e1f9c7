import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { readLimits, readRateLimit } from '../../src/protocol/rate-limit.ts'
import { readRetryAfter } from '../../src/protocol/retry-after.ts'

const day = 86_400_000
const now = Date.UTC(2026, 0, 5, 9)

describe('readRateLimit()', () => {
  const resets: readonly [headers: Record<string, string>, resetMs: number][] = [
    [{ 'x-ratelimit-reset': '2' }, 2_000],
    [{ 'x-ratelimit-reset': '0.5' }, 500],
    [{ 'x-ratelimit-reset': ' 1 ' }, 1_000],
    [{ 'x-ratelimit-reset': '0' }, 100],
    [{ 'x-ratelimit-reset': '1e308' }, day],
    [{ 'x-ratelimit-reset': '1767600000' }, day],
    [{}, 2_000],
    [{ 'x-ratelimit-reset': '' }, 2_000],
    [{ 'x-ratelimit-reset': '-1' }, 2_000],
    [{ 'x-ratelimit-reset': 'soon' }, 2_000],
    [{ 'x-ratelimit-reset': 'Infinity' }, 2_000],
    [{ 'retry-after': '7' }, 7_000],
    [{ 'retry-after': '7', 'x-ratelimit-reset': '1' }, 7_000],
    [{ 'retry-after': '0', 'x-ratelimit-reset': '1' }, 100],
    [{ 'retry-after': 'soon', 'x-ratelimit-reset': '1' }, 1_000],
    [{ 'retry-after': '1.5', 'x-ratelimit-reset': '1' }, 1_000],
  ]
  test.each(resets)('reads from %j a wait of %i ms', (headers, resetMs) => {
    expect(readRateLimit(new Headers(headers), now).resetMs).toBe(resetMs)
  })

  const budgets: readonly [value: string | undefined, isSpent: boolean][] = [
    ['0', true],
    [' 0 ', true],
    ['-3', true],
    ['1', false],
    ['29000', false],
    ['', false],
    ['none', false],
    [undefined, false],
  ]
  test.each(budgets)('reads from %j left of the day that spent is %j', (value, isSpent) => {
    const headers = new Headers(value === undefined ? {} : { 'x-daily-ratelimit-token-remaining': value })
    expect(readRateLimit(headers, now).isDailyBudgetSpent).toBe(isSpent)
  })

  test('distinguishes an empty burst window from a spent day', () => {
    const headers = new Headers({ 'x-ratelimit-remaining': '0', 'x-daily-ratelimit-token-remaining': '500' })
    expect(readRateLimit(headers, now).isDailyBudgetSpent).toBe(false)
  })

  test('returns a wait of at least 100 ms, whatever the headers say', () => {
    const text = fc.string({ unit: fc.constantFrom(...'0123456789.-+eE :TZGMT,Jan') })
    fc.assert(
      fc.property(text, text, (reset, retryAfter) => {
        const headers = new Headers({ 'x-ratelimit-reset': reset, 'retry-after': retryAfter })
        const { resetMs } = readRateLimit(headers, now)
        expect(resetMs).toBeGreaterThanOrEqual(100)
        expect(resetMs).toBeLessThanOrEqual(day)
      }),
    )
  })
})

describe('readLimits()', () => {
  const answers: readonly [
    burst: string | undefined,
    daily: string | undefined,
    limits: object | undefined,
  ][] = [
    [undefined, undefined, undefined],
    ['', 'unknown', undefined],
    ['7', undefined, { burst: 7 }],
    [undefined, '29000', { daily: 29_000 }],
    ['none', '0', { daily: 0 }],
    ['1e999', '-1e999', undefined],
    ['0', '', { burst: 0 }],
    ['7', '29000', { burst: 7, daily: 29_000 }],
  ]
  test.each(answers)('of %j in the burst and %j in the day returns %j', (burst, daily, limits) => {
    const headers = new Headers({
      ...(burst !== undefined && { 'x-ratelimit-remaining': burst }),
      ...(daily !== undefined && { 'x-daily-ratelimit-token-remaining': daily }),
    })
    expect(readLimits(headers)).toEqual(limits)
  })
})

describe('readRetryAfter()', () => {
  const rows: readonly [header: string | null, waitMs: number | undefined][] = [
    ['0', 0],
    ['120', 120_000],
    ['  5  ', 5_000],
    ['Mon, 05 Jan 2026 09:00:30 GMT', 30_000],
    ['Monday, 05-Jan-26 09:00:30 GMT', 30_000],
    ['2026-01-05T09:00:30Z', 30_000],
    ['Mon, 05 Jan 2026 08:59:00 GMT', 0],
    [null, undefined],
    ['', undefined],
    ['soon', undefined],
    ['in 5 minutes', undefined],
    ['1.5', undefined],
    ['-5', undefined],
    ['5s', undefined],
    ['2026', 2_026_000],
    ['86400', day],
    ['86401', day],
    ['1767600000', day],
    ['9'.repeat(400), day],
    ['Fri, 31 Dec 9999 23:59:59 GMT', day],
    ['2026-01-05', undefined],
    ['99:99', undefined],
  ]
  test.each(rows)('reads %j as %j ms', (header, waitMs) => {
    expect(readRetryAfter(header, now)).toBe(waitMs)
  })

  test('never throws, and gives a wait of at most a day, for any text and any number', () => {
    const digits = fc.string({ unit: fc.constantFrom(...'0123456789'), maxLength: 500 })
    fc.assert(
      fc.property(fc.oneof(fc.string(), digits), (header) => {
        const waitMs = readRetryAfter(header, now) ?? 0
        expect(waitMs).toBeGreaterThanOrEqual(0)
        expect(waitMs).toBeLessThanOrEqual(day)
      }),
    )
  })
})
