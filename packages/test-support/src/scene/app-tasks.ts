import type { InstallationId, KeepAliveOptions, KeepAliveReport, StoredRecord } from '@pd/oauth-core'
import { askForTokens } from '../ask-for-tokens.ts'
import { random } from '../random.ts'
import type { App } from './app.ts'

/** What a worker can be asked to do. Arguments and results can be sent between processes. */
export const appTasks = {
  setUp: (app: App) => app.setUp(),

  advanceClock: (app: App, ms: number) => app.advanceClock(ms),

  /** So many callers at once for each of these installations. */
  tokens: ({ oauth }: App, demand: Parameters<typeof askForTokens>[1]) => askForTokens(oauth, demand),

  keepAlive({ oauth }: App, options: KeepAliveOptions): Promise<KeepAliveReport> {
    return oauth.keepAlive(options)
  },

  /**
   * Inserts, updates (with `dueAt` or without, marked or not) and deletes at random. Each write is what a client does: read, then
   * compare-and-set. Resolves to how many writes succeeded.
   */
  async write(
    { store }: App,
    { ids, seed, writes }: { ids: readonly InstallationId[]; seed: number; writes: number },
  ): Promise<number> {
    const next = random(seed)
    let succeeded = 0
    for (let write = 0; write < writes; write++) {
      const id = ids[Math.floor(next() * ids.length)] as InstallationId
      const before = await store.get(id)
      const dueAt = next() < 0.3 ? undefined : 1 + Math.floor(next() * 1e12)
      const record = recordOf(`${seed}-${write}`, dueAt, next() < 0.3)
      if (await store.compareAndSet(id, before?.version, next() < 0.25 ? undefined : record)) succeeded++
    }
    return succeeded
  },
}

/** A record whose value repeats all else of it, so that a half-written record can be recognized. */
export function recordOf(
  version: string,
  dueAt: number | undefined,
  attention: boolean | undefined,
): StoredRecord {
  const value = `${version} ${dueAt ?? 'never'}${attention === true ? '!' : ''} `.repeat(60)
  return {
    version,
    value,
    ...(dueAt !== undefined && { dueAt }),
    ...(attention === true && { attention }),
  }
}
