/** The machine's clock, which can be moved forward. It has no `sleep()`, so waits take real time. */
export interface MovableClock {
  now(): number
  /** How far this clock is ahead of the machine's, in milliseconds. */
  readonly aheadMs: number
  forward(ms: number): void
}

/** @param onForward is called after each move. */
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
