import type { Clock } from '../clock.ts'
import type { Company, Plan } from '../directory.ts'
import type { FakePipedriveOptions } from '../options.ts'

const WINDOW_MS = 2_000
const DAY_MS = 24 * 60 * 60_000
const BASE_BUDGET = 30_000

const plans: Readonly<Record<Plan, { burst: number; multiplier: number }>> = {
  lite: { burst: 80, multiplier: 1 },
  growth: { burst: 160, multiplier: 2 },
  premium: { burst: 320, multiplier: 5 },
  ultimate: { burst: 480, multiplier: 7 },
}

/** The decision of the limits about one call. */
interface Verdict {
  readonly refused?: 'burst' | 'daily'
  readonly headers: Readonly<Record<string, string>>
}

/** The two limits of the API: requests per access token in a rolling window, and a company's daily budget. */
export interface RateLimits {
  /** Counts one call that costs `cost` API tokens, if both limits allow it. */
  take(accessToken: string, company: Company, cost: number): Verdict
  /** Sets how many requests each access token of a company may make in 2 seconds. */
  setBurstLimit(company: Company, requests: number): void
  /** Sets how many API tokens a company may still spend today. The next day has the usual budget. */
  setDailyBudget(company: Company, remaining: number): void
}

interface Spending {
  day: number
  remaining: number
}

export function createRateLimits(
  clock: Clock,
  defaults: Pick<FakePipedriveOptions, 'burstLimit' | 'dailyBudget'>,
): RateLimits {
  const recent = new Map<string, number[]>()
  const spendings = new Map<number, Spending>()
  const burstLimits = new Map<number, number>()

  const today = () => Math.floor(clock.now() / DAY_MS)
  const burstLimit = (company: Company) =>
    burstLimits.get(company.id) ?? defaults.burstLimit ?? plans[company.plan].burst
  const budget = ({ plan, seats }: Company) =>
    defaults.dailyBudget ?? BASE_BUDGET * plans[plan].multiplier * seats

  const spendingOf = (company: Company): Spending => {
    const known = spendings.get(company.id)
    if (known?.day === today()) return known
    const fresh = { day: today(), remaining: budget(company) }
    spendings.set(company.id, fresh)
    return fresh
  }

  return {
    take(accessToken, company, cost) {
      const now = clock.now()
      const window = (recent.get(accessToken) ?? []).filter((at) => at > now - WINDOW_MS)
      recent.set(accessToken, window)
      const spending = spendingOf(company)
      const limit = burstLimit(company)
      const refused = window.length >= limit ? 'burst' : spending.remaining < cost ? 'daily' : undefined
      if (!refused) {
        if (Number.isFinite(limit)) window.push(now)
        spending.remaining -= cost
      }
      const resetMs = window[0] === undefined ? WINDOW_MS : window[0] + WINDOW_MS - now
      const headers = {
        'x-ratelimit-limit': String(limit),
        'x-ratelimit-remaining': String(Math.max(0, limit - window.length)),
        'x-ratelimit-reset': String(Math.ceil(resetMs / 1000)),
        'x-daily-ratelimit-token-remaining': String(refused === 'daily' ? 0 : spending.remaining),
      }
      return refused ? { refused, headers } : { headers }
    },
    setBurstLimit: (company, requests) => void burstLimits.set(company.id, requests),
    setDailyBudget: (company, remaining) => void spendings.set(company.id, { day: today(), remaining }),
  }
}
