import type { FullClock } from './clock.ts'

const firstPauseMs = 50
const longestPauseMs = 1_000

/**
 * Tries again and again, at growing pauses, until it works or `until` (epoch ms) leaves no time for another try: then
 * the last error is thrown. `failed` hears of every failure; what it throws ends the trying.
 */
export async function persistently<T>(
  attempt: () => Promise<T>,
  { clock, until, failed }: { clock: FullClock; until: number; failed: (error: unknown) => void },
): Promise<T> {
  for (let pauseMs = firstPauseMs; ; pauseMs = Math.min(pauseMs * 2, longestPauseMs)) {
    try {
      return await attempt()
    } catch (error) {
      failed(error)
      if (clock.now() + pauseMs >= until) throw error
      await clock.sleep(pauseMs)
    }
  }
}
