import type { InstallationId } from '@pd/oauth-core'
import { describe, expect, test } from 'vitest'
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
      expect(reports.reduce((sum, { refreshed }) => sum + refreshed, 0)).toBe(due)
      expect(reports.flatMap(({ failures }) => failures)).toEqual([])
      for (const { refreshed } of reports) expect(refreshed).toBeGreaterThan(0)
      const mostAtOnce = Math.max(
        ...scene.fake.tokenRequests({ grantType: 'refresh_token' }).map(({ inFlight }) => inFlight),
      )
      expect(mostAtOnce).toBeLessThanOrEqual(workers.length * concurrency)
      expect(await scene.app.store.due(Date.now() + 15 * day, 1_000)).toEqual([])
    },
  )

  describe('F41 first in the queue', () => {
    const stuck = Array.from({ length: 200 }, (_, index) => ({ companyId: 7, userId: index + 1 }))

    test('200 records of a lost secret do not keep 2 processes from the 40 behind them', async () => {
      await using scene = await createScene({ users: 40 })
      const lost = scene.another({ secrets: ['a-secret-that-was-lost-long-ago-01'] })
      const obtainedAt = Date.now() - 58 * day
      await severalAtOnce(stuck, async (account) => {
        await lost.oauth.adopt(neverRefreshed, { account, obtainedAt })
      })
      await scene.install({ ago: 50 * day })
      const workers = await scene.workers(2)

      for (let run = 1; run <= 2; run++) {
        const reports = await Promise.all(workers.map((worker) => worker.run('keepAlive', {})))
        for (const report of reports) {
          expect(report.failed).toBe(200)
          expect(report.failures).toHaveLength(100)
          expect(report.stopped).toBeUndefined()
        }
        // One that ends while the other still refreshes counts that installation, too.
        expect(Math.min(...reports.map(({ left = Infinity }) => left))).toBe(200)
      }
      expect(scene.refreshes()).toBe(40)
    })
  })

  test('F42 goes on through more than one page, and of one instant', { timeout: 120_000 }, async () => {
    await using scene = await createScene()
    const obtainedAt = Date.now() - 50 * day
    const ids = Array.from({ length: 700 }, (_, index): InstallationId => `9:${index + 1}`)
    await severalAtOnce(ids, async (id) => {
      const account = { companyId: 9, userId: Number(id.slice(2)) }
      await scene.app.oauth.adopt(neverRefreshed, { account, obtainedAt })
    })
    const report = await scene.app.oauth.keepAlive({ dryRun: true, concurrency: 8 })
    expect(report).toMatchObject({ refreshed: 700, left: 700, soonestExpiryAt: obtainedAt + 60 * day })
  })
}

/** The tokens of the installations that are not due. The fake does not know them. */
const neverRefreshed = {
  access_token: `v1u:${'A'.repeat(500)}`,
  token_type: 'Bearer',
  expires_in: 3_599,
  refresh_token: `1:1:${'a'.repeat(40)}`,
  scope: 'base,deals:full',
}
