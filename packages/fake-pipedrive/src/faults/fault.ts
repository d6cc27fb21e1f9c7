import type { UserRef } from '../directory.ts'
import type { Endpoint } from '../http/site.ts'
import type { GateKeeper } from './gate.ts'

/**
 * Whether the fault strikes before the server does its work (nothing has happened) or after it (tokens were
 * issued, and the client does not learn of it).
 */
export interface Timing {
  /** Default: `before`. */
  readonly when?: 'before' | 'after' | undefined
}

/** What goes wrong with a call. */
export type Fault =
  /** The answer comes late, by the clock. */
  | ({ readonly type: 'slow'; readonly delayMs: number } & Timing)
  /** Waits at a gate; `fake.faults.hold()` makes one. */
  | ({ readonly type: 'hold'; readonly gate: GateKeeper } & Timing)
  /** Another status. A string is sent as text, anything else as JSON; default body: a Pipedrive error. */
  | ({
      readonly type: 'status'
      readonly status: number
      readonly body?: unknown
      readonly headers?: Readonly<Record<string, string>> | undefined
    } & Timing)
  /** An HTML page, as from the edge in front of the server. Default status: 502. */
  | ({ readonly type: 'html'; readonly status?: number | undefined } & Timing)
  /** 429. Without `retryAfterSeconds` there is no `retry-after` header. */
  | ({ readonly type: 'rate_limited'; readonly retryAfterSeconds?: number | undefined } & Timing)
  /** A complete HTTP answer without a body. Default status: 200. */
  | ({ readonly type: 'empty'; readonly status?: number | undefined } & Timing)
  /** A JSON body too large to be an answer. Default: 2 MB. */
  | ({ readonly type: 'oversized'; readonly bytes?: number | undefined } & Timing)
  /** The connection breaks before the first byte of the answer. */
  | ({ readonly type: 'reset' } & Timing)
  /** No answer, ever; the connection stays open. */
  | ({ readonly type: 'hang' } & Timing)
  /** The work is done; the body stops in the middle of the JSON, though the HTTP answer is complete. */
  | { readonly type: 'truncated' }
  /** The work is done; the connection breaks in the middle of the body. */
  | { readonly type: 'cut' }
  /** Fields missing from an otherwise good JSON answer. */
  | { readonly type: 'omit'; readonly fields: readonly string[] }
  /** Other values in an otherwise good JSON answer. */
  | { readonly type: 'override'; readonly fields: Readonly<Record<string, unknown>> }

/** Which calls a fault is for: all conditions given must hold. */
export interface FaultTarget {
  readonly endpoint?: Endpoint | undefined
  readonly grantType?: string | undefined
  /** The user whose code, token or API token the call carries. */
  readonly user?: UserRef | undefined
  readonly method?: string | undefined
  /** The URL's path: the whole of it, or a pattern. */
  readonly path?: string | RegExp | undefined
  /** How many calls it strikes. Default: 1. `Infinity` is allowed. */
  readonly times?: number | undefined
  /** How many fitting calls it lets pass first. Default: 0. */
  readonly skip?: number | undefined
}

/** A scripted fault. Several faults in a list wrap each other, the first outermost. */
export interface FaultPlan extends FaultTarget {
  readonly fault: Fault | readonly Fault[]
}

const types: Readonly<Record<Fault['type'], true>> = {
  slow: true,
  hold: true,
  status: true,
  html: true,
  rate_limited: true,
  empty: true,
  oversized: true,
  reset: true,
  hang: true,
  truncated: true,
  cut: true,
  omit: true,
  override: true,
}

/**
 * The faults of a plan, outermost first.
 * @throws {Error} when one of them is not a fault; plans also arrive as JSON.
 */
export function faultsOf({ fault }: FaultPlan): readonly Fault[] {
  if (!fault) throw new Error('A fault plan needs a fault')
  const faults = 'type' in fault ? [fault] : fault
  for (const { type } of faults) {
    if (!Object.hasOwn(types, type)) throw new Error(`There is no fault '${type}'`)
  }
  return faults
}
