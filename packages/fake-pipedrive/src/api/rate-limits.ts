import type { Clock } from '../clock.ts'
import type { Company, Plan } from '../directory.ts'
import type { FakePipedriveOptions } from '../options.ts'

const WINDOW_MS = 2_000
const DAY_MS = 24 * 60 * 60_000
const BASE_BUDGET = 30_000
const SEARCHES = 10

const plans: Readonly<Record<Plan, { burst: number; multiplier: number }>> = {
  lite: { burst: 80, multiplier: 1 },
  growth: { burst: 160, multiplier: 2 },
  premium: { burst: 320, multiplier: 5 },
  ultimate: { burst: 480, multiplier: 7 },
}

/** Which rolling window a call counts in: that of all calls, or also the smaller one of searches. */
export type BurstWindow = 'all' | 'search'

/** The decision of the limits about one call. */
interface Verdict {
  readonly refused?: 'burst' | 'daily'
  readonly headers: Readonly<Record<string, string>>
}

/**
 * The two limits of the API: requests per access token in a rolling window, and a company's daily budget, which all its
 * apps share.
 * @see [Rate limiting](https://pipedrive.readme.io/docs/core-api-concepts-rate-limiting)
 */
export interface RateLimits {
  /** Counts one call that costs `cost` API tokens, if both limits allow it. */
  take(accessToken: string, company: Company, cost: number, window: BurstWindow): Verdict
  /** Sets how many requests each access token of a company may make in 2 seconds. */
  setBurstLimit(company: Company, requests: number): void
  /** Sets how many API tokens a company may still spend today. The next day has the usual budget. */
  setDailyBudget(company: Company, remaining: number): void
  /** Spends API tokens of a company's day, as its other apps do. Returns how many are left. */
  spend(company: Company, tokens: number): number
}

interface Spending {
  day: number
  remaining: number
}

export function createRateLimits(
  clock: Clock,
  options: Pick<FakePipedriveOptions, 'burstLimit' | 'dailyBudget' | 'rateLimitHeaders'>,
): RateLimits {
  const recent = new Map<string, number[]>()
  const spendings = new Map<number, Spending>()
  const burstLimits = new Map<number, number>()

  const today = () => Math.floor(clock.now() / DAY_MS)
  const burstLimit = (company: Company) =>
    burstLimits.get(company.id) ?? options.burstLimit ?? plans[company.plan].burst
  const budget = ({ plan, seats }: Company) =>
    options.dailyBudget ?? BASE_BUDGET * plans[plan].multiplier * seats

  const spendingOf = (company: Company): Spending => {
    const known = spendings.get(company.id)
    if (known?.day === today()) return known
    const fresh = { day: today(), remaining: budget(company) }
    spendings.set(company.id, fresh)
    return fresh
  }

  /** Returns the instants of the calls in a window, oldest first. */
  const windowOf = (key: string, now: number): number[] => {
    const window = (recent.get(key) ?? []).filter((at) => at > now - WINDOW_MS)
    recent.set(key, window)
    return window
  }

  return {
    take(accessToken, company, cost, window) {
      const now = clock.now()
      const limit = burstLimit(company)
      const all = { calls: windowOf(accessToken, now), limit }
      const searches = { calls: windowOf(`search ${accessToken}`, now), limit: Math.min(SEARCHES, limit) }
      const windows = window === 'search' ? [searches, all] : [all]
      const full = windows.find(({ calls, limit }) => calls.length >= limit)
      const spending = spendingOf(company)
      const refused = full ? 'burst' : spending.remaining < cost ? 'daily' : undefined
      if (!refused) {
        for (const { calls, limit } of windows) if (Number.isFinite(limit)) calls.push(now)
        spending.remaining -= cost
      }
      const told = full ?? (window === 'search' ? searches : all)
      const resetMs = told.calls[0] === undefined ? WINDOW_MS : told.calls[0] + WINDOW_MS - now
      const burst = {
        'x-ratelimit-limit': String(told.limit),
        'x-ratelimit-remaining': String(Math.max(0, told.limit - told.calls.length)),
        'x-ratelimit-reset': String(Math.ceil(resetMs / 1000)),
      }
      const day = {
        'x-daily-ratelimit-token-limit': String(budget(company)),
        'x-daily-ratelimit-token-remaining': String(refused === 'daily' ? 0 : spending.remaining),
      }
      const { rateLimitHeaders = 'all' } = options
      const headers =
        rateLimitHeaders === 'none' ? {} : rateLimitHeaders === 'burst' ? burst : { ...burst, ...day }
      return refused ? { refused, headers } : { headers }
    },
    setBurstLimit: (company, requests) => void burstLimits.set(company.id, requests),
    setDailyBudget: (company, remaining) => void spendings.set(company.id, { day: today(), remaining }),
    spend(company, tokens) {
      const spending = spendingOf(company)
      spending.remaining = Math.max(0, spending.remaining - tokens)
      return spending.remaining
    },
  }
}
