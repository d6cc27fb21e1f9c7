import type { PipedriveOAuthErrorCode } from '../../errors.ts'

/** Why a run ended before it had tried everything. */
export type KeepAliveStop =
  | { readonly reason: 'signal' }
  /** Every request failed, and went on failing. `code`: how. */
  | { readonly reason: 'outage'; readonly code: PipedriveOAuthErrorCode }
  /** Pipedrive asked to wait for longer than a run waits, or again and again. */
  | { readonly reason: 'rate_limit'; readonly retryAfterMs?: number }

/** The counts of a keep-alive. */
export interface KeepAliveCounts {
  readonly refreshed: number
  /** Passed by for now: another process refreshes it, it cools down after a failure, or it is no longer due. */
  readonly skipped: number
  readonly failed: number
  /** Records that were deleted, because their grant had been dead for `policy.forgetAfterMs`. */
  readonly forgotten: number
  /** Entries of the store's index that have no record. */
  readonly absent: number
  /** How many are still due after the run, whatever the reason. Missing if the store could not say. */
  readonly left?: number
  /** When the next refresh token of these expires, in epoch milliseconds. Missing if none will, or the store could not say. */
  readonly soonestExpiryAt?: number
  readonly durationMs: number
  /** Why the run ended early. Missing: it has tried everything that was due. */
  readonly stopped?: KeepAliveStop
}
