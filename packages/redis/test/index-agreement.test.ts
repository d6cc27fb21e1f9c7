import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Cluster, Redis } from 'ioredis'
import { keysUnder, type Bucket } from '../src/buckets.ts'
import { createScene, type Scene } from './processes/scene.ts'
import { connect, sharedRedis, type RedisAddress } from './servers/connect.ts'
import { startCluster } from './servers/redis-cluster.ts'

let redis: Awaited<ReturnType<typeof sharedRedis>>
beforeAll(async () => {
  redis = await sharedRedis()
})
afterAll(() => redis?.stop())

test('F33 indexes and records agree at every moment while several processes write, and afterwards', () =>
  agreesOn(redis.address))

test('F33 the same holds over a Redis Cluster', async () => {
  await using cluster = await startCluster()
  await agreesOn({ clusterPorts: cluster.ports })
})

async function agreesOn(address: RedisAddress): Promise<void> {
  await using scene = await createScene({ address, users: 60 })
  const { ids } = scene
  const workers = await scene.workers(4)
  const client = connect(address)
  try {
    const over = new AbortController()
    const writing = Promise.all(
      workers.map((worker, index) => worker.run('write', { ids, seed: index + 1, writes: 1_500 })),
    ).finally(() => over.abort())
    let looks = 0
    const looking = (async () => {
      while (!over.signal.aborted) {
        expect(await disagreements(client, scene)).toEqual([])
        looks++
      }
    })()
    const landed = await writing
    await looking

    for (const count of landed) expect(count).toBeGreaterThan(100)
    expect(looks).toBeGreaterThan(1)
    expect(await disagreements(client, scene)).toEqual([])
    await expectAgreement(scene)
  } finally {
    client.disconnect()
  }
}

/** Looks at one bucket in one step: every id that is indexed and not stored, stored and not indexed, or due otherwise. */
const lookScript = `
local found = {}
for index = 3, #KEYS do
  local id, text = ARGV[index - 2], redis.call('GET', KEYS[index])
  local isListed = redis.call('ZSCORE', KEYS[1], id)
  local score = redis.call('ZSCORE', KEYS[2], id)
  local dueAt = text and string.match(text, '^%S* (%S*) ')
  if (not text) ~= (not isListed) then found[#found + 1] = id .. ' is stored or listed, not both' end
  if (dueAt or '') ~= (score or '') then found[#found + 1] = id .. ' is due otherwise than stored' end
end
return found
`

async function disagreements(client: Redis | Cluster, { ids, setup }: Scene): Promise<unknown[]> {
  const keys = keysUnder(setup.prefix)
  const byBucket = Map.groupBy(ids, (id) => keys.bucketOf(id))
  const looks = [...byBucket].map(([bucket, ids]: [Bucket, Scene['ids'][number][]]) =>
    client.eval(lookScript, ids.length + 2, bucket.ids, bucket.due, ...ids.map(keys.record), ...ids),
  )
  return (await Promise.all(looks)).flat()
}

async function expectAgreement({ app: { store }, ids }: Scene): Promise<void> {
  const stored = (await Promise.all(ids.map(async (id) => ({ id, record: await store.get(id) })))).filter(
    ({ record }) => record !== undefined,
  )
  const listed = await store.list({ limit: 1_000 })
  expect(listed.ids.toSorted()).toEqual(stored.map(({ id }) => id).sort())
  const due = stored.filter(({ record }) => record?.dueAt !== undefined)
  due.sort((left, right) => left.record!.dueAt! - right.record!.dueAt!)
  expect(await store.due(Infinity, 1_000)).toEqual(due.map(({ id }) => id))
}
