import type { Clock } from './clock.ts'
import { matchesUser, type User, type UserRef } from './directory.ts'
import type { Endpoint } from './http/site.ts'

/** One request as the server saw it. */
export interface Call {
  readonly endpoint: Endpoint
  readonly method: string
  readonly url: string
  readonly path: string
  /** When the request arrived, in epoch milliseconds. */
  readonly at: number
  /** How many calls to the same endpoint were in flight when it arrived, this one included. */
  readonly inFlight: number
  readonly grantType?: string
  /** The user of the code, token or API token in the request, valid or not. Undefined if the server never issued it. */
  readonly user?: User
  readonly code?: string
  readonly refreshToken?: string
  readonly accessToken?: string
  /** The scripted faults that applied, outermost first. */
  readonly faults: readonly string[]
  /** `pending` until the server has finished. `reset` and `cut` are broken connections; `hung` gets no response. */
  readonly outcome: 'pending' | 'answered' | 'reset' | 'cut' | 'hung'
  /** Whether the client disconnected before the response. */
  readonly abandoned: boolean
  /** The status of the response. Undefined while pending, and if no status was sent. */
  readonly status?: number
  /** The `error` field of a JSON response. */
  readonly error?: string
  /** When the server finished, in epoch milliseconds. */
  readonly endedAt?: number
}

/** Selects calls: every condition that is given must hold. */
export interface CallFilter {
  readonly endpoint?: Endpoint | undefined
  readonly grantType?: string | undefined
  readonly user?: UserRef | undefined
  readonly method?: string | undefined
  readonly path?: string | RegExp | undefined
  readonly status?: number | undefined
}

/** Whether a call meets every condition of the filter. */
export function matchesCall(call: Call, filter: CallFilter): boolean {
  const { endpoint, grantType, user, method, path, status } = filter
  if (endpoint !== undefined && endpoint !== call.endpoint) return false
  if (grantType !== undefined && grantType !== call.grantType) return false
  if (method !== undefined && method.toUpperCase() !== call.method) return false
  if (status !== undefined && status !== call.status) return false
  if (typeof path === 'string' && path !== call.path) return false
  // Not test(), which goes on from its last match if the pattern has the flag g or y.
  if (path instanceof RegExp && call.path.search(path) < 0) return false
  return user === undefined || (call.user !== undefined && matchesUser(call.user, user))
}

/** What the request of a call tells about it. */
export type Subject = Pick<Call, 'endpoint' | 'grantType' | 'user' | 'code' | 'refreshToken' | 'accessToken'>

/** The log of calls, oldest first. */
export class CallLog {
  readonly calls: Call[] = []
  readonly #clock: Clock
  readonly #inFlight = new Map<Endpoint, number>()

  constructor(clock: Clock) {
    this.#clock = clock
  }

  open(request: Request, subject: Subject): Call {
    const { method, url } = request
    const { pathname } = new URL(url)
    const inFlight = this.#count(subject.endpoint, 1)
    const seen = { ...subject, method, url, path: pathname, at: this.#clock.now(), inFlight }
    const call: Call = { ...seen, faults: [], outcome: 'pending', abandoned: false }
    this.calls.push(call)
    return call
  }

  /** Updates the entry of a call. */
  note(call: Call, news: Partial<Pick<Call, 'faults' | 'abandoned'>>): void {
    Object.assign(call, news)
  }

  close(call: Call, end: Pick<Call, 'outcome' | 'status' | 'error'>): void {
    Object.assign(call, end, { endedAt: this.#clock.now() })
    this.#count(call.endpoint, -1)
  }

  matching(filter: CallFilter): readonly Call[] {
    return this.calls.filter((call) => matchesCall(call, filter))
  }

  /** Removes all entries from `calls`, which stays the same array. */
  clear(): void {
    this.calls.splice(0)
  }

  #count(endpoint: Endpoint, change: 1 | -1): number {
    const inFlight = (this.#inFlight.get(endpoint) ?? 0) + change
    this.#inFlight.set(endpoint, inFlight)
    return inFlight
  }
}
