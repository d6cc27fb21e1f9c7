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

/** A clock with both methods. */
export type FullClock = Required<Clock>

/** The longest a runtime's timer can wait; a longer one would fire at once. */
const longestTimerMs = 2_147_483_647

/** A clock is an object with `now()`, such as `Date`, or a plain function. */
export function fullClock(clock: Clock | (() => number) = Date): FullClock {
  const given = isClock(clock) ? clock : { now: clock }
  return {
    now: () => given.now(),
    sleep: (ms, signal) => (given.sleep ? given.sleep(ms, signal) : timerSleep(ms, signal)),
  }
}

function isClock(clock: Clock | (() => number)): clock is Clock {
  return 'now' in clock
}

function timerSleep(ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(signal.reason)
    const abort = () => {
      clearTimeout(timer)
      reject(signal?.reason)
    }
    const timer = setTimeout(
      () => {
        signal?.removeEventListener('abort', abort)
        resolve()
      },
      Math.min(Math.max(ms, 0), longestTimerMs),
    )
    signal?.addEventListener('abort', abort, { once: true })
  })
}
