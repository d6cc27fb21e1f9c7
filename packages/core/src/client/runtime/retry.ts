import type { FullClock } from './clock.ts'
import { steadyTime } from './steady-time.ts'

/**
 * Calls `work` until `pauseMs` accepts its outcome. `pauseMs` gets each outcome and the number of tries so far, and
 * returns the pause before the next try, in milliseconds. Undefined: this outcome is final.
 */
export async function retry<Outcome>(
  clock: FullClock,
  work: () => Promise<Outcome>,
  pauseMs: (outcome: Outcome, tries: number) => number | undefined,
): Promise<Outcome> {
  for (let tries = 1; ; tries++) {
    const outcome = await work()
    const pause = pauseMs(outcome, tries)
    if (pause === undefined) return outcome
    await clock.sleep(pause)
  }
}

const firstPauseMs = 50
const longestPauseMs = 1_000

/**
 * Calls `work` until it succeeds, with growing pauses, and returns its result. Starts no try after `until` (epoch ms);
 * then it rejects with the last error. A clock that is set back gives no more time. `failed` gets every error. If `failed`
 * throws, no further try is made.
 */
export async function retryUntil<T>(
  work: () => Promise<T>,
  { clock, until, failed }: { clock: FullClock; until: number; failed: (error: unknown) => void },
): Promise<T> {
  const caught = () =>
    work().then(
      (value) => ({ isDone: true, value }) as const,
      (error: unknown) => ({ isDone: false, error }) as const,
    )
  const now = steadyTime(clock)
  const outcome = await retry(clock, caught, (tried, tries) => {
    if (tried.isDone) return undefined
    failed(tried.error)
    const pause = Math.min(firstPauseMs * 2 ** (tries - 1), longestPauseMs)
    return now() + pause < until ? pause : undefined
  })
  if (outcome.isDone) return outcome.value
  throw outcome.error
}
