import type { InstallationId } from '../../machine/account.ts'
import type { PassByReason } from '../../machine/installation/effect.ts'
import type { PipedriveOAuthErrorCode } from '../../errors.ts'

/** What a keep-alive did with one installation, or with `dryRun` would do. */
export type KeepAliveResult = { readonly id: InstallationId } & (
  | { readonly outcome: 'refreshed' }
  /** Its grant had been dead for `policy.forgetAfterMs`, and its record was deleted. */
  | { readonly outcome: 'forgotten' }
  /** The store named it as due and has no record of it. The entry is removed where the store can do that. */
  | { readonly outcome: 'absent' }
  | { readonly outcome: 'skipped'; readonly reason: PassByReason }
  | { readonly outcome: 'failed'; readonly code: PipedriveOAuthErrorCode }
)

/** An installation that could not be refreshed. */
export interface KeepAliveFailure {
  readonly id: InstallationId
  readonly code: PipedriveOAuthErrorCode
}

/** Why a run ended before it had tried everything. */
export type KeepAliveStop =
  | { readonly reason: 'signal' }
  /** Every request failed, and went on failing. `code`: how. */
  | { readonly reason: 'outage'; readonly code: PipedriveOAuthErrorCode }
  /** Pipedrive asked to wait for longer than a run waits, or again and again. */
  | { readonly reason: 'rate_limit'; readonly retryAfterMs?: number }

/** The result of a keep-alive. Plain data, and of the same size however many installations there are. */
export interface KeepAliveReport {
  /** Whether nothing was changed, and the counts say what a run would do. */
  readonly dryRun: boolean
  readonly refreshed: number
  /** Passed by for now: another process refreshes it, it cools down after a failure, or it is no longer due. */
  readonly skipped: number
  readonly failed: number
  /** Records that were deleted, because their grant had been dead for `policy.forgetAfterMs`. */
  readonly forgotten: number
  /** Entries of the store's index that have no record. */
  readonly absent: number
  /** The first 100 that failed. `onResult` gets all of them. */
  readonly failures: readonly KeepAliveFailure[]
  /** How many are due after the run, whatever the reason. Missing if the store could not say. */
  readonly left?: number
  /** When the next refresh token of these expires, in epoch milliseconds. Missing if none will, or the store could not say. */
  readonly soonestExpiryAt?: number
  readonly durationMs: number
  /** Why the run ended early. Missing: it has tried everything that was due. */
  readonly stopped?: KeepAliveStop
}

const mostFailures = 100

/** Counts results, and keeps the first failures. */
export class KeepAliveTally {
  readonly #counts = { refreshed: 0, skipped: 0, failed: 0, forgotten: 0, absent: 0 }
  readonly #failures: KeepAliveFailure[] = []
  readonly #onResult: ((result: KeepAliveResult) => void) | undefined

  constructor(onResult: ((result: KeepAliveResult) => void) | undefined) {
    this.#onResult = onResult
  }

  add(result: KeepAliveResult): void {
    this.#counts[result.outcome] += 1
    if (result.outcome === 'failed' && this.#failures.length < mostFailures)
      this.#failures.push({ id: result.id, code: result.code })
    this.#onResult?.(result)
  }

  /** How many are no longer due. */
  get done(): number {
    return this.#counts.refreshed
  }

  get summary() {
    return { ...this.#counts, failures: this.#failures }
  }
}
