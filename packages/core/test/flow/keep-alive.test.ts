import { describe, expect, test, vi } from 'vitest'
import {
  memoryStore,
  type InstallationId,
  type KeepAliveResult,
  type PipedriveOAuth,
  type PipedriveOAuthOptions,
  type StoredRecord,
  type TokenStore,
} from '../../src/index.ts'
import {
  ada,
  createScene,
  day,
  failure,
  inTime,
  minute,
  rejection,
  second,
  silence,
  stopped,
} from './scene.ts'
import { rejects, troubledStore } from './troubled-store.ts'

function thrown(error: Error): never {
  throw error
}

const none = { refreshed: 0, skipped: 0, failed: 0, forgotten: 0, absent: 0, failures: [] }

/** A company with `size` connected users. */
async function createCompanyScene(size: number, fakeOptions: Parameters<typeof createScene>[0] = {}) {
  const users = Array.from({ length: size }, (_, index) => ({ id: index + 1, companyId: 1001 }))
  const scene = createScene({ users, ...fakeOptions })
  const oauth = scene.client()
  for (const { id, companyId } of users) await scene.connect(oauth, `${companyId}:${id}`)
  return { ...scene, oauth, ids: users.map(({ id }) => `1001:${id}` as const) }
}

/** Runs `keepAlive()` and collects the result of each installation. */
async function results(oauth: PipedriveOAuth, options: Parameters<PipedriveOAuth['keepAlive']>[0] = {}) {
  const all: KeepAliveResult[] = []
  const report = await oauth.keepAlive({ ...options, onResult: (result) => void all.push(result) })
  const idsOf = (outcome: KeepAliveResult['outcome']) =>
    all.flatMap((result) => (result.outcome === outcome ? [result.id] : [])).sort()
  return { report, all, idsOf }
}

test('F27 keepAlive() refreshes dormant installations before their 60 days end, and leaves those in use alone', async () => {
  const { clock, fake, ids, oauth, refreshes } = await createCompanyScene(3)
  await clock.advance(44 * day)
  expect(await oauth.keepAlive()).toEqual({
    dryRun: false,
    isComplete: true,
    ...none,
    left: 0,
    durationMs: 0,
  })
  await oauth.installation(ids[0]!).accessToken()
  await clock.advance(2 * day)

  const { idsOf, report } = await results(oauth)
  expect(idsOf('refreshed')).toEqual(ids.slice(1))
  expect(report).toMatchObject({ refreshed: 2, left: 0 })
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
    expect((await client().keepAlive()).failures).toEqual([])
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

    const working = Promise.all([results(client()), results(client())])
    await clock.advance(minute)
    const runs = await working
    expect(runs.flatMap(({ idsOf }) => idsOf('refreshed')).toSorted()).toEqual(ids.toSorted())
    expect(runs.flatMap(({ report }) => report.failures)).toEqual([])
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
    expect((await working).refreshed).toBe(12)
    expect(Math.max(...fake.tokenRequests().map(({ inFlight }) => inFlight))).toBe(concurrency)
  }
})

test('F28 no more refreshes start in a second than perSecond allows', async () => {
  const { clock, fake, oauth } = await createCompanyScene(12)
  await clock.advance(50 * day)
  fake.clearCalls()
  const startedAt = clock.now()
  const working = oauth.keepAlive({ perSecond: 2 })
  await clock.advance(minute)
  expect((await working).refreshed).toBe(12)
  expect(fake.tokenRequests().map(({ at }) => at - startedAt)).toEqual(
    Array.from({ length: 12 }, (_, index) => index * 500),
  )
})

test('F42 after this process stood still, refreshes do not all start at once', async () => {
  const { client, clock, fake } = await createCompanyScene(12)
  await clock.advance(50 * day)
  fake.clearCalls()
  const sleep: typeof clock.sleep = (ms, signal) => clock.sleep(Math.ceil(ms / second) * second, signal)
  const working = client({ clock: { ...clock, sleep } }).keepAlive({ perSecond: 5, concurrency: 12 })
  await clock.advance(minute)
  expect((await working).refreshed).toBe(12)
  const together = Map.groupBy(fake.tokenRequests(), ({ at }) => at)
  expect(Math.max(...[...together.values()].map((requests) => requests.length))).toBeLessThanOrEqual(2)
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
  test('reports refusals, and goes on', async () => {
    const { clock, fake, ids, oauth } = await createCompanyScene(3)
    await clock.advance(50 * day)
    await fake.uninstall(ids[1])
    const { idsOf, report } = await results(oauth)
    expect(report.failures).toEqual([{ id: ids[1], code: 'reauthorization_required' }])
    expect(idsOf('refreshed')).toEqual([ids[0], ids[2]])
    expect(await oauth.keepAlive()).toMatchObject(none)
  })

  test('begins no refresh once its signal is aborted, finishes those in flight, and the next run goes on', async () => {
    const { clock, fake, oauth } = await createCompanyScene(6)
    await clock.advance(50 * day)
    const gate = fake.faults.hold({ endpoint: 'token' })
    const stop = new AbortController()
    const working = oauth.keepAlive({ concurrency: 1, signal: stop.signal })
    await gate.reached
    stop.abort()
    gate.release()
    expect(await working).toMatchObject({ refreshed: 1, left: 5, stopped: { reason: 'signal' } })
    expect(await oauth.keepAlive()).toMatchObject({ refreshed: 5, left: 0 })
  })

  test('ends at its signal also while it waits for its turn', async () => {
    const { clock, oauth } = await createCompanyScene(6)
    await clock.advance(50 * day)
    const stop = new AbortController()
    const working = oauth.keepAlive({ perSecond: 0.01, signal: stop.signal })
    await clock.advance(second)
    stop.abort()
    expect(await working).toMatchObject({ refreshed: 1, left: 5, stopped: { reason: 'signal' } })
  })

  test('refreshes as far ahead as withinMs says', async () => {
    const { client, clock, connect } = createScene()
    const oauth = client()
    await connect(oauth)
    await clock.advance(second)
    expect(await oauth.keepAlive({ withinMs: 59 * day })).toMatchObject({ refreshed: 0 })
    expect(await oauth.keepAlive({ withinMs: 61 * day })).toMatchObject({ refreshed: 1 })
  })

  test('leaves none of them due if withinMs is longer than a refresh token lives', async () => {
    const { clock, oauth } = await createCompanyScene(2)
    await clock.advance(second)
    const report = await oauth.keepAlive({ withinMs: 61 * day })
    expect(report).toMatchObject({ refreshed: 2, left: 0, isComplete: true })
  })

  test('is not complete, and says so in the log, if one failed or Pipedrive kept failing', async () => {
    const { clock, client, fake, ids } = await createCompanyScene(3)
    const logger = { error: vi.fn(), warn: vi.fn() }
    await clock.advance(50 * day)
    await fake.uninstall(ids[1], { deliver: false })
    expect(await client({ logger }).keepAlive()).toMatchObject({ refreshed: 2, failed: 1, isComplete: false })
    expect(logger.warn.mock.lastCall?.[0]).toContain(
      'could not refresh 1 of 3 installations: reauthorization_required (',
    )

    await clock.advance(50 * day)
    fake.faults.add({ endpoint: 'token', times: Infinity, fault: { type: 'html' } })
    const outage = await inTime(clock, client({ logger }).keepAlive())
    expect(outage).toMatchObject({ isComplete: false, stopped: { reason: 'outage' } })
    expect(logger.warn.mock.lastCall?.[0]).toMatch(
      /could not refresh \d of \d .*, and ended early \(outage\)/,
    )
  })

  test('is not complete, without a line of the log, if the caller ends it', async () => {
    const { clock, client } = await createCompanyScene(2)
    const logger = { error: vi.fn(), warn: vi.fn() }
    await clock.advance(50 * day)
    const report = await client({ logger }).keepAlive({ signal: AbortSignal.abort() })
    expect(report).toMatchObject({ failed: 0, isComplete: false, stopped: { reason: 'signal' } })
    expect(logger.warn).not.toHaveBeenCalled()
  })

  test('with dryRun says what would be done, and touches nothing', async () => {
    const { clock, events, fake, ids, oauth, refreshes, store } = await createCompanyScene(5)
    await clock.advance(50 * day)
    const before = await Promise.all(ids.map((id) => store.get(id)))
    const heard = events.length
    const { idsOf, report } = await results(oauth, { dryRun: true })
    expect(idsOf('refreshed')).toEqual(ids)
    expect(report).toMatchObject({
      dryRun: true,
      refreshed: 5,
      left: 5,
      soonestExpiryAt: clock.now() + 10 * day,
    })
    expect([refreshes(), events.length, fake.tokenRequests({ status: 400 }).length]).toEqual([0, heard, 0])
    expect(await Promise.all(ids.map((id) => store.get(id)))).toEqual(before)
  })

  test('emits kept_alive with the counts', async () => {
    const { clock, heard, oauth } = await createCompanyScene(2)
    await clock.advance(50 * day)
    const { failures: _, dryRun: __, isComplete: ___, ...counts } = await oauth.keepAlive()
    expect(heard.at(-1)).toEqual({ at: clock.now(), type: 'kept_alive', ...counts, codes: [] })
  })

  test('keeps the first 100 failures, and hands all of them to onResult', async () => {
    const { clock, client, oauth } = await createCompanyScene(130)
    await clock.advance(50 * day)
    const logger = { error: vi.fn(), warn: vi.fn() }
    const stranger = client({ secrets: ['another-secret-that-is-long-0002'], logger })
    const { all, report } = await results(stranger)
    expect(logger.warn).toHaveBeenCalledWith(
      expect.stringContaining('could not refresh 130 of 130 installations: unknown_key'),
      expect.objectContaining({ code: 'keep_alive_incomplete' }),
    )
    expect([report.failed, report.failures.length, report.left]).toEqual([130, 100, 130])
    expect(all.filter(({ outcome }) => outcome === 'failed')).toHaveLength(130)
    expect(await oauth.keepAlive()).toMatchObject({ refreshed: 130 })
  })

  test.each([
    ['throws', thrown],
    ['returns a promise that rejects', async (reason: Error) => thrown(reason)],
  ])('goes on if onResult %s, and logs it', async (_, fail) => {
    const { clock, client } = await createCompanyScene(20)
    await clock.advance(50 * day)
    const logger = { error: vi.fn(), warn: vi.fn() }
    const seen: string[] = []
    const onResult = ({ id }: KeepAliveResult) => {
      seen.push(id)
      if (seen.length <= 2) return fail(new Error('no such column')) as never
    }
    const report = await client({ logger }).keepAlive({ onResult })
    expect(report).toMatchObject({ isComplete: true, refreshed: 20, left: 0 })
    expect(seen).toHaveLength(20)
    await expect
      .poll(() => logger.error.mock.calls)
      .toEqual(
        seen
          .slice(0, 2)
          .map((id) => [
            `Pipedrive OAuth: onResult of keepAlive() failed (unexpected_error, installation ${id}). Cause: no such column. ` +
              'What to do: Correct onResult. Nothing else is affected.',
            expect.objectContaining({ installationId: id }),
          ]),
      )
  })

  test.each([
    { withinMs: -1 },
    { withinMs: Number.NaN },
    { limit: 1 },
    { perSecond: 0 },
    { perSecond: Number.POSITIVE_INFINITY },
    { onResult: 'yes' as never },
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

  test('rejects if the store has no due(), fails at the beginning, or takes no notice of `after`', async () => {
    const { client, store } = await createCompanyScene(1)
    const { get, compareAndSet } = memoryStore()
    const plain: TokenStore = { get, compareAndSet }
    expect(await failure(client({ store: plain }).keepAlive())).toBe('unsupported_by_store')
    const troubled = troubledStore(store)
    troubled.meet('due', rejects)
    expect(await failure(client({ store: troubled.store }).keepAlive())).toBe('store_unavailable')
    const many = Array.from({ length: 501 }, (_, index) => ({ id: `7:${index + 1}` as const, dueAt: 1 }))
    const deaf: TokenStore = { ...store, due: async (_, limit) => many.slice(0, limit) }
    expect(await failure(client({ store: deaf }).keepAlive())).toBe('unsupported_by_store')
  })

  test('counts what is left by pages if the store cannot count', async () => {
    const { clock, client, store } = await createCompanyScene(3)
    await clock.advance(50 * day)
    const { count, ...uncounted } = store
    expect(count).toBeDefined()
    const oauth = client({ store: uncounted, secrets: ['another-secret-that-is-long-0002'] })
    expect(await oauth.keepAlive()).toMatchObject({ failed: 3, left: 3 })
  })
})

/** What a kind of installation that cannot be refreshed needs of the worker that meets it. */
type Meeting = Partial<Pick<PipedriveOAuthOptions, 'fetch'>> & { readonly store?: Partial<TokenStore> }

type CompanyScene = Awaited<ReturnType<typeof createCompanyScene>>

const stuck = Array.from({ length: 30 }, (_, index) => ({ companyId: 7, userId: index + 1 }))
const stuckIds = stuck.map(({ companyId, userId }): InstallationId => `${companyId}:${userId}`)

/** Stores installations that expire in 5 days, before all others. */
async function storeStuck({ client, clock }: CompanyScene, options: Partial<PipedriveOAuthOptions> = {}) {
  for (const account of stuck)
    await client(options).adopt(
      { access_token: 'v1u:stuck', refresh_token: `stuck-${account.userId}`, expires_in: 3_600 },
      { account, obtainedAt: clock.now() - 55 * day },
    )
}

async function rewrite({ store }: CompanyScene, change: (record: StoredRecord) => Partial<StoredRecord>) {
  for (const id of stuckIds) {
    const record = (await store.get(id))!
    await store.compareAndSet(id, record.version, { ...record, version: 'rewritten', ...change(record) })
  }
}

/** Lets a process that uses this `fetch` begin to refresh them. */
async function beginRefreshes({ client, store }: CompanyScene, options: Partial<PipedriveOAuthOptions>) {
  const before = await Promise.all(stuckIds.map((id) => store.get(id)))
  const process = client(options)
  const calls = stuckIds.map((id) => failure(process.installation(id).refresh()))
  for (const [index, id] of stuckIds.entries())
    while ((await store.get(id))?.version === before[index]?.version) await new Promise(setImmediate)
  return calls
}

const kinds: Record<string, (scene: CompanyScene) => Promise<Meeting | void>> = {
  'records of a lost secret': (scene) =>
    storeStuck(scene, { secrets: ['a-secret-that-was-lost-long-ago-01'] }),
  'records that hold something else': async (scene) => {
    await storeStuck(scene)
    await rewrite(scene, () => ({ value: '{"not":"sealed"' }))
  },
  'records that the store cannot read': async (scene) => {
    await storeStuck(scene)
    const get: TokenStore['get'] = async (id) => {
      if (stuckIds.includes(id)) throw new Error('The value of this key is not a record.')
      return scene.store.get(id)
    }
    return { store: { get } }
  },
  'entries of the index without a record': async (scene) => {
    await storeStuck(scene)
    return { store: { get: async (id) => (stuckIds.includes(id) ? undefined : scene.store.get(id)) } }
  },
  'records of another app': (scene) => storeStuck(scene, { clientId: 'another-app' }),
  'grants that Pipedrive refuses': (scene) => storeStuck(scene),
  'dead grants that are still marked as due': async (scene) => {
    await storeStuck(scene)
    for (const id of stuckIds) await failure(scene.oauth.installation(id).refresh())
    await rewrite(scene, () => ({ dueAt: scene.clock.now() + day }))
  },
  'grants that Pipedrive answers with 500, again and again': async (scene) => {
    await storeStuck(scene)
    const fetch: typeof globalThis.fetch = (input, init) =>
      String(init?.body).includes('refresh_token=stuck-')
        ? Promise.resolve(new Response('Oops', { status: 500 }))
        : scene.fake.fetch(input, init)
    return { fetch }
  },
  'records that cool down after a failure': async (scene) => {
    await storeStuck(scene)
    const fetch = async () => new Response('Oops', { status: 500 })
    await Promise.all(await beginRefreshes(scene, { fetch, policy: { requestsPerRefresh: 1 } }))
  },
  'records that a dead process has claimed': async (scene) => {
    await storeStuck(scene)
    await beginRefreshes(scene, { fetch: silence, clock: stopped(scene.clock) })
  },
}

describe('F41 first in the queue are', () => {
  test.each(Object.keys(kinds))('%s: everybody behind them is refreshed', async (kind) => {
    const scene = await createCompanyScene(10)
    const { client, clock, ids, store } = scene
    await clock.advance(50 * day)
    const { fetch, store: methods } = (await kinds[kind]!(scene)) ?? {}
    const worker = client({ store: { ...store, ...methods }, ...(fetch && { fetch }) })

    const working = results(worker, { concurrency: 2 })
    const { all, idsOf, report } = await inTime(clock, working)

    expect(idsOf('refreshed')).toEqual(ids.toSorted())
    expect(report.stopped).toBeUndefined()
    const passedBy = all.filter(({ id }) => stuckIds.includes(id))
    expect(passedBy.map(({ id }) => id).sort()).toEqual(stuckIds.toSorted())
    expect(passedBy.every(({ outcome }) => outcome !== 'refreshed')).toBe(true)
  })
})

test('F41 entries of the index without a record are removed where the store can', async () => {
  const { client, store } = createScene()
  const orphans = new Set<InstallationId>(['7:1', '7:2'])
  const oauth = client({
    store: {
      ...store,
      due: async () => [...orphans].map((id) => ({ id, dueAt: 1 })),
      count: async () => orphans.size,
      compareAndSet: async (id, expected, next) => {
        const isWritten = await store.compareAndSet(id, expected, next)
        if (isWritten && next === undefined) orphans.delete(id)
        return isWritten
      },
    },
  })
  expect(await oauth.keepAlive({ dryRun: true })).toMatchObject({ absent: 2, left: 2 })
  expect(await oauth.keepAlive()).toMatchObject({ absent: 2, left: 0 })
})

test('F41 an entry of the index that cannot be removed is a warning in the log', async () => {
  const { client, store } = createScene()
  const lines: string[] = []
  const oauth = client({
    store: {
      ...store,
      due: async () => [{ id: '7:1', dueAt: 1 }],
      compareAndSet: () => Promise.reject(new Error('read-only')),
    },
    logger: { error: () => {}, warn: (line) => void lines.push(line) },
  })
  expect(await oauth.keepAlive()).toMatchObject({ absent: 1 })
  expect(lines).toEqual([
    expect.stringMatching(/the store failed in compareAndSet\(\)\. .*installation 7:1.*Cause: read-only\./),
  ])
})

/** Answers refreshes with 429 while `isLimited` says so. */
function limitedFetch({ fake }: CompanyScene, isLimited: () => boolean, headers: () => HeadersInit) {
  const limited: typeof globalThis.fetch = async (input, init) =>
    String(init?.body).includes('grant_type=refresh_token') && isLimited()
      ? new Response('Slow down', { status: 429, headers: headers() })
      : fake.fetch(input, init)
  return limited
}

describe('F42 Pipedrive answers 429', () => {
  test.each([
    ['seconds', 7, () => ({ 'retry-after': '7' })],
    ['a date', 7, (now: number) => ({ 'retry-after': new Date(now + 7 * second).toUTCString() })],
    ['nothing', 1, () => ({})],
    ['what is not a time', 1, () => ({ 'retry-after': 'soon' })],
  ])(
    'and says how long to wait by %s: the run waits, then refreshes everybody',
    async (_, seconds, headers) => {
      const scene = await createCompanyScene(12)
      const { clock, client, refreshes } = scene
      await clock.advance(50 * day)
      let left = 2
      const fetch = limitedFetch(
        scene,
        () => left > 0 && left-- > 0,
        () => headers(clock.now()),
      )
      const working = client({ fetch, policy: { requestsPerRefresh: 1 } }).keepAlive({ concurrency: 2 })
      await clock.advance(seconds * second - 100)
      expect(refreshes()).toBe(0)
      expect(await inTime(clock, working)).toMatchObject({ refreshed: 12, failed: 0, left: 0 })
    },
  )

  test.each([['601'], ['86400'], ['9'.repeat(400)]])(
    'and asks for a very long pause (%s s): the run ends and says so',
    async (header) => {
      const scene = await createCompanyScene(12)
      await scene.clock.advance(50 * day)
      const fetch = limitedFetch(
        scene,
        () => true,
        () => ({ 'retry-after': header }),
      )
      const report = await scene.client({ fetch }).keepAlive({ concurrency: 1 })
      expect(report).toMatchObject({ refreshed: 0, left: 12, stopped: { reason: 'rate_limit' } })
      expect(report.failures).toHaveLength(1)
    },
  )

  test('again and again: the run ends after 20 pauses without a success', async () => {
    const scene = await createCompanyScene(12)
    await scene.clock.advance(50 * day)
    let asked = 0
    const fetch = limitedFetch(
      scene,
      () => asked++ >= 0,
      () => ({ 'retry-after': '1' }),
    )
    const working = scene.client({ fetch }).keepAlive()
    expect(await inTime(scene.clock, working)).toMatchObject({
      refreshed: 0,
      left: 12,
      stopped: { reason: 'rate_limit' },
    })
    expect(asked).toBeLessThan(100)
  })
})

describe('F42 an outage', () => {
  const down = { endpoint: 'token', fault: { type: 'status', status: 503 }, times: Infinity } as const

  test('of Pipedrive ends the run after a minute, with few requests, and says what is left', async () => {
    const { clock, fake, oauth, refreshes } = await createCompanyScene(30)
    await clock.advance(50 * day)
    fake.faults.add(down)
    const working = oauth.keepAlive()
    expect(await inTime(clock, working)).toMatchObject({
      refreshed: 0,
      left: 30,
      soonestExpiryAt: expect.any(Number),
      stopped: { reason: 'outage', code: 'token_endpoint_unavailable' },
    })
    expect(refreshes()).toBeLessThan(40)
  })

  test('of Pipedrive that begins and ends in the middle of a run costs nobody anything', async () => {
    const { clock, fake, oauth } = await createCompanyScene(40)
    await clock.advance(50 * day)
    fake.faults.add({ endpoint: 'token', fault: { type: 'slow', delayMs: second }, times: 10 })
    const working = oauth.keepAlive({ concurrency: 2 })
    await clock.advance(4 * second)
    const outage = fake.faults.add(down)
    await clock.advance(10 * second)
    outage.remove()
    expect(await inTime(clock, working)).toMatchObject({ refreshed: 40, failed: 0, left: 0 })
  })

  test('of the store that begins and ends in the middle of a run costs nobody anything', async () => {
    const { clock, client, fake, store } = await createCompanyScene(40)
    await clock.advance(50 * day)
    const troubled = troubledStore(store)
    fake.faults.add({ endpoint: 'token', fault: { type: 'slow', delayMs: second }, times: 10 })
    const working = client({ store: troubled.store }).keepAlive({ concurrency: 2 })
    await clock.advance(4 * second)
    for (const method of ['get', 'compareAndSet', 'due', 'count'] as const) troubled.meet(method, rejects)
    await clock.advance(10 * second)
    troubled.recover()
    const report = await inTime(clock, working)
    expect(report).toMatchObject({ failed: 0, left: 0 })
    expect(report.refreshed + report.skipped).toBe(40)
  })

  test('of the store that lasts ends the run, which knows what must be left', async () => {
    const { clock, client, fake, store } = await createCompanyScene(40)
    await clock.advance(50 * day)
    const troubled = troubledStore(store)
    fake.faults.add({ endpoint: 'token', fault: { type: 'slow', delayMs: second }, times: 40 })
    const working = client({ store: troubled.store }).keepAlive({ concurrency: 1 })
    await clock.advance(5 * second)
    for (const method of ['get', 'compareAndSet', 'due', 'count'] as const) troubled.meet(method, rejects)
    const { left, refreshed, stopped } = await inTime(clock, working)
    expect(stopped).toEqual({ reason: 'outage', code: 'store_unavailable' })
    expect(left).toBe(40 - refreshed)
  })

  test('of our own making, a wrong client secret, ends the run at once', async () => {
    const { clock, client } = await createCompanyScene(40)
    await clock.advance(50 * day)
    const report = await client({ clientSecret: 'wrong' }).keepAlive({ concurrency: 1 })
    expect(report).toMatchObject({
      failed: 3,
      left: 40,
      stopped: { reason: 'outage', code: 'client_rejected' },
    })
  })

  test('is not what a few failures between successes are: the run asks no question about them', async () => {
    const { clock, fake, oauth } = await createCompanyScene(12)
    await clock.advance(50 * day)
    fake.clearCalls()
    for (let strike = 0; strike < 3; strike++) {
      const held = { endpoint: 'token', fault: { type: 'slow', delayMs: 1 } } as const
      fake.faults.add({ ...held, times: 1 })
      fake.faults.add({ endpoint: 'token', fault: { type: 'html', status: 200 }, times: 2 })
    }
    const working = oauth.keepAlive({ concurrency: 1 })
    expect(await inTime(clock, working)).toMatchObject({ refreshed: 12, failed: 0 })
    expect(fake.tokenRequests({ status: 400 })).toEqual([])
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
  expect((await oauth.keepAlive()).forgotten).toBe(0)
  await clock.advance(1)
  expect(await oauth.keepAlive({ dryRun: true })).toMatchObject({ forgotten: 1 })
  expect(await oauth.keepAlive()).toMatchObject({ ...none, forgotten: 1 })
  expect([await store.get(ada), await store.get('1001:12')]).toMatchObject([undefined, { version: /./ }])
  expect(events.filter(({ type }) => type === 'forgotten')).toMatchObject([
    { by: 'age', installationId: ada },
  ])
})

test('keepAlive() forgets nothing with forgetAfterMs: 0, nor over a store without list', async () => {
  const { clock, client, oauth, store } = await createDeadScene({ forgetAfterMs: 0 })
  await clock.advance(400 * day)
  const { list, ...unlisted } = store
  expect(list).toBeDefined()
  const reports = [await oauth.keepAlive(), await client({ store: unlisted }).keepAlive()]
  expect(reports.map(({ forgotten }) => forgotten)).toEqual([0, 0])
  expect(await store.get(ada)).toBeDefined()
})
