import { day } from '../machine/durations.ts'

/** The longest wait that is believed, in milliseconds: the budget of a day is new after that. More is an instant, or another unit. */
export const longestWaitMs = day

/**
 * Returns how long a `Retry-After` header asks to wait, in milliseconds, at most a day. It holds seconds or a date. Returns
 * undefined if there is no header or it cannot be read.
 * @see [RFC 9110 §10.2.3](https://www.rfc-editor.org/rfc/rfc9110.html#section-10.2.3)
 */
export function readRetryAfter(header: string | null, now: number): number | undefined {
  // Stryker disable next-line ConditionalExpression: null is neither a number nor a date
  if (header === null) return undefined
  if (/^\s*\d+\s*$/.test(header)) return Math.min(Number(header) * 1_000, longestWaitMs)
  // `Date.parse` finds a date in almost anything: in `1.5`, the fifth of January 2001.
  const at = /\d:\d\d/.test(header) ? Date.parse(header) : Number.NaN
  return Number.isNaN(at) ? undefined : Math.min(Math.max(0, at - now), longestWaitMs)
}
