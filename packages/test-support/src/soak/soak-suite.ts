import { expect, test } from 'vitest'
import { scenesOn } from '../process-suite/process-suite.ts'
import type { StoreUnderTest } from '../process-suite/store-under-test.ts'
import { soak } from './soak.ts'

/**
 * The soak as a test of a store, with 4 processes. `users` is how many users there are (default: 2 000) and
 * `seconds` how long the soak takes (default: 10; 300 in `pnpm test:full`), unless SOAK_SECONDS says otherwise. SOAK_SEED repeats an earlier run.
 * Call it once in a test file of vitest.
 */
export function soakSuite<Address>(
  store: StoreUnderTest<Address>,
  { users = 2_000, seconds: usualSeconds = 10 } = {},
): void {
  const createScene = scenesOn(store)
  const isFull = process.env['TEST_SIZE'] === 'full'
  const seconds = Number(process.env['SOAK_SECONDS'] ?? (isFull ? 300 : usualSeconds))
  const seed = Number(process.env['SOAK_SEED'] ?? Math.floor(Math.random() * 1e9))
  const size = { seconds, workers: 4, users }

  test(
    'F02 F06 F15 F19 through kills, uninstalls, re-installs and faults nobody is lost and no token asked for twice',
    async () => {
      console.log(`soak: SOAK_SEED=${seed} SOAK_SECONDS=${seconds}`)
      const { problems, calls, failures, tokenRequests, incidents } = await soak(seed, size, createScene)
      const counts = Object.entries(Object.groupBy(incidents, ({ type }) => type))
        .map(([type, { length }]) => `${length} × ${type}`)
        .join(', ')
      console.log(`soak: ${calls} calls, ${failures} failed, ${tokenRequests} token requests; ${counts}`)

      expect(problems, `SOAK_SEED=${seed}`).toEqual([])
      expect(tokenRequests).toBeGreaterThan(100)
      expect(new Set(incidents.map(({ type }) => type)).size).toBe(4)
    },
    (seconds + 180) * 1_000,
  )
}
