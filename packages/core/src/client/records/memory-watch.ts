import type { InstallationId } from '../../machine/account.ts'
import { hears, watchRetryPauseMs, type Standing } from '../../machine/memory.ts'
import { PipedriveOAuthError } from '../../errors.ts'
import type { StoreWatch } from '../../store/store.ts'
import { causeOf } from '../runtime/log.ts'
import type { Settings } from '../runtime/settings.ts'
import { StoreTimeout } from './store-answer.ts'

interface Attempt {
  readonly number: number
  readonly startedAt: number
  /** Undefined until it stands. */
  watch?: StoreWatch | undefined
}

/**
 * How far memory hears of the changes of other processes. `standing`: at once. `opening`: soon. `silent`: the watch is open, but no
 * heartbeat has come back in time. `lost`: the watch broke or could not be opened; the next use of memory tries again. `idle`:
 * memory has not been used for `policy.watchIdleMs`, or never, and needs none.
 */
export type WatchState = 'standing' | 'opening' | 'silent' | 'lost' | 'idle'

/** The state of the watch. `cause`: why it is lost, if that is known. */
export interface WatchReport {
  readonly state: WatchState
  readonly cause?: string | undefined
}

/** Keeps one watch on the store. It has no timer: a watch that is missing is opened again when memory is next used. */
export class MemoryWatch {
  readonly #settings: Settings
  readonly #told: (id: InstallationId, version?: string) => void
  #attempt: Attempt | undefined
  #attempts = 0
  #failures = 0
  #lastStartedAt = -Infinity
  #lost: { readonly at: number; readonly cause: string | undefined } | undefined
  #isClosed = false
  /** When memory was used last, in epoch milliseconds. */
  usedAt = -Infinity
  /** The watch that stands. */
  standing: Standing | undefined

  /** `told` is called for every change while the watch stands. */
  constructor(settings: Settings, told: (id: InstallationId, version?: string) => void) {
    this.#settings = settings
    this.#told = told
  }

  /** Opens the watch, unless it is open, is being opened, or has failed a short time ago. Never throws. */
  open(): void {
    if (this.standing !== undefined || this.#isClosed) return
    const { clock, policy } = this.#settings
    const now = clock.now()
    if (this.#attempt !== undefined) {
      // A clock that was set back shows an earlier time.
      const isSlow = Math.abs(now - this.#attempt.startedAt) >= policy.storeTimeoutMs
      if (isSlow) this.#failed(this.#attempt, new StoreTimeout(policy.storeTimeoutMs))
      return
    }
    const pauseMs = watchRetryPauseMs(this.#failures, policy)
    const isEarly = now >= this.#lastStartedAt && now < this.#lastStartedAt + pauseMs
    if (!isEarly) void this.#open(now)
  }

  /** Returns the state of the watch. */
  report(): WatchReport {
    const { clock, policy } = this.#settings
    const now = clock.now()
    if (this.standing !== undefined)
      return { state: hears(this.standing, now, policy) ? 'standing' : 'silent' }
    const isIdle = this.#isClosed || now >= this.usedAt + policy.watchIdleMs
    if (this.#lost !== undefined && !isIdle) return { state: 'lost', cause: this.#lost.cause }
    return { state: this.#attempt === undefined ? 'idle' : 'opening' }
  }

  /** Closes the watch for good. */
  async close(): Promise<void> {
    this.#isClosed = true
    await this.#end(this.#attempt)
  }

  async #open(startedAt: number): Promise<void> {
    const { clock, policy, store } = this.#settings
    const attempt: Attempt = { number: ++this.#attempts, startedAt }
    this.#attempt = attempt
    this.#lastStartedAt = startedAt
    const standing = { watch: attempt.number, heardUntil: Infinity }
    const heartbeat = () => {
      const sentAt = clock.now()
      if (standing.heardUntil === Infinity) standing.heardUntil = -Infinity
      if (sentAt >= this.usedAt + policy.watchIdleMs) void this.#end(attempt)
      return () => void (standing.heardUntil = sentAt)
    }
    try {
      attempt.watch = await store.watch?.(this.#told, { heartbeatMs: policy.watchHeartbeatMs, heartbeat })
    } catch (error) {
      return this.#failed(attempt, error)
    }
    if (attempt !== this.#attempt) return this.#end(attempt)
    this.standing = standing
    this.#failures = 0
    this.#restored()
    void attempt.watch?.lost.then((cause) => this.#broke(attempt, cause))
  }

  #failed(attempt: Attempt, error: unknown): void {
    if (attempt !== this.#attempt) return
    this.#attempt = undefined
    this.#failures++
    this.#tellLoss(error)
  }

  #broke(attempt: Attempt, cause: unknown): void {
    if (attempt !== this.#attempt) return
    this.#attempt = undefined
    this.standing = undefined
    // Without a cause, the application has closed its connection and may be about to exit.
    if (cause === undefined) return
    this.#tellLoss(cause)
    this.open()
  }

  async #end(attempt: Attempt | undefined): Promise<void> {
    if (attempt === this.#attempt) {
      this.#attempt = undefined
      this.standing = undefined
    }
    try {
      await attempt?.watch?.close()
    } catch {
      // Nothing is heard of it any more.
    }
  }

  #tellLoss(error: unknown): void {
    if (this.#lost !== undefined) return
    const isOwn = error instanceof PipedriveOAuthError
    const code = isOwn ? error.code : 'store_unavailable'
    const why = { ...(isOwn && { cause: error.message }), ...causeOf(error) }
    this.#lost = { at: this.#settings.clock.now(), cause: why.cause }
    this.#settings.emit({ type: 'watch_lost', code, ...why })
  }

  #restored(): void {
    if (this.#lost === undefined) return
    this.#settings.emit({ type: 'watch_restored', durationMs: this.#settings.clock.now() - this.#lost.at })
    this.#lost = undefined
  }
}
