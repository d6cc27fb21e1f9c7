import {
  PipedriveOAuthError,
  type InstallationId,
  type KeepAliveOptions,
  type KeepAliveReport,
  type StoredRecord,
} from '@pd/oauth-core'
import { random } from '@pd/test-support'
import type { App } from './app.ts'

/** What a worker can be asked to do. Everything that goes in and comes out can be sent between processes. */
export const tasks = {
  createTable({ store }: App): Promise<void> {
    return store.createTable()
  },

  /** So many callers at once for every one of these installations. */
  async tokens({ oauth }: App, { ids, callers = 1 }: { ids: readonly InstallationId[]; callers?: number }) {
    const calls = ids.flatMap((id) =>
      Array.from({ length: callers }, () => oauth.installation(id).accessToken()),
    )
    const outcomes = await Promise.allSettled(calls)
    const granted = outcomes.flatMap((outcome) => (outcome.status === 'fulfilled' ? [outcome.value] : []))
    const refused = outcomes.flatMap((outcome) =>
      outcome.status === 'rejected' ? [codeOf(outcome.reason)] : [],
    )
    return { granted: granted.length, tokens: [...new Set(granted)], refused }
  },

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

function codeOf(reason: unknown): string {
  return reason instanceof PipedriveOAuthError ? reason.code : String(reason)
}
