import type { InstallationId } from '@pd/oauth-core'
import { expect } from 'vitest'
import type { Scene } from './scene.ts'
import { recordOf } from './tasks.ts'

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
