import type { InstallationId, KeepAliveOptions, KeepAliveReport } from '@pd/oauth-core'
import { askForTokens, codeOf, random } from '@pd/test-support'
import type { App } from './app.ts'
import type { FailedCall } from '../soak-verdict.ts'

/** What a worker can be asked to do. Everything that goes in and comes out can be sent between processes. */
export const tasks = {
  /** So many callers at once for every one of these installations. */
  tokens: ({ oauth }: App, demand: Parameters<typeof askForTokens>[1]) => askForTokens(oauth, demand),

  /** Asks for tokens of installations at random, in so many lanes, for so long. */
  async load(
    { oauth }: App,
    {
      ids,
      seed,
      lanes,
      forMs,
    }: { ids: readonly InstallationId[]; seed: number; lanes: number; forMs: number },
  ) {
    const next = random(seed)
    const failures: FailedCall[] = []
    let calls = 0
    const end = Date.now() + forMs
    const lane = async () => {
      for (let from = Date.now(); from < end; from = Date.now()) {
        const id = ids[Math.floor(next() * ids.length)] as InstallationId
        await oauth
          .installation(id)
          .accessToken()
          .catch((error: unknown) => failures.push({ id, code: codeOf(error), from, until: Date.now() }))
        calls++
        await new Promise((resolve) => setTimeout(resolve, 20))
      }
    }
    await Promise.all(Array.from({ length: lanes }, lane))
    return { calls, failures }
  },

  /** Resolves when every refresh that was begun is saved. */
  async settle({ oauth }: App): Promise<void> {
    await oauth.settled()
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
      const version = `${seed}-${write}`
      const dueAt = 1 + Math.floor(next() * 1e12)
      const record = { version, value: 'sealed', ...(next() < 0.3 ? {} : { dueAt }) }
      if (await store.compareAndSet(id, before?.version, next() < 0.25 ? undefined : record)) landed++
    }
    return landed
  },
}
