import type { InstallationId, PipedriveOAuth } from '@pd/oauth-core'
import { expect } from 'vitest'

/** A client whose reads from the store are counted. */
export interface CountedClient {
  readonly oauth: PipedriveOAuth
  readonly gets: { readonly count: number }
  readonly cacheMs: number
}

/** Resolves when memory that is older than `cacheMs` is served without a read. */
export async function hears({ oauth, gets, cacheMs }: CountedClient, id: InstallationId): Promise<void> {
  const isServed = async () => {
    const before = gets.count
    await oauth.installation(id).accessToken()
    const readAt = Date.now()
    await expect.poll(() => Date.now() - readAt).toBeGreaterThan(cacheMs)
    await oauth.installation(id).accessToken()
    return gets.count === before
  }
  await expect.poll(isServed).toBe(true)
}
