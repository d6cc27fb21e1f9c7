import type { TokenStore } from '@pd/oauth-core'
import { expect } from 'vitest'

/**
 * Writes four records without a pause while the database goes away twice, and checks that each ends as the last write that
 * was acknowledged left it.
 * @param goAway stops the database, waits until the writes fail, and starts it again
 */
export async function expectNothingLost(
  store: TokenStore,
  goAway: (untilFailing: () => Promise<void>) => Promise<void>,
): Promise<void> {
  const acknowledged = new Map<`${number}:${number}`, string>()
  const seen = { failures: 0, successes: 0 }
  const over = new AbortController()
  using ends = new DisposableStack()
  ends.defer(() => over.abort())
  const write = async (userId: number) => {
    const id = `1:${userId}` as const
    for (let count = 0; !over.signal.aborted; count++) {
      const version = `${userId}-${count}`
      try {
        const before = await store.get(id)
        if (!(await store.compareAndSet(id, before?.version, { version, value: 'sealed' }))) continue
        acknowledged.set(id, version)
        seen.successes++
      } catch {
        // The outcome is unknown, so the next write that is acknowledged counts.
        acknowledged.delete(id)
        seen.failures++
        await new Promise((resolve) => setImmediate(resolve))
      }
    }
  }
  const beyond = async (which: keyof typeof seen, more: number) => {
    const before = seen[which]
    await expect.poll(() => seen[which]).toBeGreaterThan(before + more)
  }
  const writers = [1, 2, 3, 4].map(write)
  for (const _ of [1, 2]) {
    await beyond('successes', 20)
    await goAway(() => beyond('failures', 0))
  }
  await beyond('successes', 20)
  await expect.poll(() => acknowledged.size).toBe(4)
  ends.dispose()
  await Promise.all(writers)

  for (const [id, version] of acknowledged) expect((await store.get(id))?.version).toBe(version)
}
