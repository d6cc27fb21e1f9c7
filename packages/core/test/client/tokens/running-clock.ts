import type { FullClock } from '../../../src/client/runtime/clock.ts'

/** A clock whose sleeps end at once, at the time until which they were to last. Its time limits never end. */
export function runningClock(startAt = 1_000_000) {
  const sleeps: number[] = []
  const time = { now: startAt, whileAsleep: () => {} }
  const clock: FullClock = {
    now: () => time.now,
    sleep: async (ms, signal) => {
      sleeps.push(ms)
      time.whileAsleep()
      signal?.throwIfAborted()
      time.now += ms
    },
    after: () => () => {},
  }
  return { clock, sleeps, time, startAt }
}
