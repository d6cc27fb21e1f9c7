import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { places } from './processes/places.ts'
import { createScene, type Scene } from './processes/scene.ts'
import type { WorkerProcess } from './processes/worker-process.ts'

const rotating = { rotateRefreshTokens: true, reuseDetection: true, previousAccessTokens: 'die' } as const

describe.each(places)('over $name', ({ create }) => {
  const opened = new AsyncDisposableStack()
  let scene: Scene
  let workers: WorkerProcess[]
  beforeAll(async () => {
    const place = opened.use(await create())
    scene = opened.use(await createScene({ ...place, users: 100, fake: { ...rotating, latencyMs: 100 } }))
    workers = await scene.workers(8)
  })
  afterAll(() => opened.disposeAsync())

  test('F02 8 processes with 50 callers each, on one expired token, make one token request', async () => {
    const ids = scene.ids.slice(0, 1)
    await scene.install({ ids })

    const outcomes = await Promise.all(workers.map((worker) => worker.run('tokens', { ids, callers: 50 })))

    expect(scene.refreshes()).toBe(1)
    expect(outcomes.flatMap(({ refused }) => refused)).toEqual([])
    expect(outcomes.map(({ granted }) => granted)).toEqual(Array(8).fill(50))
    const tokens = new Set(outcomes.flatMap(({ tokens }) => tokens))
    expect(tokens.size).toBe(1)
    for (const token of tokens) expect(scene.fake.serverAccepts(token)).toBe(true)
  })

  test('F02 8 processes on 99 expired installations at once make 99 token requests', async () => {
    const ids = scene.ids.slice(1)
    await scene.install({ ids })
    scene.fake.clearCalls()

    const outcomes = await Promise.all(workers.map((worker) => worker.run('tokens', { ids, callers: 5 })))

    expect(scene.refreshes()).toBe(99)
    expect(outcomes.flatMap(({ refused }) => refused)).toEqual([])
    expect(outcomes.map(({ granted }) => granted)).toEqual(Array(8).fill(5 * 99))
    const tokens = new Set(outcomes.flatMap(({ tokens }) => tokens))
    expect(tokens.size).toBe(99)
    for (const token of tokens) expect(scene.fake.serverAccepts(token)).toBe(true)
  })
})
