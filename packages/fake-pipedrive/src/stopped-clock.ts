/** Somebody waits on a `manualClock()` that nobody advances. The message says who waits, and how to go on. */
export class StoppedClockError extends Error {
  override readonly name = 'StoppedClockError'
  readonly #asked: number

  /** Is made where the sleep begins, so that the stack names the caller. */
  constructor(askedMs: number) {
    super()
    this.#asked = askedMs
  }

  /** Sets the message, once the wait has become too long. `leftMs`: how far the clock has to be advanced. */
  since(leftMs: number, patienceMs: number): this {
    this.message =
      `The manual clock stands still: a sleep of ${this.#asked} ms was not woken, ` +
      `and nobody has advanced the clock for ${patienceMs} ms of real time. It was asked for ${this.#caller()}. ` +
      `Call await clock.advance(${leftMs}) while it waits (do not await the waiting call before), ` +
      `or give the clock more time with manualClock({ patienceMs }).`
    return this
  }

  #caller(): string {
    const lines = (this.stack ?? '').split('\n').filter((line) => /^\s+at |@/.test(line))
    const outside = lines.find((line) => !/(manual-clock|stopped-clock|\/clock)\.[jt]s:/.test(line))
    return outside?.trim() ?? 'by an unknown caller'
  }
}

const TICK_MS = 100

/** How a clock is moved. */
export interface Motion {
  /** How many moves have begun. */
  begun: number
  /** How many of them have not ended. */
  running: number
}

/**
 * Calls `giveUp` when nobody has moved the clock for `patienceMs`. Counts ticks of a timer rather than time, so a process
 * that is suspended or busy does not use up the patience. Returns a function that ends the watch.
 */
export function watchSleeper(patienceMs: number, motion: Readonly<Motion>, giveUp: () => void): () => void {
  if (patienceMs === Infinity) return () => {}
  const most = Math.ceil(patienceMs / TICK_MS)
  let [seen, ticks] = [motion.begun, 0]
  const timer = setInterval(() => {
    const isStill = motion.running === 0 && motion.begun === seen
    ticks = isStill ? ticks + 1 : 0
    seen = motion.begun
    if (ticks < most) return
    clearInterval(timer)
    giveUp()
  }, TICK_MS)
  return () => clearInterval(timer)
}
