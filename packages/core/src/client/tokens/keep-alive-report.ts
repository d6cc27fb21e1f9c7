import type { InstallationId } from '../../machine/account.ts'
import type { PassByReason } from '../../machine/installation/effect.ts'
import type { PipedriveOAuthErrorCode } from '../../errors.ts'
import { guardedOnResult } from '../runtime/guarded.ts'
import type { KeepAliveCounts } from '../runtime/keep-alive-counts.ts'
import type { Log } from '../runtime/log.ts'

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

/** The result of a keep-alive. Plain data, and of the same size however many installations there are. */
export interface KeepAliveReport extends KeepAliveCounts {
  /** Whether nothing was changed, and the counts say what a run would do. */
  readonly dryRun: boolean
  /** Whether nothing failed and the run did not end early. If false, look at `failures` and `stopped`. */
  readonly isComplete: boolean
  /** The first 100 that failed. `onResult` gets all of them. */
  readonly failures: readonly KeepAliveFailure[]
}

const mostFailures = 100

/** Counts results, and keeps the first failures. */
export class KeepAliveTally {
  readonly #counts = { refreshed: 0, skipped: 0, failed: 0, forgotten: 0, absent: 0 }
  readonly #failures: KeepAliveFailure[] = []
  readonly #onResult: ((result: KeepAliveResult) => void) | undefined

  constructor(log: Log, onResult: ((result: KeepAliveResult) => void) | undefined) {
    this.#onResult = guardedOnResult(log, 'keepAlive()', onResult)
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
