/** The machine's time, moved forward at will. Waiting takes real time. */
export interface MovableClock {
  now(): number
  /** How far ahead of the machine this clock is, in milliseconds. */
  readonly aheadMs: number
  forward(ms: number): void
}

/** @param onForward called after each move. */
export function movableClock(startAheadMs = 0, onForward: () => void = () => {}): MovableClock {
  let aheadMs = startAheadMs
  return {
    now: () => Date.now() + aheadMs,
    get aheadMs() {
      return aheadMs
    },
    forward(ms) {
      aheadMs += ms
      onForward()
    },
  }
}
