/// <reference lib="esnext.disposable" preserve="true" />
import type { Clock } from './clock.ts'
import { durationMs, instant, object, oneOf, optional, refuseUnless, when } from './check/check.ts'
import { runningCryptography } from './running-cryptography.ts'
import { StoppedClockError, watchSleeper, type Motion } from './stopped-clock.ts'

/** A clock that stands still until a test advances it. */
export interface ManualClock extends Required<Clock>, Disposable {
  /**
   * Advances the time by `ms`. Sleepers wake in the order of their time, each at its own instant. What a sleeper starts,
   * new sleeps and calls to `crypto.subtle` included, runs before the next one wakes, however long it takes. It does not
   * wait for sockets, disks or real timers. With a negative `ms` the time stays.
   */
  advance(ms: number): Promise<void>
  /** Ends the watch over sleepers. For the end of a test that leaves some behind. */
  [Symbol.dispose](): void
}

/** The options of `manualClock()`. */
export interface ManualClockOptions {
  /** The time at which the clock begins, in epoch milliseconds. Default: 2026-01-05T09:00:00Z. */
  readonly startAt?: number | undefined
  /**
   * How long, in real milliseconds, a sleeper may wait while nobody advances the clock, before `whenStuck` happens.
   * `Infinity`: for ever. Default: 2 000, because test runners give up after 5 000.
   */
  readonly patienceMs?: number | undefined
  /**
   * `report` writes to the console who waits and how to go on, once per clock, and waits on. `reject` lets the sleep reject
   * with a `StoppedClockError` of the same sentence. Default: `report`.
   */
  readonly whenStuck?: 'report' | 'reject' | undefined
}

interface Sleeper {
  readonly wakeAt: number
  readonly wake: () => void
}

/** How many times `settle()` lets other work run between two sleepers. */
const TURNS = 40

/**
 * Creates a clock for tests. Waiting on it cannot hang a test unnoticed: see `whenStuck`. From the first clock of a process
 * on, the methods of `crypto.subtle` are watched, so that `advance()` knows when they have ended.
 * @param options the time at which the clock begins, or the options.
 * @throws {Error} when an option is unknown or invalid
 * @example
 * const clock = manualClock()
 * const fake = createFakePipedrive({ clock })
 * await clock.advance(60 * 60_000)
 */
export function manualClock(options: number | ManualClockOptions = {}): ManualClock {
  const given = typeof options === 'number' ? { startAt: options } : options
  const { startAt = Date.UTC(2026, 0, 5, 9), patienceMs = 2_000, whenStuck = 'report' } = checked(given)
  const sleepers = new Set<Sleeper>()
  let now = startAt
  const motion: Motion = { begun: 0, running: 0 }
  runningCryptography()
  const watches = new Set<() => void>()
  let isReported = false

  const nextSleeper = (until: number): Sleeper | undefined => {
    let next: Sleeper | undefined
    for (const sleeper of sleepers) {
      if (sleeper.wakeAt <= until && (!next || sleeper.wakeAt < next.wakeAt)) next = sleeper
    }
    return next
  }

  return {
    now: () => now,

    sleep(ms, signal) {
      const error = new StoppedClockError(ms)
      return new Promise((resolve, reject) => {
        if (signal?.aborted) return reject(signal.reason)
        if (ms <= 0) return resolve()
        const end = () => {
          sleepers.delete(sleeper)
          signal?.removeEventListener('abort', abort)
          unwatch()
          watches.delete(unwatch)
        }
        const abort = () => {
          end()
          reject(signal?.reason)
        }
        const sleeper: Sleeper = {
          wakeAt: now + ms,
          wake: () => {
            end()
            resolve()
          },
        }
        const unwatch = watchSleeper(patienceMs, motion, () => {
          const stuck = error.since(sleeper.wakeAt - now, patienceMs)
          if (whenStuck === 'reject') {
            end()
            reject(stuck)
          } else if (!isReported) {
            isReported = true
            console.error(stuck.message)
          }
        })
        watches.add(unwatch)
        sleepers.add(sleeper)
        signal?.addEventListener('abort', abort, { once: true })
      })
    },

    async advance(ms) {
      refuseUnless(
        when('a number of milliseconds', (value) => Number.isFinite(value)),
        ms,
        'advance()',
      )
      const target = now + ms
      motion.begun += 1
      motion.running += 1
      await settle()
      for (let next = nextSleeper(target); next; next = nextSleeper(target)) {
        now = Math.max(now, next.wakeAt)
        next.wake()
        await settle()
      }
      now = Math.max(now, target)
      await settle()
      motion.running -= 1
    },

    [Symbol.dispose]() {
      for (const unwatch of watches) unwatch()
      watches.clear()
    },
  }
}

function checked(options: ManualClockOptions): ManualClockOptions {
  const fields = {
    startAt: optional(instant),
    patienceMs: optional(durationMs),
    whenStuck: optional(oneOf('report', 'reject')),
  }
  refuseUnless(object<ManualClockOptions>(fields), options, 'manualClock()')
  return options
}

/**
 * Waits until running work has come to rest: until it has had `TURNS` turns of the event loop after which no cryptography
 * was running.
 */
async function settle(): Promise<void> {
  const { calls, digest } = runningCryptography()
  for (let turn = 0; turn < TURNS;) {
    await digest('SHA-256', new Uint8Array(1))
    if (calls.size === 0) turn += 1
    else await Promise.allSettled(calls)
  }
}
