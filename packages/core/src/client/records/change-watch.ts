import type { InstallationId } from '../../machine/account.ts'
import type { FullClock } from '../runtime/clock.ts'
import type { Records } from './records.ts'

const firstPollMs = 10
const longestPollMs = 250
/** A message from the store that gets lost costs no more than this. */
const slowPollMs = 1_000
/** A store that speaks of more changes than this, to one waiting caller, is not listened to any longer. */
const mostMessages = 20

/** How one caller waits for a record to change: the store tells, or it is asked at growing intervals. */
export class ChangeWatch {
  readonly #records: Records
  readonly #clock: FullClock
  #messages = 0
  #polls = 0

  constructor(records: Records, clock: FullClock) {
    this.#records = records
    this.#clock = clock
  }

  /**
   * Resolves when it is worth asking again: the record may no longer be of this version, `or` has ended, a poll is due, or
   * it is `until` (epoch ms).
   * @throws the signal's reason
   */
  async next(
    id: InstallationId,
    version: string | undefined,
    { until, or, signal }: { until: number; or: Promise<void> | undefined; signal: AbortSignal },
  ): Promise<void> {
    signal.throwIfAborted()
    const stop = new AbortController()
    const abort = () => stop.abort(signal.reason)
    signal.addEventListener('abort', abort)
    try {
      await Promise.race([
        this.#clock.sleep(Math.min(this.#pollMs(), Math.max(until - this.#clock.now(), 0)), stop.signal),
        ...(this.#isTold ? [this.#message(id, version, stop.signal)] : []),
        ...(or === undefined ? [] : [or]),
      ])
    } finally {
      signal.removeEventListener('abort', abort)
      stop.abort()
    }
  }

  get #isTold(): boolean {
    return this.#records.canTellChanges && this.#messages < mostMessages
  }

  #pollMs(): number {
    if (this.#isTold) return slowPollMs
    const pollMs = Math.min(firstPollMs * 1.5 ** this.#polls, longestPollMs)
    this.#polls++
    return pollMs
  }

  async #message(id: InstallationId, version: string | undefined, signal: AbortSignal): Promise<void> {
    await this.#records.changed(id, version, signal)
    if (!signal.aborted) this.#messages++
  }
}
