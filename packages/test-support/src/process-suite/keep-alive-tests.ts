import { expect, test } from 'vitest'
import { day } from '../scene/create-scene.ts'
import { severalAtOnce } from '../several-at-once.ts'
import type { CreateScene, Scale } from './store-under-test.ts'

export function keepAliveTests(createScene: CreateScene, { installations, due }: Scale): void {
  test(
    `F27 of ${installations} installations the ${due} that are due are refreshed once each, by 4 processes at once`,
    { timeout: 180_000 },
    async () => {
      await using scene = await createScene({ users: due, fake: { latencyMs: 20 } })
      await scene.install({ ago: 50 * day })
      await severalAtOnce(
        Array.from({ length: installations - due }, (_, index) => index),
        async (index) => {
          const account = { companyId: 1_000 + (index % Math.ceil(due / 20)), userId: 10_000 + index }
          await scene.app.oauth.adopt(neverRefreshed, { account })
        },
      )
      const workers = await scene.workers(4)
      const concurrency = 3

      const reports = await Promise.all(workers.map((worker) => worker.run('keepAlive', { concurrency })))

      expect(scene.refreshes()).toBe(due)
      expect(reports.flatMap(({ refreshed }) => refreshed).sort()).toEqual(scene.ids.toSorted())
      expect(reports.flatMap(({ failed }) => failed)).toEqual([])
      for (const { refreshed } of reports) expect(refreshed.length).toBeGreaterThan(0)
      const mostAtOnce = Math.max(
        ...scene.fake.tokenRequests({ grantType: 'refresh_token' }).map(({ inFlight }) => inFlight),
      )
      expect(mostAtOnce).toBeLessThanOrEqual(workers.length * concurrency)
      expect(await scene.app.store.due(Date.now() + 15 * day, 1_000)).toEqual([])
    },
  )
}

/** The tokens of the installations that are not due. The fake does not know them. */
const neverRefreshed = {
  access_token: `v1u:${'A'.repeat(500)}`,
  token_type: 'Bearer',
  expires_in: 3_599,
  refresh_token: `1:1:${'a'.repeat(40)}`,
  scope: 'base,deals:full',
}
