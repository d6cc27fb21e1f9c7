import type { FullClock } from './clock.ts'

/**
 * Calls `attempt` until its outcome stands. `pauseMs` looks at each outcome, with the number of tries so far, and returns
 * how long to wait before the next try, in milliseconds; undefined ends the trying.
 */
export async function retry<Outcome>(
  clock: FullClock,
  attempt: () => Promise<Outcome>,
  pauseMs: (outcome: Outcome, tries: number) => number | undefined,
): Promise<Outcome> {
  for (let tries = 1; ; tries++) {
    const outcome = await attempt()
    const pause = pauseMs(outcome, tries)
    if (pause === undefined) return outcome
    await clock.sleep(pause)
  }
}

const firstPauseMs = 50
const longestPauseMs = 1_000

/**
 * Calls `attempt` until it succeeds, with growing pauses, as long as `until` (epoch ms) leaves time for another try. Then
 * it rejects with the last error. `failed` hears of every failure; an error that it throws ends the trying.
 */
export async function retryUntil<T>(
  attempt: () => Promise<T>,
  { clock, until, failed }: { clock: FullClock; until: number; failed: (error: unknown) => void },
): Promise<T> {
  const caught = () =>
    attempt().then(
      (value) => ({ isDone: true, value }) as const,
      (error: unknown) => ({ isDone: false, error }) as const,
    )
  const outcome = await retry(clock, caught, (tried, tries) => {
    if (tried.isDone) return undefined
    failed(tried.error)
    const pause = Math.min(firstPauseMs * 2 ** (tries - 1), longestPauseMs)
    return clock.now() + pause < until ? pause : undefined
  })
  if (outcome.isDone) return outcome.value
  throw outcome.error
}
