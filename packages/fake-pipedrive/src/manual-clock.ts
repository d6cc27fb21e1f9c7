import type { Clock } from './clock.ts'

/** A clock that stands still until a test advances it. */
export interface ManualClock extends Required<Clock> {
  /**
   * Advances the time by `ms`. Sleepers wake in the order of their time, each at its own instant. What a sleeper starts,
   * new sleeps included, runs before the next one wakes. It does not wait for sockets, disks or real timers.
   */
  advance(ms: number): Promise<void>
}

interface Sleeper {
  readonly wakeAt: number
  readonly wake: () => void
}

/** How many times `settle()` lets other work run between two sleepers. */
const TURNS = 40

/**
 * Creates a clock for tests.
 * @param startAt the time at which it begins, in epoch milliseconds. Default: 2026-01-05T09:00:00Z.
 * @example
 * const clock = manualClock()
 * const fake = createFakePipedrive({ clock })
 * await clock.advance(60 * 60_000)
 */
export function manualClock(startAt: number = Date.UTC(2026, 0, 5, 9)): ManualClock {
  const sleepers = new Set<Sleeper>()
  let now = startAt

  const nextSleeper = (until: number): Sleeper | undefined => {
    let next: Sleeper | undefined
    for (const sleeper of sleepers) {
      if (sleeper.wakeAt <= until && (!next || sleeper.wakeAt < next.wakeAt)) next = sleeper
    }
    return next
  }

  return {
    now: () => now,

    sleep: (ms, signal) =>
      new Promise((resolve, reject) => {
        if (signal?.aborted) return reject(signal.reason)
        const abort = () => {
          sleepers.delete(sleeper)
          reject(signal?.reason)
        }
        const sleeper: Sleeper = {
          wakeAt: now + Math.max(0, ms),
          wake: () => {
            sleepers.delete(sleeper)
            signal?.removeEventListener('abort', abort)
            resolve()
          },
        }
        if (ms <= 0) return resolve()
        sleepers.add(sleeper)
        signal?.addEventListener('abort', abort, { once: true })
      }),

    async advance(ms) {
      const target = now + ms
      await settle()
      for (let next = nextSleeper(target); next; next = nextSleeper(target)) {
        now = Math.max(now, next.wakeAt)
        next.wake()
        await settle()
      }
      now = Math.max(now, target)
      await settle()
    },
  }
}

/**
 * Waits until running work has come to rest. Each digest goes once through the thread pool and the event loop, so work
 * that was queued before it, cryptography included, is normally done after it. It cannot see a thread of the pool that
 * the system suspends for longer than all digests take.
 */
async function settle(): Promise<void> {
  for (let turn = 0; turn < TURNS; turn += 1) await crypto.subtle.digest('SHA-256', new Uint8Array(1))
}
