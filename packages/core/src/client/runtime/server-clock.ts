import type { Log } from './log.ts'

/** A `Date` header is exact to the second. */
const resolutionMs = 1_000

/** How far this clock is from Pipedrive's, and how exactly that is known, in milliseconds. */
export interface ClockOffset {
  /** More than 0: this clock is ahead. */
  readonly offMs: number
  /** How much of it may come from the way of the answer and from the resolution of the header. */
  readonly uncertainMs: number
}

/** Compares this clock with the `Date` header of Pipedrive's answers. Sends nothing itself. */
export class ServerClock {
  readonly #skewMs: number
  readonly #log: Log
  #latest: ClockOffset | undefined
  #isTold = false

  /** `skewMs`: how far the clocks may differ. */
  constructor(skewMs: number, log: Log) {
    this.#skewMs = skewMs
    this.#log = log
  }

  /** What the last answer told. Undefined: no answer had a `Date` header. */
  get latest(): ClockOffset | undefined {
    return this.#latest
  }

  /** What is wrong with this clock, as a sentence. Undefined: nothing, as far as the last answer tells. */
  get problem(): string | undefined {
    const { offMs, uncertainMs } = this.#latest ?? { offMs: 0, uncertainMs: 0 }
    if (Math.abs(offMs) <= this.#skewMs + uncertainMs) return undefined
    return `this clock is ${Math.abs(offMs)} ms ${offMs < 0 ? 'behind' : 'ahead of'} Pipedrive’s`
  }

  /** Takes an answer in. Instants are in epoch milliseconds. Writes into the log when the clock begins to be off. */
  hear(headers: Headers, sentAt: number, receivedAt: number): void {
    const serverAt = Date.parse(headers.get('date') ?? '')
    if (Number.isNaN(serverAt)) return
    const offMs = Math.round((sentAt + receivedAt) / 2 - (serverAt + resolutionMs / 2))
    this.#latest = { offMs, uncertainMs: Math.round((resolutionMs + receivedAt - sentAt) / 2) }
    const { problem } = this
    if (problem !== undefined && !this.#isTold)
      this.#log.warn({ what: problem, code: 'clock_off', action: setTheClock })
    this.#isTold = problem !== undefined
  }
}

/** What to do about a clock that is off. */
export const setTheClock = 'Set the clock of this machine from the network (NTP).'
