import type { InstallationId } from '@pd/oauth-core'
import { describe, expect, test } from 'vitest'
import { places } from './processes/places.ts'
import { createScene, type Scene } from './processes/scene.ts'
import { recordOf } from './processes/tasks.ts'

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

  test('8 processes create the table at once', async () => {
    await using place = await create()
    await using scene = await createScene({ ...place, isEmpty: true })
    const workers = await scene.workers(8)

    await Promise.all(workers.map((worker) => worker.run('createTable', undefined)))

    expect(await scene.app.store.list({ limit: 10 })).toEqual({ ids: [] })
  })
})

/** Every record is whole, `list()` gives exactly those that are stored, and `due()` those with a `dueAt`, in order. */
export async function expectAgreement({ app: { store }, ids }: Scene): Promise<void> {
  const stored = new Map<InstallationId, number | undefined>()
  for (const id of ids) {
    const record = await store.get(id)
    if (record === undefined) continue
    expect(record).toEqual(recordOf(record.version, record.dueAt))
    stored.set(id, record.dueAt)
  }
  expect((await store.list({ limit: 1_000 })).ids).toEqual([...stored.keys()].sort())
  const due = [...stored].flatMap(([id, dueAt]) => (dueAt === undefined ? [] : [{ id, dueAt }]))
  due.sort((left, right) => left.dueAt - right.dueAt)
  expect(await store.due(Infinity, 1_000)).toEqual(due.map(({ id }) => id))
}
