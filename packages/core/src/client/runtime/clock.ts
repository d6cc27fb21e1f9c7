/** Where the time comes from. */
export interface Clock {
  /** Now, in epoch milliseconds. */
  now(): number
  /**
   * Optional. Resolves after `ms` milliseconds of this clock's time, or rejects with the signal's reason.
   * Without it, the runtime's timers are used; a test clock supplies it to be in charge of waiting, too.
   */
  sleep?(ms: number, signal?: AbortSignal): Promise<void>
}

/** A clock with everything the client needs. */
export interface FullClock extends Required<Clock> {
  /** Runs something once, after `ms` milliseconds; the function it returns calls it off. */
  after(ms: number, run: () => void): () => void
}

/** The longest a runtime's timer can wait; a longer one would fire at once. */
const longestTimerMs = 2_147_483_647

/** A clock is an object with `now()`, such as `Date`, or a plain function. */
export function fullClock(clock: Clock | (() => number) = Date): FullClock {
  if (!isClock(clock)) return { now: clock, sleep: timerSleep, after: timer }
  const { sleep } = clock
  if (sleep === undefined) return { now: () => clock.now(), sleep: timerSleep, after: timer }
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

function timer(ms: number, run: () => void): () => void {
  const id = setTimeout(run, Math.min(Math.max(ms, 0), longestTimerMs))
  return () => clearTimeout(id)
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
