/** Where the fake reads the time. */
export interface Clock {
  /** Now, in epoch milliseconds. */
  now(): number
  /** Waits `ms` of this clock's time. A clock without it makes the fake wait in real time. */
  sleep?(ms: number, signal?: AbortSignal): Promise<void>
}

/** The machine's clock and real timers. */
export const systemClock: Required<Clock> = {
  now: () => Date.now(),
  sleep: (ms, signal) =>
    new Promise((resolve, reject) => {
      if (signal?.aborted) return reject(signal.reason)
      const abort = () => {
        clearTimeout(timer)
        reject(signal?.reason)
      }
      const timer = setTimeout(() => {
        signal?.removeEventListener('abort', abort)
        resolve()
      }, ms)
      signal?.addEventListener('abort', abort, { once: true })
    }),
}

/** Completes whatever was given as a clock to one that can tell the time and wait. */
export function resolveClock(clock: Clock | (() => number) = systemClock): Required<Clock> {
  if (typeof clock === 'function') return { now: clock, sleep: systemClock.sleep }
  return {
    now: () => clock.now(),
    sleep: (ms, signal) => (clock.sleep ? clock.sleep(ms, signal) : systemClock.sleep(ms, signal)),
  }
}
