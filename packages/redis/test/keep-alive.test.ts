import { afterAll, beforeAll, expect, test } from 'vitest'
import { createScene, day, severalAtOnce } from './processes/scene.ts'
import { sharedRedis } from './servers/connect.ts'

let redis: Awaited<ReturnType<typeof sharedRedis>>
beforeAll(async () => {
  redis = await sharedRedis()
})
afterAll(() => redis?.stop())

test('F27 of 10 000 installations the 300 that are due are refreshed once each, by 4 processes at once', async () => {
  await using scene = await createScene({ address: redis.address, users: 300, fake: { latencyMs: 20 } })
  const due = scene.ids
  await scene.install({ ago: 50 * day })
  await severalAtOnce(
    Array.from({ length: 9_700 }, (_, index) => index + 1),
    async (userId) => {
      await scene.app.oauth.adopt(tokensNobodyAsksFor, { account: { companyId: 2_000, userId } })
    },
  )
  const workers = await scene.workers(4)
  const concurrency = 3

  const reports = await Promise.all(workers.map((worker) => worker.run('keepAlive', { concurrency })))

  expect(scene.refreshes()).toBe(300)
  expect(reports.flatMap(({ refreshed }) => refreshed).sort()).toEqual(due.toSorted())
  expect(reports.flatMap(({ failed }) => failed)).toEqual([])
  for (const { refreshed } of reports) expect(refreshed.length).toBeGreaterThan(0)
  const mostAtOnce = Math.max(
    ...scene.fake.tokenRequests({ grantType: 'refresh_token' }).map(({ inFlight }) => inFlight),
  )
  expect(mostAtOnce).toBeLessThanOrEqual(workers.length * concurrency)
  expect(await scene.app.store.due(Date.now() + 15 * day, 1_000)).toEqual([])
})

const tokensNobodyAsksFor = {
  access_token: `v1u:${'A'.repeat(500)}`,
  token_type: 'Bearer',
  expires_in: 3_599,
  refresh_token: `1:1:${'a'.repeat(40)}`,
  scope: 'base,deals:full',
}
