import { afterAll, beforeAll, expect, test } from 'vitest'
import { createScene } from './processes/scene.ts'
import type { WorkerProcess } from './processes/worker-process.ts'
import { sharedRedis } from './servers/connect.ts'

let redis: Awaited<ReturnType<typeof sharedRedis>>
beforeAll(async () => {
  redis = await sharedRedis()
})
afterAll(() => redis?.stop())

test("F20 an uninstall notice does not wait for another process's refresh, whose answer changes nothing", async () => {
  await using scene = await createScene({ address: redis.address })
  await scene.install()
  const [id] = scene.ids
  const [holder] = (await scene.workers(1)) as [WorkerProcess]
  const gate = scene.fake.faults.hold({ endpoint: 'token', when: 'after' })
  const asked = holder.run('tokens', { ids: scene.ids, callers: 3 })
  await gate.reached
  const { request } = await scene.fake.uninstall(id)

  const sentAt = performance.now()
  const result = await scene.app.oauth.handleUninstall(request)
  const tookMs = performance.now() - sentAt

  // The refresh is still under way: that is the verdict. The time is for a machine that is very busy.
  expect(gate.waiting).toBe(1)
  expect(result).toEqual({ installationId: id, removed: true })
  expect(tookMs).toBeLessThan(50)
  expect(await scene.app.store.get(id!)).toBeUndefined()

  gate.release()
  expect((await asked).refused).toEqual(Array(3).fill('not_installed'))
  expect(await scene.app.store.get(id!)).toBeUndefined()
  expect(await scene.app.store.list({ limit: 10 })).toEqual({ ids: [] })
})
