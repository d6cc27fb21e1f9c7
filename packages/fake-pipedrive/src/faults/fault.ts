import type { UserRef } from '../directory.ts'
import type { Endpoint } from '../http/site.ts'
import type { GateKeeper } from './gate.ts'

/**
 * Whether the fault strikes before the server does its work, so that nothing has happened, or after it, so that tokens
 * were issued and the client does not learn of them.
 */
export interface Timing {
  /** Default: `before`. */
  readonly when?: 'before' | 'after' | undefined
}

/** What goes wrong with a call. */
export type Fault =
  /** Delays the answer by `delayMs` of the clock. */
  | ({ readonly type: 'slow'; readonly delayMs: number } & Timing)
  /** Holds the call at a gate. `fake.faults.hold()` creates one. */
  | ({ readonly type: 'hold'; readonly gate: GateKeeper } & Timing)
  /** Answers with another status. A text body is sent as text, any other as JSON. Default body: an error of Pipedrive's API. */
  | ({
      readonly type: 'status'
      readonly status: number
      readonly body?: unknown
      readonly headers?: Readonly<Record<string, string>> | undefined
    } & Timing)
  /** Answers with an HTML page, like a proxy in front of the server. Default status: 502. */
  | ({ readonly type: 'html'; readonly status?: number | undefined } & Timing)
  /** Answers 429, with a `retry-after` header if `retryAfterSeconds` is given. */
  | ({ readonly type: 'rate_limited'; readonly retryAfterSeconds?: number | undefined } & Timing)
  /** Sends a complete HTTP response without a body. Default status: 200. */
  | ({ readonly type: 'empty'; readonly status?: number | undefined } & Timing)
  /** Sends a JSON body that is too large. Default: 2 MB. */
  | ({ readonly type: 'oversized'; readonly bytes?: number | undefined } & Timing)
  /** Breaks the connection before the first byte of the response. */
  | ({ readonly type: 'reset' } & Timing)
  /** Never answers and keeps the connection open. */
  | ({ readonly type: 'hang' } & Timing)
  /** Does the work, then sends a complete HTTP response with half the JSON. */
  | { readonly type: 'truncated' }
  /** Does the work, then breaks the connection in the middle of the body. */
  | { readonly type: 'cut' }
  /** Removes fields from a successful JSON response. */
  | { readonly type: 'omit'; readonly fields: readonly string[] }
  /** Replaces fields of a successful JSON response. */
  | { readonly type: 'override'; readonly fields: Readonly<Record<string, unknown>> }

/** Selects the calls of a fault: every condition that is given must hold. */
export interface FaultTarget {
  readonly endpoint?: Endpoint | undefined
  readonly grantType?: string | undefined
  /** The user whose code, token or API token the call carries. */
  readonly user?: UserRef | undefined
  readonly method?: string | undefined
  /** The whole path of the URL, or a pattern for it. */
  readonly path?: string | RegExp | undefined
  /** How many calls the fault strikes. Default: 1. `Infinity` is allowed. */
  readonly times?: number | undefined
  /** How many matching calls pass before the first strike. Default: 0. */
  readonly skip?: number | undefined
}

/** A fault and the calls it strikes. Several faults in a list wrap each other, the first outermost. */
export interface FaultPlan extends FaultTarget {
  readonly fault: Fault | readonly Fault[]
}

/** Returns the faults of a plan, outermost first. */
export const faultsOf = ({ fault }: FaultPlan): readonly Fault[] => ('type' in fault ? [fault] : fault)
