import { describe, expect, test } from 'vitest'
import { patientPolicy, type Scene } from '../scene/create-scene.ts'
import type { Worker, WorkerSetup } from '../scene/start-worker.ts'
import { expectAgreement } from './agreement-tests.ts'
import type { CreateScene } from './store-under-test.ts'

interface Death {
  readonly when: string
  readonly worker: Pick<WorkerSetup, 'stallBefore'>
  /** Resolves when the worker has reached the step at which it is killed. */
  readonly moment: (scene: Scene, worker: Worker) => Promise<void>
  /** Token requests in all, those of the killed process included. */
  readonly requests: number
}

const deaths: readonly Death[] = [
  {
    when: 'before its request',
    worker: { stallBefore: 'request' },
    moment: (_, worker) => worker.heard('stalled'),
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
    moment: (_, worker) => worker.heard('stalled'),
    requests: 2,
  },
]

/** After this time, any process may take over, in milliseconds. */
const leaseMs = patientPolicy.leaseMs + patientPolicy.clockSkewMs

export function crashTests(createScene: CreateScene): void {
  describe('F06 the refreshing process is killed', () => {
    test.each(deaths)('$when: others go on when its lease ends, and nobody is logged out', async (death) => {
      await using scene = await createScene()
      await scene.install()
      const [holder] = (await scene.workers(1, death.worker)) as [Worker]
      const others = await scene.workers(3)
      const moment = death.moment(scene, holder)
      const lost = holder.run('tokens', { ids: scene.ids }).catch(() => 'lost')
      expect(await Promise.race([moment, lost])).toBeUndefined()
      const waiting = others.map((worker) => worker.run('tokens', { ids: scene.ids, callers: 5 }))

      await holder.kill()
      expect(scene.refreshes()).toBe(death.requests - 1)
      await Promise.all(others.map((worker) => worker.run('advanceClock', leaseMs)))
      const outcomes = await Promise.all(waiting)

      expect(await lost).toBe('lost')
      expect(outcomes.flatMap(({ refused }) => refused)).toEqual([])
      expect(scene.refreshes()).toBe(death.requests)
      for (const token of outcomes.flatMap(({ tokens }) => tokens))
        expect(scene.fake.serverAccepts(token)).toBe(true)
      expect(await scene.app.oauth.installation(scene.ids[0]!).describe()).toMatchObject({ status: 'active' })
    })

    test('before its request, on a server that rotates: the one refresh token is not spent twice', async () => {
      await using scene = await createScene({ fake: { rotateRefreshTokens: true } })
      await scene.install()
      const [holder] = (await scene.workers(1, { stallBefore: 'request' })) as [Worker]
      const lost = holder.run('tokens', { ids: scene.ids }).catch(() => 'lost')
      expect(await Promise.race([holder.heard('stalled'), lost])).toBeUndefined()

      await holder.kill()

      expect(await lost).toBe('lost')
      scene.app.advanceClock(leaseMs)
      const token = await scene.app.oauth.installation(scene.ids[0]!).accessToken()
      expect(scene.fake.serverAccepts(token)).toBe(true)
      expect(scene.refreshes()).toBe(1)
    })
  })

  test('processes that are killed while they write leave whole records, and others go on writing', async () => {
    await using scene = await createScene({ users: 20 })
    const { ids } = scene
    const [survivor] = (await scene.workers(1)) as [Worker]
    const over = new AbortController()
    const surviving = (async () => {
      const succeeded: number[] = []
      for (let seed = 1; !over.signal.aborted; seed++)
        succeeded.push(await survivor.run('write', { ids, seed, writes: 20 }))
      return succeeded
    })()

    for (let round = 1; round <= 4; round++) await killWhileWriting(scene, round * 1_000)
    over.abort()
    for (const count of await surviving) expect(count).toBeGreaterThan(0)

    await expectAgreement(scene)
  })
}

/** Starts a worker that writes with this seed, and kills it after one of its writes has been seen. */
export async function killWhileWriting({ workers, ids, app: { store } }: Scene, seed: number): Promise<void> {
  const [victim] = (await workers(1)) as [Worker]
  const lost = victim.run('write', { ids, seed, writes: 1e6 }).catch(() => 'lost')
  const hasWritten = async () => (await store.get(ids[0]!))?.version.startsWith(`${seed}-`)
  while (!(await hasWritten())) await new Promise((resolve) => setImmediate(resolve))
  await victim.kill()
  expect(await lost).toBe('lost')
}
