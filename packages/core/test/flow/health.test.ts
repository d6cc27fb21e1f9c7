import { expect, test } from 'vitest'
import { memoryStore, type TokenStore } from '../../src/index.ts'
import { ConfigurationError } from '../../src/errors.ts'
import { rejects, troubledStore, waitsFor } from './troubled-store.ts'
import { ada, createScene, day, failure, hour, minute, second, skewed } from './scene.ts'

test('F76 health() is ok for a store that answers, and says what it found', async () => {
  const { client, connect } = createScene()
  const oauth = client()
  expect(await oauth.health()).toEqual({
    status: 'ok',
    problems: [],
    store: { isReachable: true, latencyMs: 0 },
    watch: 'idle',
    unsaved: 0,
    overdue: 0,
    refreshable: 0,
    attention: { count: 0 },
  })
  await connect(oauth)
  expect(await oauth.health()).toMatchObject({ status: 'ok', attention: { count: 0, share: 0 } })
})

test('F76 health() fails if the store does, with the network’s own error and what to do', async () => {
  const refused = Object.assign(new Error('connect ECONNREFUSED 127.0.0.1:5432'), { code: 'ECONNREFUSED' })
  const store: TokenStore = {
    get: () => Promise.reject(refused),
    compareAndSet: () => Promise.reject(refused),
  }
  expect(await createScene().client({ store }).health()).toMatchObject({
    status: 'failed',
    store: { isReachable: false },
    problems: [
      {
        code: 'store_unavailable',
        found: 'The token store failed in get(). Cause: connect ECONNREFUSED 127.0.0.1:5432',
        action: 'Check that the store runs, and that this process can reach it and sign in.',
      },
    ],
  })
})

test('F76 health() names what a retry cannot mend', async () => {
  const missing = new ConfigurationError(['The table pipedrive_installations does not exist'])
  const store: TokenStore = { ...memoryStore(), get: () => Promise.reject(missing) }
  const { status, problems } = await createScene().client({ store }).health()
  expect([status, problems]).toEqual([
    'failed',
    [
      {
        code: 'invalid_configuration',
        found: expect.stringContaining('pipedrive_installations does not exist'),
        action: expect.stringContaining('Retrying does not help'),
      },
    ],
  ])
})

test.each(['get', 'list', 'due', 'count', 'check'] as const)(
  'F76 health() ends in time if %s() never answers, and only get() decides whether the store is reachable',
  async (silent) => {
    const { client, clock } = createScene()
    const never = () => new Promise<never>(() => {})
    const { count, ...others } = memoryStore()
    const store: TokenStore = { ...others, ...(silent !== 'due' && { count }), [silent]: never }
    const started = clock.now()
    const checking = client({ store }).health({ timeoutMs: 500 })
    await clock.advance(500)
    const { status, problems } = await checking
    expect([clock.now() - started, status]).toEqual([500, silent === 'get' ? 'failed' : 'degraded'])
    expect(problems).toMatchObject([{ code: 'store_unavailable' }])
  },
)

test('F76 health() ends in time if get() is slow and check() never answers', async () => {
  const { client, clock, store } = createScene()
  const get: TokenStore['get'] = async (id) => {
    await clock.sleep(1_500)
    return store.get(id)
  }
  const checking = client({ store: { ...store, get, check: () => new Promise(() => {}) } }).health()
  await clock.advance(2_000)
  expect(await Promise.race([checking, 'still waiting'])).toMatchObject({
    status: 'degraded',
    store: { isReachable: true, latencyMs: 1_500 },
  })
})

test('F94 health() is degraded if a part of a cluster is down', async () => {
  const { client, store } = createScene()
  let reads = 0
  const get: TokenStore['get'] = (id) => ((reads += 1) % 3 === 1 ? Promise.reject(down) : store.get(id))
  const down = new Error('CLUSTERDOWN Hash slot not served')
  const oauth = client({ store: { ...store, get, check: () => Promise.reject(down) } })
  for (let probes = 0; probes < 3; probes += 1)
    expect(await oauth.health()).toMatchObject({
      status: 'degraded',
      store: { isReachable: true },
      problems: [{ code: 'store_unavailable', found: expect.stringContaining('check()') }],
    })
})

test('F76 health() says whether the watch stands', async () => {
  const scene = createScene()
  const troubled = troubledStore(scene.store)
  const { promise: released, resolve: release } = Promise.withResolvers<void>()
  let cut = (_cause: Error) => {}
  let beat = () => {}
  const watch: TokenStore['watch'] = async (changed, { heartbeat }) => {
    beat = () => heartbeat?.()()
    const opened = await troubled.store.watch(changed, { heartbeatMs: 1 })
    beat()
    const lost = new Promise<Error>((resolve) => (cut = resolve))
    return { ...opened, lost: Promise.race([opened.lost, lost]) }
  }
  const oauth = scene.client({ store: { ...troubled.store, watch }, logger: false })
  const state = async () => (await oauth.health()).watch
  expect(await state()).toBe('idle')
  troubled.meet('watch', waitsFor(released))
  await scene.connect(oauth)
  expect(await state()).toBe('opening')
  release()
  await scene.clock.advance(0)
  expect(await oauth.health()).toMatchObject({ status: 'ok', watch: 'standing' })
  await scene.clock.advance(minute / 2)
  expect(await oauth.health()).toMatchObject({ status: 'ok', watch: 'silent' })
  beat()
  expect(await state()).toBe('standing')

  troubled.meet('watch', rejects)
  cut(new Error('read ECONNRESET'))
  await scene.clock.advance(0)
  expect(await oauth.health()).toMatchObject({
    status: 'degraded',
    watch: 'lost',
    problems: [
      {
        code: 'watch_lost',
        found: 'the store does not tell of changes any more. Cause: read ECONNRESET',
        action: expect.stringContaining('policy.cacheMs'),
      },
    ],
  })
  troubled.recover()
  await scene.clock.advance(6 * second)
  await oauth.installation(ada).accessToken()
  await scene.clock.advance(0)
  expect(await oauth.health()).toMatchObject({ status: 'ok', watch: 'standing' })
  await oauth[Symbol.asyncDispose]()
  expect(await state()).toBe('idle')
})

test('F76 health() of a process that lost its watch and uses memory no more is ok', async () => {
  const scene = createScene()
  const watch = () => Promise.reject(new Error('read ECONNRESET'))
  const oauth = scene.client({ store: { ...scene.store, watch }, logger: false })
  await scene.connect(oauth)
  expect(await oauth.health()).toMatchObject({ status: 'degraded', watch: 'lost' })
  await scene.clock.advance(minute)
  expect(await oauth.health()).toMatchObject({ status: 'ok', watch: 'idle' })
})

test.each<[string, TokenStore, number]>([
  ['the store cannot tell', { get: memoryStore().get, compareAndSet: memoryStore().compareAndSet }, 5_000],
  ['memory is turned off', memoryStore(), 0],
])('F76 health() says nothing of a watch if %s', async (_, store, cacheMs) => {
  const health = await createScene().client({ store, policy: { cacheMs } }).health()
  expect(health).not.toHaveProperty('watch')
})

test('F76 health() counts the installations whose new tokens are not saved', async () => {
  const { client, connect, clock, fake, store } = createScene()
  const troubled = troubledStore(store)
  const oauth = client({ store: troubled.store })
  await connect(oauth)
  await clock.advance(2 * hour)
  const gate = fake.faults.hold({ endpoint: 'token', when: 'after' })
  const asked = oauth.installation(ada).accessToken()
  await gate.reached
  troubled.meet('compareAndSet', rejects)
  gate.release()
  await clock.advance(10_000)
  await asked
  expect(await oauth.health()).toMatchObject({
    status: 'degraded',
    unsaved: 1,
    problems: [{ code: 'unsaved_tokens', found: 'the new tokens of 1 installations are not saved' }],
  })
})

test('F76 health() reports grants that keepAlive() should have refreshed, and what needs attention', async () => {
  const { client, connect, clock, fake } = createScene()
  const oauth = client()
  await connect(oauth)
  await clock.advance(47 * day)
  expect(await oauth.health()).toMatchObject({
    status: 'degraded',
    overdue: 1,
    problems: [{ code: 'keep_alive_overdue' }],
  })
  fake.faults.add({
    endpoint: 'token',
    fault: { type: 'status', status: 400, body: { error: 'invalid_grant' } },
  })
  expect(await failure(oauth.installation(ada).accessToken())).toBe('reauthorization_required')
  expect(await oauth.health()).toMatchObject({ status: 'ok', attention: { count: 1, share: 1 }, overdue: 0 })
  expect(await oauth.health({ maxAttention: 0.5 })).toMatchObject({
    status: 'degraded',
    problems: [{ code: 'attention_needed', found: '100 % of the installations need attention' }],
  })
})

test('F76 health() compares the clock with Pipedrive’s, and sends nothing for it', async () => {
  const { client, clock, fake } = createScene()
  const dated: typeof fetch = async (...request) => {
    const answer = await fake.fetch(...request)
    const headers = new Headers(answer.headers)
    headers.set('date', new Date(clock.now()).toUTCString())
    return new Response(answer.body, { status: answer.status, headers })
  }
  const right = client({ fetch: dated })
  await right.checkClient()
  const wrong = client({ fetch: dated, clock: skewed(clock, 3 * minute) })
  await wrong.checkClient()
  const calls = fake.calls.length
  expect(await right.health()).toMatchObject({ status: 'ok', clockOffMs: -500 })
  expect(await wrong.health()).toMatchObject({
    status: 'degraded',
    clockOffMs: 3 * minute - 500,
    problems: [{ code: 'clock_off', action: expect.stringContaining('NTP') }],
  })
  expect(fake.calls.length).toBe(calls)
})

test.each([[{ timeoutMs: 0 }], [{ timeoutMs: Number.NaN }], [{ maxAttention: 2 }], [{ maxAttention: -1 }]])(
  'F76 health() refuses %j',
  async (options) => {
    expect(await failure(createScene().client().health(options))).toBe('invalid_argument')
  },
)
