import { describe, expect, test } from 'vitest'
import { memoryStore, type TokenStore } from '../../src/index.ts'
import { ada, createScene, day, failure, hour, minute, rejection, second } from './scene.ts'
import { rejects, troubledStore } from './troubled-store.ts'

/** A company with `size` connected users. */
async function createCompanyScene(size: number, fakeOptions: Parameters<typeof createScene>[0] = {}) {
  const users = Array.from({ length: size }, (_, index) => ({ id: index + 1, companyId: 1001 }))
  const scene = createScene({ users, ...fakeOptions })
  const oauth = scene.client()
  for (const { id, companyId } of users) await scene.connect(oauth, `${companyId}:${id}`)
  return { ...scene, oauth, ids: users.map(({ id }) => `1001:${id}` as const) }
}

test('F27 keepAlive() refreshes dormant installations before their 60 days end, and leaves those in use alone', async () => {
  const { clock, fake, ids, oauth, refreshes } = await createCompanyScene(3)
  await clock.advance(44 * day)
  expect(await oauth.keepAlive()).toEqual({ refreshed: [], skipped: [], failed: [], forgotten: [] })
  await oauth.installation(ids[0]!).accessToken()
  await clock.advance(2 * day)

  const report = await oauth.keepAlive()
  expect(report.refreshed.toSorted()).toEqual(ids.slice(1))
  expect(refreshes()).toBe(3)
  await clock.advance(50 * day)
  for (const id of ids.slice(1))
    expect(fake.serverAccepts(await oauth.installation(id).accessToken())).toBe(true)
})

test('F27 a year of daily keepAlive() keeps an unused installation', async () => {
  const { clock, client, connect, fake, refreshes } = createScene({ rotateRefreshTokens: true })
  await connect(client())
  for (let days = 0; days < 365; days++) {
    await clock.advance(day)
    const { failed } = await client().keepAlive()
    expect(failed).toEqual([])
  }
  expect(fake.serverAccepts(await client().installation(ada).accessToken())).toBe(true)
  expect(refreshes()).toBeLessThan(11)
}, 30_000)

test.each([true, false])(
  'F27 two workers at once refresh each installation once (rotation: %s)',
  async (rotateRefreshTokens) => {
    const { client, clock, fake, ids, refreshes } = await createCompanyScene(12, { rotateRefreshTokens })
    await clock.advance(50 * day)
    fake.faults.add({ endpoint: 'token', fault: { type: 'slow', delayMs: 200 }, times: 24 })

    const working = Promise.all([client().keepAlive(), client().keepAlive()])
    await clock.advance(minute)
    const reports = await working
    expect(reports.flatMap(({ refreshed }) => refreshed).toSorted()).toEqual(ids.toSorted())
    expect(reports.flatMap(({ failed }) => failed)).toEqual([])
    expect(refreshes()).toBe(12)
    expect(fake.tokenRequests({ status: 400 })).toEqual([])
  },
)

test('F28 no more refreshes are under way at once than concurrency allows', async () => {
  const { clock, fake, oauth } = await createCompanyScene(12)
  for (const concurrency of [1, 3]) {
    await clock.advance(50 * day)
    fake.clearCalls()
    fake.faults.add({ endpoint: 'token', fault: { type: 'slow', delayMs: second }, times: 12 })
    const working = oauth.keepAlive({ concurrency })
    await clock.advance(minute)
    expect((await working).refreshed.length).toBe(12)
    expect(Math.max(...fake.tokenRequests().map(({ inFlight }) => inFlight))).toBe(concurrency)
  }
})

test('F28 each worker takes due installations in its own order, so that workers rarely meet', async () => {
  const { client, clock, fake, ids } = await createCompanyScene(12)
  const orders = new Set<string>()
  for (let round = 0; round < 3; round++) {
    await clock.advance(50 * day)
    fake.clearCalls()
    await client().keepAlive({ concurrency: 1 })
    orders.add(
      fake
        .tokenRequests()
        .map(({ user }) => user?.id)
        .join(),
    )
  }
  expect(ids.length).toBe(12)
  expect(orders.size).toBe(3)
})

test('F28 refreshing ahead follows use: an installation without callers is not refreshed', async () => {
  const { clock, ids, oauth, refreshes } = await createCompanyScene(4)
  await clock.advance(56 * minute)
  await oauth.installation(ids[2]!).accessToken()
  await oauth.settled()
  await clock.advance(day)
  expect(refreshes()).toBe(1)
})

describe('keepAlive()', () => {
  test('takes the installations that expire first, and at most `limit`', async () => {
    const { client, clock, connect } = createScene()
    const oauth = client()
    await connect(oauth, '1001:12')
    await clock.advance(hour)
    await connect(oauth, '1001:11')
    await clock.advance(50 * day)
    expect((await oauth.keepAlive({ limit: 1 })).refreshed).toEqual(['1001:12'])
    expect((await oauth.keepAlive({ limit: 5 })).refreshed).toEqual(['1001:11'])
  })

  test('reports refusals, and goes on', async () => {
    const { clock, fake, ids, oauth } = await createCompanyScene(3)
    await clock.advance(50 * day)
    await fake.uninstall(ids[1])
    const report = await oauth.keepAlive()
    expect(report.failed).toEqual([{ id: ids[1], code: 'reauthorization_required' }])
    expect(report.refreshed.toSorted()).toEqual([ids[0], ids[2]])
    expect(await oauth.keepAlive()).toEqual({ refreshed: [], skipped: [], failed: [], forgotten: [] })
  })

  test('stops while Pipedrive is down, and leaves the rest to the next run', async () => {
    const { clock, fake, oauth, refreshes } = await createCompanyScene(30)
    await clock.advance(50 * day)
    fake.faults.add({
      endpoint: 'token',
      fault: { type: 'status', status: 503 },
      times: Number.POSITIVE_INFINITY,
    })
    const working = oauth.keepAlive()
    await clock.advance(minute)
    const { refreshed, skipped, failed } = await working
    expect([refreshed.length, skipped.length + failed.length]).toEqual([0, 30])
    expect(failed.length).toBeLessThan(10)
    expect(refreshes()).toBeLessThan(20)
  })

  test('begins no refresh once its signal is aborted, and finishes those in flight', async () => {
    const { clock, fake, oauth } = await createCompanyScene(6)
    await clock.advance(50 * day)
    const gate = fake.faults.hold({ endpoint: 'token' })
    const stop = new AbortController()
    const working = oauth.keepAlive({ concurrency: 1, signal: stop.signal })
    await gate.reached
    stop.abort()
    gate.release()
    const { refreshed, skipped } = await working
    expect([refreshed.length, skipped.length]).toEqual([1, 5])
  })

  test('refreshes as far ahead as withinMs says', async () => {
    const { client, connect } = createScene()
    const oauth = client()
    await connect(oauth)
    expect((await oauth.keepAlive({ withinMs: 59 * day })).refreshed).toEqual([])
    expect((await oauth.keepAlive({ withinMs: 61 * day })).refreshed).toEqual([ada])
  })

  test.each([
    { withinMs: -1 },
    { withinMs: Number.NaN },
    { limit: 0 },
    { limit: 1.5 },
    { concurrency: 0 },
    { concurrency: Number.POSITIVE_INFINITY },
  ])('refuses %o', async (options) => {
    const { client } = createScene()
    expect(await rejection(client().keepAlive(options))).toMatchObject({
      name: 'InvalidArgumentError',
      code: 'invalid_argument',
      message: expect.stringContaining(Object.keys(options)[0]!),
    })
  })

  test('rejects if the store has no due()', async () => {
    const { client, store } = createScene()
    const { get, compareAndSet } = memoryStore()
    const plain: TokenStore = { get, compareAndSet }
    expect(await failure(client({ store: plain }).keepAlive())).toBe('unsupported_by_store')
    const troubled = troubledStore(store)
    troubled.meet('due', rejects)
    expect(await failure(client({ store: troubled.store }).keepAlive())).toBe('store_unavailable')
  })
})

/** A user whose grant has been dead since a day after the connection. */
async function createDeadScene(policy: { readonly forgetAfterMs?: number } = {}) {
  const scene = createScene()
  const oauth = scene.client({ policy })
  await scene.connect(oauth)
  await scene.connect(oauth, '1001:12')
  await scene.fake.uninstall()
  await scene.clock.advance(day)
  await failure(oauth.installation(ada).accessToken())
  return { ...scene, oauth }
}

test('keepAlive() forgets installations that have been dead for forgetAfterMs, and says so', async () => {
  const { clock, events, oauth, store } = await createDeadScene({ forgetAfterMs: 20 * day })
  await clock.advance(20 * day - 1)
  expect((await oauth.keepAlive()).forgotten).toEqual([])
  await clock.advance(1)
  expect(await oauth.keepAlive()).toEqual({ refreshed: [], skipped: [], failed: [], forgotten: [ada] })
  expect([await store.get(ada), await store.get('1001:12')]).toMatchObject([undefined, { version: /./ }])
  expect(events.at(-1)).toMatchObject({ type: 'forgotten', by: 'age', installationId: ada })
})

test('keepAlive() forgets nothing with forgetAfterMs: 0, nor over a store without list', async () => {
  const { clock, client, oauth, store } = await createDeadScene({ forgetAfterMs: 0 })
  await clock.advance(400 * day)
  const { list, ...unlisted } = store
  expect(list).toBeDefined()
  const reports = [await oauth.keepAlive(), await client({ store: unlisted }).keepAlive()]
  expect(reports.map(({ forgotten }) => forgotten)).toEqual([[], []])
  expect(await store.get(ada)).toBeDefined()
})
