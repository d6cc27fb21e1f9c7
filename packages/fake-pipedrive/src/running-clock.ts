import { refuseUnless, when } from './check/check.ts'
import { systemClock, type Clock } from './clock.ts'

/** A clock that runs like the machine's and can be moved forward. */
export interface RunningClock extends Required<Clock> {
  /** How far the clock is ahead of the machine's, in milliseconds. */
  readonly aheadMs: number
  /** Moves the time forward by `ms`. Who sleeps wakes as much earlier. */
  advance(ms: number): Promise<void>
}

/**
 * Creates a clock that runs by itself and can be moved forward. It is the default clock of a fake.
 * @param startAheadMs how far it begins ahead of the machine's clock, in milliseconds. Default: 0.
 */
export function runningClock(startAheadMs = 0): RunningClock {
  let aheadMs = startAheadMs
  let moved = Promise.withResolvers<void>()
  const now = () => Date.now() + aheadMs

  return {
    now,
    get aheadMs() {
      return aheadMs
    },
    async sleep(ms, signal) {
      const wakeAt = now() + ms
      for (let left = ms; left > 0; left = wakeAt - now()) {
        const woken = new AbortController()
        const either = signal ? AbortSignal.any([signal, woken.signal]) : woken.signal
        const slept = systemClock.sleep(left, either).catch((error: unknown) => {
          if (signal?.aborted) throw error
        })
        await Promise.race([slept, moved.promise]).finally(() => woken.abort())
      }
      signal?.throwIfAborted()
    },
    async advance(ms) {
      refuseUnless(
        when('a number of milliseconds, 0 or more', (value) => Number.isFinite(value) && Number(value) >= 0),
        ms,
        'advance()',
      )
      aheadMs += ms
      moved.resolve()
      moved = Promise.withResolvers()
    },
  }
}
