import { expect, test, vi } from 'vitest'
import type { PipedriveOAuth } from '../../../src/index.ts'
import type { ResealOptions, ResealResult } from '../../../src/adapter.ts'
import { memoryStore } from '../../../src/index.ts'
import { ada, collected, createScene, failure, hour, rejection, sealingSecret } from '../../flow/scene.ts'
import { rejects, troubledStore } from '../../flow/troubled-store.ts'

const newSecret = 'the-second-secret-of-this-test-suite-02'
const users = ['1001:11', '1001:12', '1002:21', '1002:13'] as const

const outcomes = (results: readonly ResealResult[]) =>
  Object.fromEntries(results.map(({ id, outcome }) => [id, outcome]))

async function adoptMany(oauth: PipedriveOAuth, count: number, obtainedAt: number): Promise<void> {
  for (let userId = 1; userId <= count; userId++)
    await oauth.adopt(
      { access_token: `access-${userId}`, refresh_token: `refresh-${userId}`, expires_in: 3_600 },
      { account: { companyId: 7, userId }, obtainedAt },
    )
}

/** Runs `reseal()` and collects the result of each record. */
async function resealed(oauth: PipedriveOAuth, options: ResealOptions = {}): Promise<ResealResult[]> {
  const results: ResealResult[] = []
  await oauth.reseal({ ...options, onResult: (result) => results.push(result) })
  return results
}

/** Installations sealed with the old secret, and a client that has a new one in front of it. */
async function createRotatingScene() {
  const scene = createScene()
  const old = scene.client()
  for (const user of users) await scene.connect(old, user)
  return { ...scene, old, both: scene.client({ secrets: [newSecret, sealingSecret] }) }
}

const opens = (oauth: PipedriveOAuth) => collected(oauth.installations())

test('F29 reseal() seals every record with the new secret, so that they open without the old one', async () => {
  const { both, client, fake } = await createRotatingScene()
  expect(outcomes(await resealed(both))).toEqual(Object.fromEntries(users.map((id) => [id, 'resealed'])))
  const alone = client({ secrets: [newSecret] })
  expect((await opens(alone)).map(({ status }) => status)).toEqual(users.map(() => 'active'))
  expect(fake.serverAccepts(await alone.installation(ada).accessToken())).toBe(true)
  expect(await failure(client().installation(ada).accessToken())).toBe('unknown_key')
})

test('reseal() keeps the state of a record and its dueAt', async () => {
  const { both, store } = await createRotatingScene()
  const said = await both.installation(ada).describe()
  const before = await store.get(ada)
  await resealed(both)
  const after = await store.get(ada)
  expect(await both.installation(ada).describe()).toEqual(said)
  expect(after!.dueAt).toBe(before!.dueAt)
  expect(after!.version).not.toBe(before!.version)
})

test('reseal() continues after an interruption, and seals no record twice', async () => {
  const { both } = await createRotatingScene()
  const broken = new AbortController()
  const first: ResealResult[] = []
  const reason = new Error('enough')
  const breakingOff = both.reseal({
    concurrency: 1,
    signal: broken.signal,
    onResult: (result) => {
      if (first.push(result) === 2) broken.abort(reason)
    },
  })
  expect(await rejection(breakingOff)).toBe(reason)
  expect(first.map(({ outcome }) => outcome)).toEqual(['resealed', 'resealed'])

  const second = outcomes(await resealed(both))
  expect(Object.values(second).toSorted()).toEqual(['current', 'current', 'resealed', 'resealed'])
  for (const { id } of first) expect(second[id]).toBe('current')
})

test('F29 reseal() leaves a record that it cannot open unchanged, reports it, and seals the others', async () => {
  const { both, store } = await createRotatingScene()
  const damaged = { ...(await store.get(ada))!, version: 'damaged', value: 'damaged' }
  await store.compareAndSet(ada, (await store.get(ada))!.version, damaged)
  const results = await resealed(both)
  const failed = results.find(({ id }) => id === ada)
  expect(failed).toMatchObject({ outcome: 'failed', code: 'unreadable_record' })
  expect(results.filter(({ outcome }) => outcome === 'resealed').length).toBe(users.length - 1)
  expect(await store.get(ada)).toEqual(damaged)
})

test('F34 reseal() ends with store_unavailable when the store goes away, and blames no record', async () => {
  const { both, client, store } = await createRotatingScene()
  const troubled = troubledStore(store)
  const resealing = client({ secrets: [newSecret, sealingSecret], store: troubled.store })
  const done: ResealResult[] = []
  const interrupted = resealing.reseal({
    concurrency: 1,
    onResult: (result) => {
      if (done.push(result) === 2)
        for (const method of ['get', 'compareAndSet'] as const) troubled.meet(method, rejects)
    },
  })
  expect(await failure(interrupted)).toBe('store_unavailable')
  expect(done.map(({ outcome }) => outcome)).toEqual(['resealed', 'resealed'])

  const others = await resealed(both)
  expect(others.map(({ outcome }) => outcome).toSorted()).toEqual([
    'current',
    'current',
    'resealed',
    'resealed',
  ])
})

test('F29 reseal() without the old secret changes nothing', async () => {
  const { client, store } = await createRotatingScene()
  const before = await Promise.all(users.map((id) => store.get(id)))
  const results = await resealed(client({ secrets: [newSecret] }))
  expect(results.map((result) => result.outcome === 'failed' && result.code)).toEqual(
    users.map(() => 'unknown_key'),
  )
  expect(await Promise.all(users.map((id) => store.get(id)))).toEqual(before)
})

test('F02 F29 a refresh in flight is saved once, although its record is resealed meanwhile', async () => {
  const { both, client, clock, fake, refreshes } = await createRotatingScene()
  const other = client({ secrets: [sealingSecret, newSecret] })
  await clock.advance(2 * hour)
  const gate = fake.faults.hold({ endpoint: 'token', grantType: 'refresh_token' })
  const token = other.installation(ada).accessToken()
  await gate.reached
  expect(outcomes(await resealed(both))[ada]).toBe('resealed')
  gate.release()
  expect(fake.serverAccepts(await token)).toBe(true)
  expect(await both.installation(ada).accessToken()).toBe(await token)
  expect(refreshes()).toBe(1)
})

test('F19 an uninstall during reseal() sticks', async () => {
  const { both, client, store } = await createRotatingScene()
  const get = store.get.bind(store)
  let isUninstalled = false
  const racing = client({
    secrets: [newSecret, sealingSecret],
    store: {
      ...store,
      get: async (id) => {
        const record = await get(id)
        if (id === ada && !isUninstalled) {
          isUninstalled = true
          await both.installation(ada).uninstall()
        }
        return record
      },
    },
  })
  expect(outcomes(await resealed(racing))[ada]).toBe('gone')
  expect(await get(ada)).toBeUndefined()
})

test.each([1, 3, 4, 100, 101, 250])(
  'F29 runs of reseal() with a limit of %s go on where the last one stopped, and look at each record once',
  async (limit) => {
    const { client, clock, store } = createScene()
    await adoptMany(client(), 230, clock.now())
    const seen: string[] = []
    let cursor: string | undefined
    let runs = 0
    do {
      // Each run is another process, which remembers nothing.
      const both = client({ secrets: [newSecret, sealingSecret], store })
      const report = await both.reseal({ limit, cursor, onResult: ({ id }) => seen.push(id) })
      expect(report.resealed).toBe(Math.min(limit, 230 - limit * runs))
      ;({ cursor } = JSON.parse(JSON.stringify(report)) as { cursor?: string })
      runs++
    } while (cursor !== undefined)
    expect(runs).toBe(Math.ceil(230 / limit))
    expect([seen.length, new Set(seen).size]).toEqual([230, 230])
    expect(await client({ secrets: [newSecret] }).reseal()).toMatchObject({ current: 230, failed: 0 })
  },
)

test('reseal() reports counts and the first 100 failures, and hands all results to onResult', async () => {
  const { client, clock, connect } = createScene()
  await adoptMany(client(), 130, clock.now())
  const alone = client({ secrets: [newSecret] })
  await connect(alone)
  const results: ResealResult[] = []
  const { failures, ...counts } = await alone.reseal({ onResult: (result) => results.push(result) })
  expect(counts).toEqual({ resealed: 0, current: 1, gone: 0, failed: 130 })
  const failed = results.filter(({ outcome }) => outcome === 'failed')
  expect(failures).toEqual(failed.slice(0, 100).map(({ id }) => ({ id, code: 'unknown_key' })))
  expect(results).toHaveLength(131)
  for (const name of ['cursor', 'signal']) expect(counts).not.toHaveProperty(name)
  expect((await client().reseal()).failures).toHaveLength(1)
})

test.each<[string, (error: Error) => unknown]>([
  [
    'throws',
    (error) => {
      throw error
    },
  ],
  ['returns a promise that rejects', async (reason) => Promise.reject(reason)],
])('reseal() goes on if onResult %s, and logs it', async (_, fail) => {
  const { client } = await createRotatingScene()
  const logger = { error: vi.fn(), warn: vi.fn() }
  const both = client({ secrets: [newSecret, sealingSecret], logger })
  const onResult = () => fail(new Error('no such column')) as never
  expect(await both.reseal({ onResult })).toMatchObject({ resealed: users.length, failed: 0 })
  await expect.poll(() => logger.error.mock.calls.length).toBe(users.length)
  expect(logger.error).toHaveBeenCalledWith(
    expect.stringContaining('onResult of reseal() failed'),
    expect.objectContaining({ installationId: ada, cause: 'no such column' }),
  )
})

test('reseal() refuses a store without list() and unusable options', async () => {
  const { client } = createScene()
  const { get, compareAndSet } = memoryStore()
  const unlisted = client({ store: { get, compareAndSet } })
  expect(await failure(resealed(unlisted))).toBe('unsupported_by_store')
  for (const options of [
    ...[0, 1.5, Number.NaN].flatMap((number) => [{ concurrency: number }, { limit: number }]),
    ...['', '3/1:2', 7, null].map((cursor) => ({ cursor: cursor as string })),
    { onResult: 'yes' as never },
    { limits: 5 },
  ])
    expect(await failure(client().reseal(options))).toBe('invalid_argument')
})
