import type { InstallationId } from '@pd/oauth-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Scene } from '../scene/create-scene.ts'
import type { Worker } from '../scene/start-worker.ts'
import type { CreateScene, Scale } from './store-under-test.ts'

/** A server on which every needless refresh does harm. */
const rotating = { rotateRefreshTokens: true, reuseDetection: true, previousAccessTokens: 'die' } as const

export function stampedeTests(createScene: CreateScene, { stampede }: Pick<Scale, 'stampede'>): void {
  describe('F02 a stampede', () => {
    const opened = new AsyncDisposableStack()
    let scene: Scene
    let workers: Worker[]
    beforeAll(async () => {
      scene = opened.use(await createScene({ users: 1 + stampede, fake: { ...rotating, latencyMs: 100 } }))
      workers = await scene.workers(8)
    })
    afterAll(() => opened.disposeAsync())

    const expectOneRefreshEach = async (ids: readonly InstallationId[], callers: number) => {
      await scene.install({ ids })
      scene.fake.clearCalls()

      const outcomes = await Promise.all(workers.map((worker) => worker.run('tokens', { ids, callers })))

      expect(scene.refreshes()).toBe(ids.length)
      expect(outcomes.flatMap(({ refused }) => refused)).toEqual([])
      expect(outcomes.map(({ granted }) => granted)).toEqual(Array(8).fill(callers * ids.length))
      const tokens = new Set(outcomes.flatMap(({ tokens }) => tokens))
      expect(tokens.size).toBe(ids.length)
      for (const token of tokens) expect(scene.fake.serverAccepts(token)).toBe(true)
    }

    test('8 processes with 50 callers each, on one expired token, make one token request', () =>
      expectOneRefreshEach(scene.ids.slice(0, 1), 50))

    test(
      `8 processes on ${stampede} expired installations at once make ${stampede} token requests`,
      { timeout: 180_000 },
      () => expectOneRefreshEach(scene.ids.slice(1), 5),
    )
  })
}
