import { describe, expect, test } from 'vitest'
import { places } from './processes/places.ts'
import { createScene } from './processes/scene.ts'

const rotating = { rotateRefreshTokens: true, reuseDetection: true, previousAccessTokens: 'die' } as const

describe.each(places)('over $name', ({ create }) => {
  test('F02 8 processes with 50 callers each, on one expired token, make one token request', async () => {
    await using place = await create()
    await using scene = await createScene({ ...place, fake: { ...rotating, latencyMs: 100 } })
    await scene.install()
    const workers = await scene.workers(8)

    const outcomes = await Promise.all(
      workers.map((worker) => worker.run('tokens', { ids: scene.ids, callers: 50 })),
    )

    expect(scene.refreshes()).toBe(1)
    expect(outcomes.flatMap(({ refused }) => refused)).toEqual([])
    expect(outcomes.map(({ granted }) => granted)).toEqual(Array(8).fill(50))
    const tokens = new Set(outcomes.flatMap(({ tokens }) => tokens))
    expect(tokens.size).toBe(1)
    for (const token of tokens) expect(scene.fake.serverAccepts(token)).toBe(true)
  })

  test('F02 8 processes on 100 expired installations at once make 100 token requests', async () => {
    await using place = await create()
    await using scene = await createScene({ ...place, users: 100, fake: rotating })
    await scene.install()
    const workers = await scene.workers(8)

    const outcomes = await Promise.all(
      workers.map((worker) => worker.run('tokens', { ids: scene.ids, callers: 5 })),
    )

    expect(scene.refreshes()).toBe(100)
    expect(outcomes.flatMap(({ refused }) => refused)).toEqual([])
    expect(outcomes.map(({ granted }) => granted)).toEqual(Array(8).fill(500))
    const tokens = new Set(outcomes.flatMap(({ tokens }) => tokens))
    expect(tokens.size).toBe(100)
    for (const token of tokens) expect(scene.fake.serverAccepts(token)).toBe(true)
  })
})
