import { TokenEndpointError } from '../errors.ts'
import { Abandonment } from './abandonment.ts'
import type { FullClock } from './clock.ts'
import { within } from './within.ts'

/** How long one caller waits. */
export interface Patience {
  readonly waitMs: number
  readonly signal?: AbortSignal | undefined
}

interface Flight<T> {
  readonly landing: Promise<T>
  readonly startedAt: number
  readonly abandonment: Abandonment
  callers: number
  hasLanded: boolean
}

/**
 * Work that any number of callers in this process share. A caller who goes away leaves the others theirs; when
 * the last one has gone, `abandonment` tells the work that nobody waits.
 */
export class Flights<T> {
  readonly #clock: FullClock
  readonly #longestMs: number
  readonly #flights = new Map<string, Flight<T>>()

  /**
   * `longestMs`: a flight under way for longer is joined by nobody new. On edge runtimes work ends with the request it
   * belongs to, so a flight may never land.
   */
  constructor(clock: FullClock, longestMs = Number.POSITIVE_INFINITY) {
    this.#clock = clock
    this.#longestMs = longestMs
  }

  /**
   * @throws {TokenEndpointError} `refresh_pending`, when this caller's patience ran out
   * @throws the signal's reason
   */
  async join(key: string, patience: Patience, start: (abandonment: Abandonment) => Promise<T>): Promise<T> {
    patience.signal?.throwIfAborted()
    const flight = this.#underWay(key) ?? this.#takeOff(key, start)
    flight.callers++
    try {
      const limit = { ms: patience.waitMs, clock: this.#clock, signal: patience.signal }
      return await within(flight.landing, limit, () => new TokenEndpointError('refresh_pending'))
    } finally {
      if (--flight.callers === 0) {
        this.#remove(key, flight)
        if (!flight.hasLanded) flight.abandonment.abandon()
      }
    }
  }

  #underWay(key: string): Flight<T> | undefined {
    const flight = this.#flights.get(key)
    return flight && this.#clock.now() - flight.startedAt < this.#longestMs ? flight : undefined
  }

  #takeOff(key: string, start: (abandonment: Abandonment) => Promise<T>): Flight<T> {
    const abandonment = new Abandonment()
    const startedAt = this.#clock.now()
    const flight = { landing: start(abandonment), startedAt, abandonment, callers: 0, hasLanded: false }
    this.#flights.set(key, flight)
    const land = () => {
      flight.hasLanded = true
      this.#remove(key, flight)
    }
    flight.landing.then(land, land)
    return flight
  }

  #remove(key: string, flight: Flight<T>): void {
    if (this.#flights.get(key) === flight) this.#flights.delete(key)
  }
}
