import { describe, expect, test } from 'vitest'
import { memoryStore, PipedriveOAuth, type KeepAliveOptions } from '../../src/index.ts'
import { day, hour, sealingSecret } from './scene.ts'

/** More than a page of the index. */
const size = 1_100
const answerMs = 10

/**
 * Many installations that were refreshed over `spreadMs` until now, and an endpoint that counts the refreshes of each. The
 * clock goes on as the real one does, and each answer takes some time more. `setBackAfter`: after so many answers, the clock is
 * set back by four hours.
 */
async function createCrowd({
  keepAliveWithinMs = 15 * day,
  spreadMs = 50 * day,
  setBackAfter = Infinity,
}: {
  keepAliveWithinMs?: number
  spreadMs?: number
  setBackAfter?: number
}) {
  let aheadMs = 0
  const now = () => Date.UTC(2026, 8, 1) + performance.now() + aheadMs
  const counts = new Map<string, number>()
  const enough = new AbortController()
  let answers = 0
  const fetch: typeof globalThis.fetch = async (_, init) => {
    const token = new URLSearchParams(String(init?.body)).get('refresh_token') ?? ''
    // With a made-up token, the run asks whether Pipedrive answers at all.
    if (!token.startsWith('token-')) return Response.json({ error: 'invalid_grant' }, { status: 400 })
    counts.set(token, (counts.get(token) ?? 0) + 1)
    aheadMs += answerMs
    if (++answers === setBackAfter) aheadMs -= 4 * hour
    if (answers === 4 * size) enough.abort()
    return Response.json(tokens(token))
  }
  const oauth = new PipedriveOAuth({
    clientId: 'app',
    clientSecret: 'app-secret',
    redirectUri: 'https://app.example.com/callback',
    secrets: [sealingSecret],
    store: memoryStore(),
    fetch,
    clock: now,
    logger: false,
    policy: { historyEntries: 0, keepAliveWithinMs },
  })
  for (let userId = 1; userId <= size; userId++)
    await oauth.adopt(tokens(`token-${userId}`), {
      account: { companyId: 1, userId },
      obtainedAt: now() - 1 - Math.floor((spreadMs * userId) / size),
    })
  const keepAlive = (options: KeepAliveOptions = {}) => oauth.keepAlive({ ...options, signal: enough.signal })
  return { counts, keepAlive, most: () => Math.max(...counts.values()) }
}

function tokens(refreshToken: string) {
  return { access_token: 'v1u:x', expires_in: 3_599, refresh_token: refreshToken, scope: 'base' }
}

describe('F42 of more installations than a page has', () => {
  test.each([
    ['withinMs of 60 days', { withinMs: 60 * day }, {}],
    ['withinMs of 61 days', { withinMs: 61 * day }, {}],
    ['withinMs of ten years', { withinMs: 3_650 * day }, {}],
    ['a policy of 61 days', {}, { keepAliveWithinMs: 61 * day }],
    ['withinMs of 61 days, one after the other', { withinMs: 61 * day, concurrency: 1 }, {}],
    ['withinMs of 61 days, all refreshed a moment ago', { withinMs: 61 * day }, { spreadMs: 0 }],
  ])('F42 a run with %s refreshes each once, and ends', async (_, options, crowd) => {
    const { counts, keepAlive, most } = await createCrowd(crowd)
    const report = await keepAlive(options)
    expect(report).toMatchObject({ refreshed: size, skipped: 0, failed: 0, isComplete: true })
    expect([counts.size, most()]).toEqual([size, 1])
  })

  test('F42 F38 a run during which the clock is set back refreshes none twice, and ends', async () => {
    const { counts, keepAlive, most } = await createCrowd({ setBackAfter: 300 })
    const { isComplete, refreshed } = await keepAlive({ withinMs: 61 * day })
    expect([isComplete, most(), counts.size]).toEqual([true, 1, refreshed])
    expect(refreshed).toBeGreaterThan(size - 10)
  })

  test.each([31, 59])('F42 a run with a policy of %i days refreshes none twice', async (days) => {
    const { keepAlive, most } = await createCrowd({ keepAliveWithinMs: days * day })
    expect((await keepAlive()).isComplete).toBe(true)
    expect(most()).toBe(1)
  })

  test('F42 a run with withinMs of 61 days leaves nothing, and the next one refreshes each again', async () => {
    const { keepAlive, most } = await createCrowd({})
    expect(await keepAlive({ withinMs: 61 * day })).toMatchObject({ left: 0 })
    expect(await keepAlive({ withinMs: 61 * day })).toMatchObject({ refreshed: size, left: 0 })
    expect(most()).toBe(2)
  })
})
