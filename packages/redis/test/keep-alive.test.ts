import { createFakePipedrive } from '@pd/fake-pipedrive'
import { PipedriveOAuth, type InstallationId } from '@pd/oauth-core'
import { tokenResponse } from '@pd/test-support'
import type { Redis } from 'ioredis'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { keysUnder } from '../src/buckets.ts'
import { redisStore } from '../src/index.ts'
import { connect, sharedRedis, uniquePrefix } from './servers/connect.ts'

const day = 86_400_000

let redis: Awaited<ReturnType<typeof sharedRedis>>
beforeAll(async () => {
  redis = await sharedRedis()
})
afterAll(() => redis?.stop())

test('F41 200 entries whose record was evicted or deleted are removed, and do not keep anybody behind them waiting', async () => {
  const fake = createFakePipedrive()
  const client = connect(redis.address) as Redis
  const prefix = uniquePrefix()
  await using store = redisStore(client, { prefix })
  const oauth = new PipedriveOAuth({
    clientId: fake.app.clientId,
    clientSecret: fake.app.clientSecret,
    redirectUri: fake.app.redirectUri,
    secrets: ['test-secret-that-is-long-enough-0001'],
    store,
    fetch: fake.fetch,
  })
  const orphans = Array.from({ length: 200 }, (_, index): InstallationId => `7:${index + 1}`)
  for (const id of orphans) {
    const dueAt = Date.now() + day
    await store.compareAndSet(id, undefined, { version: 'a', value: 'sealed', dueAt, attention: true })
    await client.del(keysUnder(prefix).record(id))
  }
  await oauth.adopt(await tokenResponse(fake, '1001:11'), {
    account: { companyId: 1001, userId: 11 },
    obtainedAt: Date.now() - 50 * day,
  })

  expect(await oauth.keepAlive()).toMatchObject({ absent: 200, refreshed: 1, failed: 0, left: 0 })
  expect(await store.list({ limit: 1_000 })).toEqual({ ids: ['1001:11'] })
  expect(await store.count({ attention: true })).toBe(0)
  client.disconnect()
})
