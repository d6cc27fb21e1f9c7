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
  #latest: ClockOffset | undefined

  /** What the last answer told. Undefined: no answer had a `Date` header. */
  get latest(): ClockOffset | undefined {
    return this.#latest
  }

  /** Takes an answer in. Instants are in epoch milliseconds. */
  hear(headers: Headers, sentAt: number, receivedAt: number): void {
    const serverAt = Date.parse(headers.get('date') ?? '')
    if (Number.isNaN(serverAt)) return
    const offMs = Math.round((sentAt + receivedAt) / 2 - (serverAt + resolutionMs / 2))
    this.#latest = { offMs, uncertainMs: Math.round((resolutionMs + receivedAt - sentAt) / 2) }
  }
}
