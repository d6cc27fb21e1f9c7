/** The clock of the fake. */
export interface Clock {
  /** Returns the current time in epoch milliseconds. */
  now(): number
  /** Waits `ms` milliseconds of this clock. Without this method the fake waits in real time. */
  sleep?(ms: number, signal?: AbortSignal): Promise<void>
  /** Moves the time forward by `ms`. Without this method, the time of the fake cannot be moved over HTTP. */
  advance?(ms: number): Promise<void>
}

/** A clock that can always sleep. */
export type SleepingClock = Clock & Required<Pick<Clock, 'sleep'>>

/** The machine's clock and real timers. */
export const systemClock: SleepingClock = {
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

/** Returns a clock that can also sleep, from a clock or a function that returns the time. */
export function resolveClock(clock: Clock | (() => number)): SleepingClock {
  if (typeof clock === 'function') return { now: clock, sleep: systemClock.sleep }
  return {
    now: () => clock.now(),
    sleep: (ms, signal) => (clock.sleep ? clock.sleep(ms, signal) : systemClock.sleep(ms, signal)),
    ...(clock.advance && { advance: clock.advance.bind(clock) }),
  }
}
