import { describe, expect, test } from 'vitest'
import type { Fault } from '@pd/fake-pipedrive'
import type { TokenStore } from '../../src/index.ts'
import { ada, createScene, failure, hour, minute, rejection, second } from './scene.ts'

const troubles: readonly (readonly [string, Fault, string])[] = [
  ['500', { type: 'status', status: 500 }, 'token_endpoint_unavailable'],
  ['503', { type: 'status', status: 503 }, 'token_endpoint_unavailable'],
  ['429', { type: 'rate_limited' }, 'token_endpoint_unavailable'],
  ['an HTML page with status 502', { type: 'html' }, 'token_endpoint_unavailable'],
  ['an HTML page with status 200', { type: 'html', status: 200 }, 'malformed_response'],
  ['an HTML page with status 400', { type: 'html', status: 400 }, 'token_endpoint_unavailable'],
  ['a redirect', { type: 'status', status: 302, headers: { location: '/' } }, 'token_endpoint_unavailable'],
  ['a broken connection', { type: 'reset' }, 'token_endpoint_unavailable'],
  ['a connection that breaks in the body', { type: 'cut' }, 'token_endpoint_unavailable'],
  ['a truncated body', { type: 'truncated' }, 'malformed_response'],
  ['an empty body', { type: 'empty' }, 'malformed_response'],
  ['an empty 204', { type: 'empty', status: 204 }, 'malformed_response'],
  ['a body of 2 MB', { type: 'oversized' }, 'malformed_response'],
  ['JSON that is no object', { type: 'status', status: 200, body: [null] }, 'malformed_response'],
  [
    'an access token that is no string',
    { type: 'override', fields: { access_token: 7 } },
    'malformed_response',
  ],
  ['an empty access token', { type: 'override', fields: { access_token: '' } }, 'malformed_response'],
  ['a token of another type', { type: 'override', fields: { token_type: 'mac' } }, 'malformed_response'],
  [
    'an unknown error',
    { type: 'status', status: 400, body: { error: 'brewing' } },
    'token_endpoint_unavailable',
  ],
  [
    'invalid_request',
    { type: 'status', status: 400, body: { error: 'invalid_request' } },
    'request_rejected',
  ],
]

describe.each(troubles)('F15 a token endpoint that answers with %s', (_, fault, code) => {
  const createTroubledScene = async () => {
    const scene = createScene()
    const oauth = scene.client()
    await scene.connect(oauth)
    scene.fake.faults.add({ endpoint: 'token', fault, times: 2 })
    return { ...scene, oauth, installation: oauth.installation(ada) }
  }

  test('F15 logs no user out: the installation stays, and works again after the outage', async () => {
    const { clock, fake, installation, events } = await createTroubledScene()
    await clock.advance(2 * hour)

    const asked = failure(installation.accessToken())
    await clock.advance(minute)
    expect(await asked).toBe(code)
    expect(events.at(-1)).toMatchObject({ type: 'refresh_failed', code, failures: 1 })
    fake.faults.clear()
    expect(fake.serverAccepts(await installation.accessToken())).toBe(true)
    expect((await installation.describe())?.cooldown).toBeUndefined()
  })

  test('F15 leaves a valid token serving', async () => {
    const { clock, fake, installation, refreshes } = await createTroubledScene()
    await clock.advance(56 * minute)

    const token = await installation.accessToken()
    expect(fake.serverAccepts(token)).toBe(true)
    await clock.advance(0)
    expect(refreshes()).toBeGreaterThan(0)
    expect(await installation.accessToken()).toBe(token)
    expect((await installation.fetch('/api/v2/deals')).status).toBe(200)
  })
})

test('F15 an error says that it is retryable, and after how long', async () => {
  const { clock, client, connect, fake } = createScene()
  const oauth = client()
  await connect(oauth)
  await clock.advance(2 * hour)
  fake.faults.add({ endpoint: 'token', fault: { type: 'rate_limited', retryAfterSeconds: 20 }, times: 9 })

  await rejection(oauth.installation(ada).accessToken())
  await clock.advance(5 * second)
  expect(await rejection(oauth.installation(ada).accessToken())).toMatchObject({
    name: 'TokenEndpointError',
    code: 'token_endpoint_unavailable',
    retryable: true,
    status: 503,
    retryAfterMs: 15 * second,
  })
})

test('F18 the cooldown is in the record, and every client keeps it', async () => {
  const { clock, client, connect, fake, refreshes } = createScene()
  await connect(client())
  await clock.advance(2 * hour)
  fake.faults.add({ endpoint: 'token', fault: { type: 'status', status: 400, body: '' }, times: 99 })
  const one = client({ policy: { requestsPerRefresh: 1 } })
  const others = [client(), client()]

  expect(await failure(one.installation(ada).accessToken())).toBe('token_endpoint_unavailable')
  expect(refreshes()).toBe(1)
  for (const oauth of [one, ...others]) {
    expect(await failure(oauth.installation(ada).accessToken())).toBe('token_endpoint_unavailable')
    expect(await failure(oauth.installation(ada).refresh())).toBe('token_endpoint_unavailable')
    expect(await failure(oauth.installation(ada).fetch('/api/v2/deals'))).toBe('token_endpoint_unavailable')
    expect((await oauth.keepAlive({ withinMs: 100 * 24 * hour })).skipped).toBe(1)
  }
  expect(refreshes()).toBe(1)
})

test('F18 the cooldown doubles from one second up to one minute', async () => {
  const { clock, client, connect, events, fake } = createScene()
  const oauth = client({ policy: { requestsPerRefresh: 1 } })
  await connect(oauth)
  await clock.advance(2 * hour)
  fake.faults.add({ endpoint: 'token', fault: { type: 'status', status: 503 }, times: 99 })
  for (let round = 0; round < 9; round++) {
    await failure(oauth.installation(ada).accessToken())
    await clock.advance((await oauth.installation(ada).describe())!.cooldown!.until - clock.now())
  }
  expect(
    events.flatMap((event) => (event.type === 'refresh_failed' ? [event.retryAfterMs / second] : [])),
  ).toEqual([1, 2, 4, 8, 16, 32, 60, 60, 60])
})

test('F18 an hour of outage costs about one token request a minute, whatever the number of callers', async () => {
  const { clock, client, connect, fake, refreshes } = createScene()
  const clients = [client(), client(), client()]
  await connect(clients[0]!)
  await clock.advance(2 * hour)
  const outage = fake.faults.add({
    endpoint: 'token',
    fault: { type: 'status', status: 503 },
    times: Number.POSITIVE_INFINITY,
  })

  let failed = 0
  for (let seconds = 0; seconds < 3_600; seconds += 5) {
    const asked = clients.map((oauth) => failure(oauth.installation(ada).accessToken()))
    await clock.advance(5 * second)
    failed += (await Promise.all(asked)).length
  }
  expect(failed).toBe(2_160)
  // Two requests each: six while the cooldown grows, then one in each minute.
  expect(refreshes()).toBeGreaterThan(60)
  expect(refreshes()).toBeLessThanOrEqual(2 * 66)

  outage.remove()
  await clock.advance(minute)
  const tokens = await Promise.all(clients.map((oauth) => oauth.installation(ada).accessToken()))
  expect(new Set(tokens).size).toBe(1)
  expect(fake.serverAccepts(tokens[0]!)).toBe(true)
}, 30_000)

test('F18 a success clears the cooldown, so that the next one begins with one second again', async () => {
  const { clock, client, connect, events, fake } = createScene()
  const oauth = client({ policy: { requestsPerRefresh: 1 } })
  await connect(oauth)
  const outage = { endpoint: 'token', fault: { type: 'status', status: 503 } } as const
  for (let round = 0; round < 2; round++) {
    await clock.advance(2 * hour)
    fake.faults.add({ ...outage, times: 2 })
    await failure(oauth.installation(ada).accessToken())
    await clock.advance(second)
    await failure(oauth.installation(ada).accessToken())
    await clock.advance(2 * second)
    await oauth.installation(ada).accessToken()
  }
  expect(events.flatMap((event) => (event.type === 'refresh_failed' ? [event.retryAfterMs] : []))).toEqual([
    second,
    2 * second,
    second,
    2 * second,
  ])
})

test('F18 connecting again clears the cooldown', async () => {
  const { clock, client, connect, fake, refreshes } = createScene()
  const oauth = client()
  await connect(oauth)
  await clock.advance(2 * hour)
  fake.faults.add({ endpoint: 'token', fault: { type: 'status', status: 503 }, times: 2 })
  const asked = failure(oauth.installation(ada).accessToken())
  await clock.advance(second)
  expect(await asked).toBe('token_endpoint_unavailable')

  await connect(oauth)
  expect((await oauth.installation(ada).describe())?.cooldown).toBeUndefined()
  await oauth.installation(ada).refresh()
  expect(refreshes()).toBe(3)
})

test.each<[string, () => { readonly waitMs?: number; readonly signal?: AbortSignal; leave(): void }]>([
  [
    'aborts its signal',
    () => {
      const leaving = new AbortController()
      return { signal: leaving.signal, leave: () => leaving.abort() }
    },
  ],
  ['has waited for waitMs', () => ({ waitMs: 10 * second, leave: () => {} })],
])(
  'F18 a store that is slower than the cooldown costs no further refresh once its caller %s',
  async (_, patience) => {
    const { clock, client, connect, fake, refreshes, store } = createScene()
    await connect(client())
    await clock.advance(2 * hour)
    fake.faults.add({ endpoint: 'token', fault: { type: 'status', status: 503 }, times: Infinity })
    const compareAndSet: TokenStore['compareAndSet'] = async (...write) => {
      await clock.sleep(1_500)
      return store.compareAndSet(...write)
    }
    const policy = { cooldownMs: second, maximumCooldownMs: second, requestsPerRefresh: 1 }
    const oauth = client({ store: { ...store, compareAndSet }, policy, logger: false })
    const { leave, ...options } = patience()
    const asked = rejection(oauth.installation(ada).accessToken(options))
    await clock.advance(10 * second)
    leave()
    await asked
    const before = refreshes()
    expect(before).toBeGreaterThan(1)
    await clock.advance(10 * minute)
    // The last one was claimed before the caller left.
    expect(refreshes() - before).toBeLessThanOrEqual(1)
  },
)
