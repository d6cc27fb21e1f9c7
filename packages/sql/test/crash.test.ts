import { DatabaseSync } from 'node:sqlite'
import { describe, expect, test } from 'vitest'
import { expectAgreement } from './processes/expect-agreement.ts'
import { createFilePlace, places } from './processes/places.ts'
import { createScene } from './processes/scene.ts'

describe.each(places)('over $name', ({ create }) => {
  test('processes that are killed while they write leave whole records, and others write on', async () => {
    await using place = await create()
    await using scene = await createScene({ ...place, users: 20 })
    const { ids } = scene
    const [survivor] = await scene.workers(1)
    const over = new AbortController()
    const surviving = (async () => {
      const landed: unknown[] = []
      for (let seed = 1; !over.signal.aborted; seed++)
        landed.push(await survivor?.run('write', { ids, seed, writes: 20 }))
      return landed
    })()

    for (let round = 1; round <= 4; round++) {
      const [victim] = await scene.workers(1)
      const seed = round * 1_000
      const lost = victim?.run('write', { ids, seed, writes: 1e6 }).catch(() => 'lost')
      await seen(() => scene.app.store.get(ids[round]!), `${seed}-`)
      await victim?.kill()
      expect(await lost).toBe('lost')
    }
    over.abort()
    for (const count of await surviving) expect(count).toBeGreaterThan(0)

    await expectAgreement(scene)
  })
})

test('a SQLite file whose last writer was killed is sound, and has no lock left on it', async () => {
  await using place = await createFilePlace()
  await using scene = await createScene({ ...place, users: 5 })
  const { ids } = scene
  const [victim] = await scene.workers(1)
  const lost = victim?.run('write', { ids, seed: 7, writes: 1e6 }).catch(() => 'lost')
  await seen(() => scene.app.store.get(ids[0]!), '7-')
  await victim?.kill()
  await lost

  using database = new DatabaseSync(place.address.file)

  expect(database.prepare('PRAGMA integrity_check').get()).toEqual({ integrity_check: 'ok' })
  database.exec('BEGIN EXCLUSIVE; COMMIT')
  await expectAgreement(scene)
})

/** Resolves when a record is there whose version begins so. */
async function seen(read: () => Promise<{ version: string } | undefined>, start: string): Promise<void> {
  for (;;) {
    const record = await read()
    if (record?.version.startsWith(start)) return
    await new Promise((resolve) => setImmediate(resolve))
  }
}
