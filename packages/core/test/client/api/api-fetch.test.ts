import { describe, expect, test } from 'vitest'
import type { Fault } from '@pd/fake-pipedrive'
import { recordedFetch } from '../../flow/recorded-fetch.ts'
import { ada, createScene, failure, hour, rejection } from '../../flow/scene.ts'

const deals = '/api/v2/deals'
const newDeal = () => JSON.stringify({ title: 'A new deal' })
const json = { 'content-type': 'application/json' }

/** A connected user, and every request that the client sends from here on. */
async function createApiScene(fakeOptions: Parameters<typeof createScene>[0] = {}) {
  const scene = createScene(fakeOptions)
  const recorded = recordedFetch(scene.fake.fetch)
  const oauth = scene.client({ fetch: recorded.fetch })
  await scene.connect(oauth)
  scene.fake.clearCalls()
  recorded.sent.length = 0
  const strike = (fault: Fault, times = 1) => scene.fake.faults.add({ endpoint: 'api', fault, times })
  const apiCalls = () => scene.fake.calls.filter(({ endpoint }) => endpoint === 'api')
  return { ...scene, oauth, installation: oauth.installation(ada), sent: recorded.sent, strike, apiCalls }
}

describe('installation.fetch sends', () => {
  test.each([
    ['a path', deals],
    ['a path without a slash', 'api/v2/deals'],
    ['a path with a query', `${deals}?status=open&limit=1`],
    ['an absolute address of its own API domain', `https://acme.pipedrive.com${deals}`],
    ['a URL object', new URL(`https://acme.pipedrive.com${deals}`)],
    ['a Request', new Request(`https://acme.pipedrive.com${deals}`)],
  ])('%s to the API domain, with the bearer token', async (_, input) => {
    const { installation, sent } = await createApiScene()
    const response = await installation.fetch(input)
    expect(response.status).toBe(200)
    expect(sent.map(({ url }) => new URL(url).origin)).toEqual(['https://acme.pipedrive.com'])
    expect(sent[0]!.headers.get('authorization')).toBe(`Bearer ${await installation.accessToken()}`)
  })

  test('the caller’s own headers, but never another Authorization header', async () => {
    const { installation, sent } = await createApiScene()
    await installation.fetch(deals, { headers: { authorization: 'Bearer other', 'x-mine': '1' } })
    expect(sent[0]!.headers.get('x-mine')).toBe('1')
    expect(sent[0]!.headers.get('authorization')).toBe(`Bearer ${await installation.accessToken()}`)
  })

  test('each request to the API domain of that moment', async () => {
    const { client, clock, fake, installation, sent } = await createApiScene()
    await installation.fetch(deals)
    await clock.advance(2 * hour)
    fake.faults.add({
      endpoint: 'token',
      fault: { type: 'override', fields: { api_domain: 'https://api.pipedrive.com' } },
    })
    await client().installation(ada).accessToken()
    expect((await installation.fetch(deals)).status).toBe(200)
    expect(sent.map(({ url }) => new URL(url).host)).toEqual(['acme.pipedrive.com', 'api.pipedrive.com'])
    expect(await failure(installation.fetch(`https://acme.pipedrive.com${deals}`))).toBe('foreign_origin')
  })

  test('requests also as a plain function, without its object', async () => {
    const { installation } = await createApiScene()
    const { fetch } = installation
    expect((await fetch(deals)).status).toBe(200)
  })

  test('nothing for a user who is not installed', async () => {
    const { oauth, sent } = await createApiScene()
    expect(await failure(oauth.installation('9:9').fetch(deals))).toBe('not_installed')
    expect(sent).toEqual([])
  })
})

describe('after a 401 installation.fetch', () => {
  test('refreshes once and sends once more, with the new token', async () => {
    const { apiCalls, fake, installation, refreshes, sent } = await createApiScene()
    const before = await installation.accessToken()
    fake.killAccessTokens()
    expect((await installation.fetch(deals)).status).toBe(200)
    const after = await installation.accessToken()
    expect(refreshes()).toBe(1)
    expect(apiCalls().map(({ status }) => status)).toEqual([401, 200])
    expect(
      sent
        .flatMap(({ headers }) => headers.get('authorization') ?? [])
        .filter((one) => one.startsWith('Bearer')),
    ).toEqual([`Bearer ${before}`, `Bearer ${after}`])
  })

  test('returns a second 401 as it is', async () => {
    const { apiCalls, installation, refreshes, strike } = await createApiScene()
    strike({ type: 'status', status: 401, body: { success: false, error: 'first' } })
    strike({ type: 'status', status: 401, body: { success: false, error: 'second' } })
    const response = await installation.fetch(deals)
    expect([response.status, await response.json()]).toEqual([401, { success: false, error: 'second' }])
    expect([refreshes(), apiCalls().length]).toEqual([1, 2])
  })

  test('makes one refresh for any number of requests at once, in two processes', async () => {
    const { client, clock, fake, installation, refreshes } = await createApiScene({
      rotateRefreshTokens: true,
    })
    const other = client().installation(ada)
    await other.accessToken()
    fake.killAccessTokens()
    const gate = fake.faults.hold({ endpoint: 'token' })
    const responses = Promise.all(
      [installation, other].flatMap((one) => Array.from({ length: 10 }, () => one.fetch(deals))),
    )
    await gate.reached
    await clock.advance(1_000)
    gate.release()
    expect((await responses).map(({ status }) => status)).toEqual(Array.from({ length: 20 }, () => 200))
    expect(refreshes()).toBe(1)
  })

  test.each([
    ['a string', () => newDeal()],
    ['bytes', () => new TextEncoder().encode(newDeal())],
    ['an ArrayBuffer', () => new TextEncoder().encode(newDeal()).buffer],
    ['a Blob', () => new Blob([newDeal()])],
  ])('sends the body once more if it is %s', async (_, body) => {
    const { fake, installation } = await createApiScene()
    fake.killAccessTokens()
    const response = await installation.fetch(deals, { method: 'POST', headers: json, body: body() })
    expect(response.status).toBe(201)
    expect(await response.json()).toMatchObject({ data: { title: 'A new deal' } })
  })

  test('sends FormData and URLSearchParams once more, complete', async () => {
    const form = new FormData()
    form.set('file', new Blob(['contents']), 'notes.txt')
    for (const body of [form, new URLSearchParams({ title: 'x' })]) {
      const bodies: string[] = []
      const { client, connect, fake } = createScene()
      const oauth = client({
        async fetch(input, init) {
          if (init?.method === 'POST' && String(input).includes('/files'))
            bodies.push(await new Request(input, init).text())
          return fake.fetch(input, init)
        },
      })
      await connect(oauth)
      fake.killAccessTokens()
      await oauth.installation(ada).fetch('/api/v2/files', { method: 'POST', body })
      expect(bodies.length).toBe(2)
      for (const sent of bodies) expect(sent).toContain(body === form ? 'contents' : 'title=x')
    }
  })

  test('does not send a stream again, but refreshes for the next request', async () => {
    const { apiCalls, fake, installation, refreshes } = await createApiScene()
    const stream = () => new Blob([newDeal()]).stream()
    fake.killAccessTokens()
    const first = await installation.fetch(deals, { method: 'POST', headers: json, body: stream() })
    expect([first.status, await first.json()]).toMatchObject([401, { success: false }])
    expect([refreshes(), apiCalls().length]).toEqual([1, 1])
    const next = await installation.fetch(deals, { method: 'POST', headers: json, body: stream() })
    expect(next.status).toBe(201)
  })

  test('treats the body of a Request as a stream, and a Request without one as repeatable', async () => {
    const { apiCalls, fake, installation } = await createApiScene()
    const address = `https://acme.pipedrive.com${deals}`
    fake.killAccessTokens()
    const post = new Request(address, { method: 'POST', headers: json, body: newDeal() })
    expect((await installation.fetch(post)).status).toBe(401)
    expect(apiCalls().length).toBe(1)
    fake.killAccessTokens()
    expect((await installation.fetch(new Request(address))).status).toBe(200)
    const init = { method: 'POST', headers: json, body: newDeal() }
    fake.killAccessTokens()
    expect((await installation.fetch(new Request(address), init)).status).toBe(201)
  })

  test('throws the error of the refresh', async () => {
    const { fake, installation } = await createApiScene()
    await fake.uninstall()
    expect(await failure(installation.fetch(deals))).toBe('reauthorization_required')
  })
})

describe('installation.fetch returns unchanged', () => {
  test.each([402, 403, 404, 410, 500, 503])('a %i, without a refresh or another try', async (status) => {
    const { apiCalls, installation, refreshes, strike } = await createApiScene()
    strike({ type: 'status', status, body: { success: false, error: 'no' } })
    const response = await installation.fetch(deals)
    expect([response.status, await response.json()]).toEqual([status, { success: false, error: 'no' }])
    expect([refreshes(), apiCalls().length]).toEqual([0, 1])
  })

  test('a 402 of a company that has not paid, and a 403 of a missing scope', async () => {
    const { fake, installation, refreshes } = await createApiScene({ scopes: ['leads:read'] })
    expect((await installation.fetch(deals)).status).toBe(403)
    fake.setCompanyStanding(1001, 'unpaid')
    expect((await installation.fetch('/api/v1/users/me')).status).toBe(402)
    expect(refreshes()).toBe(0)
  })

  test('an HTML block page', async () => {
    const { installation, refreshes, strike } = await createApiScene()
    strike({ type: 'html', status: 403 })
    const response = await installation.fetch(deals)
    expect([response.status, response.headers.get('content-type')]).toEqual([403, 'text/html; charset=utf-8'])
    expect(await response.text()).toContain('<h1>Whoops!</h1>')
    expect(refreshes()).toBe(0)
  })

  test('the error of a broken connection', async () => {
    const { installation, strike } = await createApiScene()
    strike({ type: 'reset' })
    expect(await rejection(installation.fetch(deals))).toMatchObject({
      name: 'TypeError',
      message: 'fetch failed',
    })
  })
})

describe('an AbortSignal given to installation.fetch', () => {
  const reason = new Error('the user went away')

  /** A signal of another realm or library: it has the methods, and is no `AbortSignal` of this runtime. */
  function foreignSignal(aborted: boolean, reason: Error) {
    const listeners: (() => void)[] = []
    const signal = {
      aborted,
      reason,
      addEventListener: (name: string, listener: () => void, options: unknown) => {
        expect([name, options]).toEqual(['abort', { once: true }])
        listeners.push(listener)
      },
    } as unknown as AbortSignal
    return { signal, abort: () => listeners.forEach((listener) => listener()) }
  }

  test('a signal of another realm ends the request with its reason', async () => {
    const { fake, installation } = await createApiScene()
    const reason = new Error('enough')
    const over = foreignSignal(true, reason)
    expect(await rejection(installation.fetch(deals, { signal: over.signal }))).toBe(reason)
    const gate = fake.faults.hold({ endpoint: 'api' })
    const live = foreignSignal(false, reason)
    const ended = rejection(installation.fetch(deals, { signal: live.signal }))
    await gate.reached
    live.abort()
    expect(await ended).toBe(reason)
    gate.release()
  })

  test.each([
    [{}],
    [{ aborted: false }],
    [{ addEventListener: () => {} }],
    [{ aborted: 'no', addEventListener: () => {} }],
  ])('what is no signal is refused: %o', async (signal) => {
    const { installation, sent } = await createApiScene()
    const refused = await rejection(installation.fetch(deals, { signal: signal as AbortSignal }))
    expect(refused).toMatchObject({ message: 'signal must be an AbortSignal' })
    expect(sent).toEqual([])
  })

  test('sends nothing if it was aborted before', async () => {
    const { installation, sent } = await createApiScene()
    const signal = AbortSignal.abort(reason)
    expect(await rejection(installation.fetch(deals, { signal }))).toBe(reason)
    expect(await rejection(installation.fetch(new Request('https://acme.pipedrive.com/', { signal })))).toBe(
      reason,
    )
    expect(sent).toEqual([])
  })

  test('ends a request in flight', async () => {
    const { fake, installation } = await createApiScene()
    const gate = fake.faults.hold({ endpoint: 'api' })
    const leaving = new AbortController()
    const left = rejection(installation.fetch(deals, { signal: leaving.signal }))
    await gate.reached
    leaving.abort(reason)
    expect(await left).toBe(reason)
    expect(fake.calls.at(-1)?.abandoned).toBe(true)
    gate.release()
  })

  test.each([
    ['a token', 2 * hour, [], ['token']],
    ['another token after a 401', 0, [401], ['api', 'token']],
  ])('ends the wait for %s, and the refresh goes on', async (_, ageMs, refusals, asked) => {
    const { clock, fake, installation, oauth } = await createApiScene()
    await clock.advance(ageMs)
    const before = fake.calls.length
    for (const status of refusals) fake.faults.add({ endpoint: 'api', fault: { type: 'status', status } })
    const gate = fake.faults.hold({ endpoint: 'token' })
    const leaving = new AbortController()
    const left = rejection(installation.fetch(deals, { signal: leaving.signal }))
    await gate.reached
    leaving.abort(reason)
    expect(await left).toBe(reason)
    gate.release()
    await oauth.settled()
    expect(fake.calls.slice(before).map(({ endpoint }) => endpoint)).toEqual(asked)
    expect((await installation.describe())?.refreshes).toBe(1)
  })
})
