/** The machine's time, moved forward at will. Waiting takes real time. */
export interface MovableClock {
  now(): number
  /** How far ahead of the machine this clock is, in milliseconds. */
  readonly aheadMs: number
  forward(ms: number): void
}

export function movableClock(): MovableClock {
  let aheadMs = 0
  return {
    now: () => Date.now() + aheadMs,
    get aheadMs() {
      return aheadMs
    },
    forward(ms) {
      aheadMs += ms
    },
  }
}
