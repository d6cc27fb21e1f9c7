import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createScene, quickPolicy, type Scene } from './processes/scene.ts'
import type { WorkerProcess, WorkerSetup } from './processes/worker-process.ts'
import { sharedRedis } from './servers/connect.ts'

let redis: Awaited<ReturnType<typeof sharedRedis>>
beforeAll(async () => {
  redis = await sharedRedis()
})
afterAll(() => redis?.stop())

/** How long others may have to wait for a process that died. */
const longestMs = quickPolicy.leaseMs + 1_000

interface Death {
  readonly when: string
  readonly worker: Partial<WorkerSetup>
  /** Resolves when the worker is where it is to die. */
  readonly moment: (scene: Scene, worker: WorkerProcess) => Promise<void>
  /** Token requests in all, the dead one's own included. */
  readonly requests: number
}

const deaths: readonly Death[] = [
  {
    when: 'before its request',
    worker: { stallBefore: 'request' },
    moment: (_, worker) => worker.stalled,
    requests: 1,
  },
  {
    when: 'after the server committed',
    worker: {},
    moment: ({ fake }) => fake.faults.hold({ endpoint: 'token', when: 'after' }).reached,
    requests: 2,
  },
  {
    when: 'before it saved the answer',
    worker: { stallBefore: 'save' },
    moment: (_, worker) => worker.stalled,
    requests: 2,
  },
]

// A busy machine may stop a process for longer than the second there is to spare; not three times in a row.
describe('F06 the refreshing process is killed', { retry: 2 }, () => {
  test.each(deaths)(
    '$when: others go on within a lease and a second, and nobody is logged out',
    async (death) => {
      await using scene = await createScene({ address: redis.address, policy: quickPolicy })
      await scene.install()
      const [holder] = (await scene.workers(1, death.worker)) as [WorkerProcess]
      const others = await scene.workers(3)
      const moment = death.moment(scene, holder)
      const lost = holder.run('tokens', { ids: scene.ids }).catch(() => 'lost')
      await moment
      const waiting = others.map((worker) => worker.run('tokens', { ids: scene.ids, callers: 5 }))

      await holder.kill()
      const killedAt = performance.now()
      const outcomes = await Promise.all(waiting)

      expect(await lost).toBe('lost')
      expect(performance.now() - killedAt).toBeLessThan(longestMs)
      expect(outcomes.flatMap(({ refused }) => refused)).toEqual([])
      expect(scene.refreshes()).toBe(death.requests)
      for (const token of outcomes.flatMap(({ tokens }) => tokens))
        expect(scene.fake.serverAccepts(token)).toBe(true)
      expect(await scene.app.oauth.installation(scene.ids[0]!).describe()).toMatchObject({ status: 'active' })
    },
  )

  test('before its request, on a server that rotates: the one refresh token is not spent twice', async () => {
    await using scene = await createScene({
      address: redis.address,
      policy: quickPolicy,
      fake: { rotateRefreshTokens: true },
    })
    await scene.install()
    const [holder] = (await scene.workers(1, { stallBefore: 'request' })) as [WorkerProcess]
    const lost = holder.run('tokens', { ids: scene.ids }).catch(() => 'lost')
    await holder.stalled

    await holder.kill()

    expect(await lost).toBe('lost')
    const token = await scene.app.oauth.installation(scene.ids[0]!).accessToken()
    expect(scene.fake.serverAccepts(token)).toBe(true)
    expect(scene.refreshes()).toBe(1)
  })
})
