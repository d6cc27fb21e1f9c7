import type { InstallationId, TokenStore } from '@pd/oauth-core'
import { expect } from 'vitest'
import type { Changes } from '../../src/changes.ts'

/**
 * Waits for changes of a record and makes them, until one is received as a record. A change that comes before the wait has
 * begun everywhere is only told. `joined`: the channels on which records are received.
 */
export async function expectHandedOver(
  changes: Changes,
  writer: TokenStore,
  id: InstallationId,
  joined: () => Promise<readonly unknown[]>,
): Promise<void> {
  for (let round = 1; ; round++) {
    const known = await writer.get(id)
    const next = {
      version: `${known!.version}+`,
      value: `sealed ${round}`,
      dueAt: round,
      attention: true,
    } as const
    const read = async () => known
    const waiting = changes.wait(id, known!.version, read, AbortSignal.timeout(10_000))
    await expect.poll(joined).toHaveLength(1)
    expect(await writer.compareAndSet(id, known!.version, next)).toBe(true)
    const received = await waiting
    await expect.poll(joined).toHaveLength(0)
    if (received !== undefined) return expect(received).toEqual(next)
  }
}
