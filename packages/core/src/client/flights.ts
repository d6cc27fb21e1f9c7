import { TokenEndpointError } from '../errors.ts'
import type { FullClock } from './clock.ts'
import { within } from './within.ts'

/** How long one caller waits. */
export interface Patience {
  readonly waitMs: number
  readonly signal?: AbortSignal | undefined
}

interface Flight<T> {
  readonly landing: Promise<T>
  readonly abandon: AbortController
  callers: number
}

/**
 * Work that any number of callers in this process share. A caller who goes away leaves the others theirs; when
 * the last one has gone, `signal` tells the work that nobody waits.
 */
export class Flights<T> {
  readonly #clock: FullClock
  readonly #flights = new Map<string, Flight<T>>()

  constructor(clock: FullClock) {
    this.#clock = clock
  }

  /**
   * @throws {TokenEndpointError} `refresh_pending`, when this caller's patience ran out
   * @throws the signal's reason
   */
  async join(key: string, patience: Patience, start: (signal: AbortSignal) => Promise<T>): Promise<T> {
    const flight = this.#flights.get(key) ?? this.#takeOff(key, start)
    flight.callers++
    try {
      const limit = { ms: patience.waitMs, clock: this.#clock, signal: patience.signal }
      return await within(flight.landing, limit, () => new TokenEndpointError('refresh_pending'))
    } finally {
      if (--flight.callers === 0) {
        this.#remove(key, flight)
        flight.abandon.abort()
      }
    }
  }

  #takeOff(key: string, start: (signal: AbortSignal) => Promise<T>): Flight<T> {
    const abandon = new AbortController()
    const flight = { landing: start(abandon.signal), abandon, callers: 0 }
    this.#flights.set(key, flight)
    const remove = () => this.#remove(key, flight)
    flight.landing.then(remove, remove)
    return flight
  }

  #remove(key: string, flight: Flight<T>): void {
    if (this.#flights.get(key) === flight) this.#flights.delete(key)
  }
}
