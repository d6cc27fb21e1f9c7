import { afterAll, beforeAll, expect, test } from 'vitest'
import { createScene } from './processes/scene.ts'
import { sharedRedis } from './servers/connect.ts'
import { startCluster } from './servers/redis-cluster.ts'

let redis: Awaited<ReturnType<typeof sharedRedis>>
beforeAll(async () => {
  redis = await sharedRedis()
})
afterAll(() => redis?.stop())

const rotating = { rotateRefreshTokens: true, reuseDetection: true, previousAccessTokens: 'die' } as const

test('F02 8 processes with 50 callers each, on one expired token, make one token request', async () => {
  await using scene = await createScene({ address: redis.address, fake: { ...rotating, latencyMs: 100 } })
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

test('F02 8 processes on 200 expired installations at once make 200 token requests', async () => {
  await using scene = await createScene({ address: redis.address, users: 200, fake: rotating })
  await scene.install()
  const workers = await scene.workers(8)

  const outcomes = await Promise.all(
    workers.map((worker) => worker.run('tokens', { ids: scene.ids, callers: 5 })),
  )

  expect(scene.refreshes()).toBe(200)
  expect(outcomes.flatMap(({ refused }) => refused)).toEqual([])
  expect(outcomes.map(({ granted }) => granted)).toEqual(Array(8).fill(1_000))
  const tokens = new Set(outcomes.flatMap(({ tokens }) => tokens))
  expect(tokens.size).toBe(200)
  for (const token of tokens) expect(scene.fake.serverAccepts(token)).toBe(true)
})

test('F02 the same holds over a Redis Cluster', async () => {
  await using cluster = await startCluster()
  const address = { clusterPorts: cluster.ports }
  await using scene = await createScene({ address, users: 50, fake: rotating })
  await scene.install()
  const workers = await scene.workers(4)

  const outcomes = await Promise.all(
    workers.map((worker) => worker.run('tokens', { ids: scene.ids, callers: 10 })),
  )

  expect(scene.refreshes()).toBe(50)
  expect(outcomes.flatMap(({ refused }) => refused)).toEqual([])
  expect(new Set(outcomes.flatMap(({ tokens }) => tokens)).size).toBe(50)
})
