import type { InstallationId } from '../../machine/account.ts'
import { TokenEndpointError } from '../../errors.ts'
import { Abandonment } from '../runtime/abandonment.ts'
import type { FullClock } from '../runtime/clock.ts'
import { withTimeLimit } from '../runtime/time-limit.ts'

/** How long one caller waits, and for which installation. */
export interface Patience {
  readonly installationId: InstallationId
  readonly waitMs: number
  readonly signal?: AbortSignal | undefined
}

interface Flight<T> {
  readonly outcome: Promise<T>
  readonly startedAt: number
  readonly abandonment: Abandonment
  callers: number
  isSettled: boolean
}

/**
 * Shares running work between all callers in this process that need its outcome. One caller that stops waiting does not
 * affect the others. When the last one stops, `abandonment` tells the work that nobody waits.
 */
export class Flights<T> {
  readonly #clock: FullClock
  readonly #longestMs: number
  readonly #flights = new Map<string, Flight<T>>()

  /**
   * `longestMs`: new callers do not join a flight that is older than this. On edge runtimes work stops with its
   * request, so a flight may never settle. Default: no limit.
   */
  constructor(clock: FullClock, longestMs = Number.POSITIVE_INFINITY) {
    this.#clock = clock
    this.#longestMs = longestMs
  }

  /**
   * Resolves to the outcome of the running flight with this key. Starts a flight if none is running.
   * @throws {TokenEndpointError} `refresh_pending`, after `waitMs`
   * @throws the signal's reason
   */
  async join(key: string, patience: Patience, start: (abandonment: Abandonment) => Promise<T>): Promise<T> {
    const { installationId, waitMs: ms, signal } = patience
    signal?.throwIfAborted()
    const flight = this.#underWay(key) ?? this.#start(key, start)
    flight.callers++
    try {
      const late = () => new TokenEndpointError('refresh_pending', { installationId })
      return await withTimeLimit(flight.outcome, { ms, clock: this.#clock, signal }, late)
    } finally {
      if (--flight.callers === 0) {
        this.#remove(key, flight)
        if (!flight.isSettled) flight.abandonment.abandon()
      }
    }
  }

  #underWay(key: string): Flight<T> | undefined {
    const flight = this.#flights.get(key)
    if (flight === undefined) return undefined
    const ageMs = this.#clock.now() - flight.startedAt
    return ageMs >= 0 && ageMs < this.#longestMs ? flight : undefined
  }

  #start(key: string, start: (abandonment: Abandonment) => Promise<T>): Flight<T> {
    const abandonment = new Abandonment()
    const startedAt = this.#clock.now()
    const flight = { outcome: start(abandonment), startedAt, abandonment, callers: 0, isSettled: false }
    this.#flights.set(key, flight)
    const settle = () => {
      flight.isSettled = true
      this.#remove(key, flight)
    }
    flight.outcome.then(settle, settle)
    return flight
  }

  #remove(key: string, flight: Flight<T>): void {
    if (this.#flights.get(key) === flight) this.#flights.delete(key)
  }
}
