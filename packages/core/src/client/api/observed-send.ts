import { readLimits, readRateLimit } from '../../protocol/rate-limit.ts'
import type { InstallationId } from '../../machine/account.ts'
import { causeText } from '../../clean-cause.ts'
import { ApiError } from '../../errors.ts'
import type { FullClock } from '../runtime/clock.ts'
import type { ApiResponse, Emit } from '../runtime/oauth-event.ts'

/** Whose requests are observed. */
export interface ApiObserver {
  readonly clock: FullClock
  readonly emit: Emit
  /** Undefined: the requests of a given token. */
  readonly installationId: InstallationId | undefined
}

/** Emits what the API answered to one request. */
export type Observe = (
  answer: { readonly status: number; readonly headers: Headers } | undefined,
  error?: unknown,
) => void

/**
 * Begins to observe a request. Call the returned function with the answer, or with undefined and the error. Neither the
 * query nor the body nor a token gets into an event.
 */
export function observeRequest(
  { clock, emit, installationId }: ApiObserver,
  { method, path, attempt }: Pick<ApiResponse, 'method' | 'path' | 'attempt'>,
): Observe {
  const startedAt = clock.now()
  const about = installationId === undefined ? {} : { installationId }
  return (answer, error) => {
    const now = clock.now()
    const request = { method, path, attempt, durationMs: now - startedAt }
    if (answer === undefined)
      return emit({ type: 'api_response', ...about, ...request, cause: causeText(error) })
    const { status, headers } = answer
    emit({ type: 'api_response', ...about, ...request, status, ...limitsOf(headers) })
    if (status !== 429) return
    const { resetMs, isDailyBudgetSpent } = readRateLimit(headers, now)
    emit({ type: 'rate_limited', ...about, limit: isDailyBudgetSpent ? 'daily' : 'burst', resetMs })
  }
}

/** The errors of requests that were sent and got no answer, and whose they were. */
const unanswered = new WeakMap<object, InstallationId | undefined>()

/** Returns the error for a request that was sent and got no answer. Undefined: the error has another reason. */
export function apiErrorFor(cause: unknown): ApiError | undefined {
  const known = Object(cause) as object
  return unanswered.has(known) ? new ApiError({ cause, installationId: unanswered.get(known) }) : undefined
}

/** Sends one request. `isOwn`: it carries the token. */
export type Send = (url: URL, init: RequestInit, isOwn: boolean) => Promise<Response>

/** Returns what sends the requests of one call of the application. Observes those that carry the token. */
export function observedSend(send: typeof globalThis.fetch, observer: ApiObserver): Send {
  let attempt = 0
  return async (url, init, isOwn) => {
    const noted = async () => {
      try {
        return await send(url, init)
      } catch (error) {
        unanswered.set(Object(error), observer.installationId)
        throw error
      }
    }
    if (!isOwn) return noted()
    attempt++
    const method = (init.method ?? 'GET').toUpperCase()
    const observe = observeRequest(observer, { method, path: url.pathname, attempt })
    try {
      const response = await noted()
      observe(response)
      return response
    } catch (error) {
      observe(undefined, error)
      throw error
    }
  }
}

function limitsOf(headers: Headers): Pick<ApiResponse, 'limits'> {
  const limits = readLimits(headers)
  return limits === undefined ? {} : { limits }
}
