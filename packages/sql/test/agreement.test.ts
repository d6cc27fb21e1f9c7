import { describe, expect, test } from 'vitest'
import { expectAgreement } from './processes/expect-agreement.ts'
import { places } from './processes/places.ts'
import { createScene } from './processes/scene.ts'

describe.each(places)('over $name', ({ create }) => {
  test('F33 indexes and records agree when 4 processes have written at random', async () => {
    await using place = await create()
    await using scene = await createScene({ ...place, users: 40 })
    const workers = await scene.workers(4)

    const landed = await Promise.all(
      workers.map((worker, index) => worker.run('write', { ids: scene.ids, seed: index + 1, writes: 300 })),
    )

    for (const count of landed) expect(count).toBeGreaterThan(20)
    await expectAgreement(scene)
  })

  test('4 processes create the table at once', async () => {
    await using place = await create()
    await using scene = await createScene({ ...place, isEmpty: true })
    const workers = await scene.workers(4)

    await Promise.all(workers.map((worker) => worker.run('createTable', undefined)))

    expect(await scene.app.store.list({ limit: 10 })).toEqual({ ids: [] })
  })
})
