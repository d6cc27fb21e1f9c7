import type { InstallationId, KeepAliveOptions, KeepAliveReport, StoredRecord } from '@pd/oauth-core'
import { askForTokens, random } from '@pd/test-support'
import type { App } from './app.ts'

/** What a worker can be asked to do. Everything that goes in and comes out can be sent between processes. */
export const tasks = {
  createTable({ store }: App): Promise<void> {
    return store.createTable()
  },

  /** So many callers at once for every one of these installations. */
  tokens: ({ oauth }: App, demand: Parameters<typeof askForTokens>[1]) => askForTokens(oauth, demand),

  keepAlive({ oauth }: App, options: KeepAliveOptions): Promise<KeepAliveReport> {
    return oauth.keepAlive(options)
  },

  /** Inserts, updates with and without `dueAt`, and deletes, each as a client would: read, then compare-and-set. */
  async write(
    { store }: App,
    { ids, seed, writes }: { ids: readonly InstallationId[]; seed: number; writes: number },
  ): Promise<number> {
    const next = random(seed)
    let landed = 0
    for (let write = 0; write < writes; write++) {
      const id = ids[Math.floor(next() * ids.length)] as InstallationId
      const before = await store.get(id)
      const dueAt = next() < 0.3 ? undefined : 1 + Math.floor(next() * 1e12)
      const record = recordOf(`${seed}-${write}`, dueAt)
      if (await store.compareAndSet(id, before?.version, next() < 0.25 ? undefined : record)) landed++
    }
    return landed
  },
}

/** A record whose value tells the rest of it, so that one which is half written shows. */
export function recordOf(version: string, dueAt: number | undefined): StoredRecord {
  const value = `${version} ${dueAt ?? 'never'} `.repeat(60)
  return dueAt === undefined ? { version, value } : { version, value, dueAt }
}
