import { describe, expect, test } from 'vitest'
import { places } from './processes/places.ts'
import { createScene, day } from './processes/scene.ts'

describe.each(places)('over $name', ({ create }) => {
  test('F27 of 120 installations the 40 that are due are refreshed once each, by 3 processes at once', async () => {
    await using place = await create()
    await using scene = await createScene({ ...place, users: 120, fake: { latencyMs: 20 } })
    const due = scene.ids.filter((_, index) => index % 3 === 1)
    const isDue = new Set(due)
    await scene.install({ ids: due, ago: 50 * day })
    await scene.install({ ids: scene.ids.filter((id) => !isDue.has(id)) })
    const workers = await scene.workers(3)

    const reports = await Promise.all(workers.map((worker) => worker.run('keepAlive', { concurrency: 3 })))

    expect(scene.refreshes()).toBe(40)
    expect(reports.flatMap(({ refreshed }) => refreshed).sort()).toEqual(due.toSorted())
    expect(reports.flatMap(({ failed }) => failed)).toEqual([])
    expect(await scene.app.store.due(Date.now() + 15 * day, 1_000)).toEqual([])
  })
})
