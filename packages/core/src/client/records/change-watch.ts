import type { InstallationId } from '../../machine/account.ts'
import type { FullClock } from '../runtime/clock.ts'
import type { OpenRecord } from './memory.ts'
import type { Records } from './records.ts'

const firstPollMs = 10
const longestPollMs = 250
/** The poll interval of a store that reports changes. A lost message costs no more than this. */
const slowPollMs = 1_000
/** After so many messages to one caller, the store's messages are ignored and the record is polled. */
const mostMessages = 20

/** Lets one caller wait until a record changes: the store reports the change, or it is polled at growing intervals. */
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
   * Resolves when the caller should ask again: the record may have another version than `version`, `or` has settled, a
   * poll is due, or it is `until` (epoch ms). Resolves to the record, if the store handed it over.
   * @throws the signal's reason
   */
  async next(
    id: InstallationId,
    version: string | undefined,
    { until, or, signal }: { until: number; or: Promise<void> | undefined; signal: AbortSignal },
  ): Promise<OpenRecord | undefined> {
    signal.throwIfAborted()
    const stop = new AbortController()
    const abort = () => stop.abort(signal.reason)
    signal.addEventListener('abort', abort)
    try {
      const record = await Promise.race([
        this.#clock.sleep(Math.min(this.#pollMs(), Math.max(until - this.#clock.now(), 0)), stop.signal),
        ...(this.#usesMessages ? [this.#message(id, version, stop.signal)] : []),
        ...(or === undefined ? [] : [or]),
      ])
      return record ?? undefined
    } finally {
      signal.removeEventListener('abort', abort)
      stop.abort()
    }
  }

  get #usesMessages(): boolean {
    return this.#records.canTellChanges && this.#messages < mostMessages
  }

  #pollMs(): number {
    if (this.#usesMessages) return slowPollMs
    const pollMs = Math.min(firstPollMs * 1.5 ** this.#polls, longestPollMs)
    this.#polls++
    return pollMs
  }

  async #message(
    id: InstallationId,
    version: string | undefined,
    signal: AbortSignal,
  ): Promise<OpenRecord | undefined> {
    const record = await this.#records.changed(id, version, signal)
    if (!signal.aborted) this.#messages++
    return record
  }
}
