import type { InstallationId, StoredRecord } from '@pd/oauth-core'
import { expect, test } from 'vitest'
import { recordOf } from '../scene/app-tasks.ts'
import type { Scene } from '../scene/create-scene.ts'
import type { CreateScene, Scale, StoreUnderTest } from './store-under-test.ts'

export function agreementTests<Address>(
  createScene: CreateScene<Address>,
  { writes }: Scale,
  contradictions: StoreUnderTest<Address>['contradictions'],
): void {
  const when = contradictions === undefined ? 'after' : 'at every moment while, and after,'
  test(`F33 indexes and records agree ${when} 4 processes write at random`, async () => {
    await using scene = await createScene({ users: 60 })
    const { ids } = scene
    const workers = await scene.workers(4)
    const over = new AbortController()
    const writing = Promise.all(
      workers.map((worker, index) => worker.run('write', { ids, seed: index + 1, writes })),
    ).finally(() => over.abort())
    let looks = 0
    const looking = (async () => {
      while (!over.signal.aborted) {
        await expectWholeRecords(scene)
        expect((await contradictions?.(scene)) ?? []).toEqual([])
        looks++
        // A store that is read without waiting would never let the workers' answers in.
        await new Promise((resolve) => setImmediate(resolve))
      }
    })()
    const [succeeded] = await Promise.all([writing, looking])

    for (const count of succeeded) expect(count).toBeGreaterThan(writes / 15)
    expect(looks).toBeGreaterThan(1)
    expect((await contradictions?.(scene)) ?? []).toEqual([])
    await expectAgreement(scene)
  })
}

/**
 * Expects that every record is whole, that `list()` and `count()` give exactly the installations that are stored and those
 * that need attention, and that `due()` gives those with a `dueAt`, soonest first. The scene has come to rest, and its
 * records are those of the task `write`.
 */
export async function expectAgreement(scene: Scene): Promise<void> {
  const { store } = scene.app
  const stored = await expectWholeRecords(scene)
  const { ids: listed } = await store.list({ limit: 1_000 })
  expect(listed.toSorted()).toEqual([...stored.keys()].sort())
  const due = [...stored].flatMap(([id, { dueAt }]) => (dueAt === undefined ? [] : [{ id, dueAt }]))
  due.sort((left, right) => left.dueAt - right.dueAt || (left.id < right.id ? -1 : 1))
  expect(await store.due(Infinity, 1_000)).toEqual(due)
  const marked = [...stored].flatMap(([id, { attention }]) => (attention === true ? [id] : []))
  const { ids: listedAsMarked } = await store.list({ attention: true, limit: 1_000 })
  expect(listedAsMarked.toSorted()).toEqual(marked.toSorted())
  expect(await store.count?.({ attention: true })).toBe(marked.length)
  expect(await store.count?.({ dueBefore: Infinity })).toBe(due.length)
}

/** The records that are stored. */
async function expectWholeRecords({
  app: { store },
  ids,
}: Scene): Promise<Map<InstallationId, StoredRecord>> {
  const stored = new Map<InstallationId, StoredRecord>()
  for (const id of ids) {
    const record = await store.get(id)
    if (record === undefined) continue
    expect(record).toEqual(recordOf(record.version, record.dueAt, record.attention))
    stored.set(id, record)
  }
  return stored
}
