import { longestWaitMs, readRetryAfter } from './retry-after.ts'

/** What a 429 of the API asks for. */
export interface RateLimit {
  /** How long until the burst window resets, in milliseconds, at most a day. */
  readonly resetMs: number
  /** The company has used up its day: waiting does not help. */
  readonly isDailyBudgetSpent: boolean
}

/** The length of the burst window. Used if Pipedrive does not say when it resets. */
const burstWindowMs = 2_000
/** The shortest wait, also if a header says 0: the answer was a 429. */
const shortestWaitMs = 100

/**
 * Reads the headers of a 429. `Retry-After` is not documented, but used if it comes.
 * @see [Pipedrive: rate limiting](https://pipedrive.readme.io/docs/core-api-concepts-rate-limiting)
 */
export function readRateLimit(headers: Headers, now: number): RateLimit {
  const resetSeconds = numberIn(headers, 'x-ratelimit-reset')
  const resetMs = resetSeconds >= 0 ? Math.min(resetSeconds * 1_000, longestWaitMs) : burstWindowMs
  return {
    resetMs: Math.max(readRetryAfter(headers.get('retry-after'), now) ?? resetMs, shortestWaitMs),
    isDailyBudgetSpent: numberIn(headers, 'x-daily-ratelimit-token-remaining') <= 0,
  }
}

/** Returns what is left of the limits, as far as the headers say. Undefined: they say nothing. */
export function readLimits(
  headers: Headers,
): { readonly burst?: number; readonly daily?: number } | undefined {
  const burst = numberIn(headers, 'x-ratelimit-remaining')
  const daily = numberIn(headers, 'x-daily-ratelimit-token-remaining')
  if (Number.isNaN(burst) && Number.isNaN(daily)) return undefined
  return { ...(Number.isNaN(burst) ? {} : { burst }), ...(Number.isNaN(daily) ? {} : { daily }) }
}

/** Returns the finite number in a header, or else NaN. */
function numberIn(headers: Headers, name: string): number {
  const text = headers.get(name) ?? ''
  const number = text === '' ? Number.NaN : Number(text)
  return Number.isFinite(number) ? number : Number.NaN
}
