import { expect, test } from 'vitest'
import { patientPolicy } from '../scene/create-scene.ts'
import type { Worker } from '../scene/start-worker.ts'
import type { CreateScene } from './store-under-test.ts'

export function uninstallTests(createScene: CreateScene): void {
  test("F20 an uninstall notice does not wait for another process's refresh, whose answer changes nothing", async () => {
    // With equal clocks, a notice is about this installation without doubt, however soon it comes.
    await using scene = await createScene({ policy: { ...patientPolicy, clockSkewMs: 0 } })
    await scene.install()
    const [id] = scene.ids
    const [holder] = (await scene.workers(1)) as [Worker]
    const gate = scene.fake.faults.hold({ endpoint: 'token', when: 'after' })
    const asked = holder.run('tokens', { ids: scene.ids, callers: 3 })
    await gate.reached
    const { request } = await scene.fake.uninstall(id)

    const result = await scene.app.oauth.handleUninstall(request)

    // The notice was handled while the refresh was still held back.
    expect(gate.waiting).toBe(1)
    expect(result).toEqual({ installationId: id, removed: true })
    expect(await scene.app.store.get(id!)).toBeUndefined()

    gate.release()
    expect((await asked).refused).toEqual(Array(3).fill('not_installed'))
    expect(await scene.app.store.get(id!)).toBeUndefined()
    expect(await scene.app.store.list({ limit: 10 })).toEqual({ ids: [] })
  })
}
