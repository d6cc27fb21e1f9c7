import { expect, test } from 'vitest'
import { manualClock } from '@pd/fake-pipedrive'
import { memoryStore, PipedriveOAuth } from '../../src/index.ts'
import { day, sealingSecret } from './scene.ts'

const size = 20_000

/** Pipedrive's token endpoint, as cheap as can be: a refresh token dies 60 days after it was issued or last used. */
function thriftyEndpoint(now: () => number) {
  const usedAt = new Map<string, number>()
  let expired = 0
  const fetch: typeof globalThis.fetch = async (_, init) => {
    const token = new URLSearchParams(String(init?.body)).get('refresh_token') ?? ''
    const isAlive = now() < (usedAt.get(token) ?? -Infinity) + 60 * day
    if (!isAlive) expired++
    else usedAt.set(token, now())
    return isAlive ? Response.json(tokens(token)) : Response.json({ error: 'invalid_grant' }, { status: 400 })
  }
  return { fetch, usedAt, expired: () => expired }
}

function tokens(refreshToken: string) {
  return {
    access_token: 'v1u:x',
    token_type: 'Bearer',
    expires_in: 3_599,
    refresh_token: refreshToken,
    scope: 'base',
  }
}

test(
  'F42 of 20 000 that were imported on one day and never used none expires with a daily run, and F28 they spread over a month',
  { timeout: 300_000 },
  async () => {
    const clock = manualClock()
    const endpoint = thriftyEndpoint(clock.now)
    const oauth = new PipedriveOAuth({
      clientId: 'app',
      clientSecret: 'app-secret',
      redirectUri: 'https://app.example.com/callback',
      secrets: [sealingSecret],
      store: memoryStore(),
      fetch: endpoint.fetch,
      clock,
      policy: { cacheEntries: 1, historyEntries: 0 },
    })
    for (let userId = 1; userId <= size; userId++) {
      const token = `token-${userId}`
      endpoint.usedAt.set(token, clock.now())
      await oauth.adopt(tokens(token), { account: { companyId: 1, userId }, obtainedAt: clock.now() })
    }

    const perDay: number[] = []
    for (let days = 1; days <= 62; days++) {
      await clock.advance(day)
      const report = await oauth.keepAlive()
      expect(report).toMatchObject({ failed: 0, left: 0 })
      perDay.push(report.refreshed)
    }

    expect(endpoint.expired()).toBe(0)
    expect(Math.max(...perDay)).toBeLessThan(size / 25)
    expect(perDay.filter((count) => count > 0).length).toBeGreaterThan(25)
    const oldest = Math.min(...endpoint.usedAt.values())
    expect(clock.now() - oldest).toBeLessThan(46 * day)
  },
)
