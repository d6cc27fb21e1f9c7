import { patientTimer, timer } from '../../calls/patient-timer.ts'

/** Tells the time. */
export interface Clock {
  /** Returns the current time, in epoch milliseconds. */
  now(): number
  /**
   * Optional. Resolves after `ms` milliseconds of this clock, or rejects with the signal's reason. A test clock
   * implements it to control waiting, too. Default: the runtime's timers.
   */
  sleep?(ms: number, signal?: AbortSignal): Promise<void>
}

/** A clock with everything that the client needs. */
export interface FullClock extends Required<Clock> {
  /**
   * Calls `run` once, after `ms` milliseconds: for time-outs, so answers that have arrived by then are read first. The
   * returned function cancels it.
   */
  after(ms: number, run: () => void): () => void
}

/**
 * Returns a full clock for an object with `now()`, such as `Date`, or for a function that returns epoch milliseconds.
 */
export function fullClock(clock: Clock | (() => number) = () => Date.now()): FullClock {
  if (!isClock(clock)) return { now: clock, sleep: timerSleep, after: patientTimer }
  const { sleep } = clock
  if (sleep === undefined) return { now: () => clock.now(), sleep: timerSleep, after: patientTimer }
  return {
    now: () => clock.now(),
    sleep: (ms, signal) => sleep.call(clock, ms, signal),
    after: (ms, run) => {
      const off = new AbortController()
      sleep.call(clock, ms, off.signal).then(
        () => run(),
        () => {},
      )
      return () => off.abort()
    },
  }
}

function isClock(clock: Clock | (() => number)): clock is Clock {
  return 'now' in clock
}

function timerSleep(ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(signal.reason)
    const abort = () => {
      cancel()
      reject(signal?.reason)
    }
    const cancel = timer(ms, () => {
      signal?.removeEventListener('abort', abort)
      resolve()
    })
    signal?.addEventListener('abort', abort, { once: true })
  })
}
