import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Readable } from 'node:stream'
import { afterEach, describe, expect, onTestFinished, test } from 'vitest'
import { createFakePipedrive, manualClock, type FakePipedrive } from '@pd/fake-pipedrive'
import type { OAuthEvent } from '../../../src/index.ts'
import { Configuration as ConfigurationV1, DealsApi as DealsApiV1, UsersApi } from 'pipedrive/v1'
import { Configuration as ConfigurationV2, DealsApi } from 'pipedrive/v2'
import { PipedriveOAuth } from '../../../src/index.ts'
import { ada, createScene, failure, hour, rejection, sealingSecret } from '../../flow/scene.ts'

interface Deals {
  readonly data: readonly { readonly id: number; readonly title: string }[]
}

describe('installation.api', () => {
  const createConnectedScene = async () => {
    const scene = createScene()
    const oauth = scene.client()
    await scene.connect(oauth)
    return { ...scene, api: oauth.installation(ada).api, oauth }
  }

  test('returns parsed JSON, typed as the caller asked', async () => {
    const { api } = await createConnectedScene()
    const { data } = await api<Deals>('/api/v2/deals', { query: { limit: 2 } })
    expect(data.length).toBe(2)
    expect(data[0]!.title).toEqual(expect.any(String))
  })

  test('sends JSON, and refreshes after a 401', async () => {
    const { api, fake, refreshes } = await createConnectedScene()
    fake.killAccessTokens()
    const created = await api<{ data: { title: string } }>('/api/v2/deals', {
      method: 'POST',
      body: { title: 'By api' },
    })
    expect([created.data.title, refreshes()]).toEqual(['By api', 1])
  })

  test.each([400, 402, 403, 404, 422, 500])(
    'throws a FetchError for %i, with status and data',
    async (status) => {
      const { api, fake } = await createConnectedScene()
      fake.faults.add({
        endpoint: 'api',
        fault: { type: 'status', status, body: { success: false, error: 'no' } },
      })
      expect(await rejection(api('/api/v2/deals'))).toMatchObject({
        name: 'FetchError',
        status,
        data: { success: false, error: 'no' },
      })
      expect(fake.calls.filter(({ path }) => path === '/api/v2/deals').length).toBe(1)
    },
  )

  test('create() returns a variant that keeps its own options and those of its parent', async () => {
    const { api, fake } = await createConnectedScene()
    const paged = api.create({ query: { limit: 1 } })
    const named = paged.create({ headers: { 'x-job': 'nightly' } })
    for (const variant of [paged, named]) expect((await variant<Deals>('/api/v2/deals')).data.length).toBe(1)
    expect((await api<Deals>('/api/v2/deals')).data.length).toBeGreaterThan(1)
    await fake.uninstall()
    expect(await failure(named('/api/v2/deals'))).toBe('reauthorization_required')
  })

  test('throws this library’s own errors as they are', async () => {
    const { api, oauth, fake } = await createConnectedScene()
    expect(await failure(oauth.installation('9:9').api('/api/v2/deals'))).toBe('not_installed')
    await fake.uninstall()
    expect(await failure(api('/api/v2/deals'))).toBe('reauthorization_required')
  })
})

describe('installation.sdk() for the official SDK, over sockets', () => {
  let fake: FakePipedrive
  afterEach(() => fake.close())

  const createConnectedScene = async () => {
    const clock = manualClock()
    const heard: OAuthEvent[] = []
    fake = createFakePipedrive({ clock, rotateRefreshTokens: true })
    const { origin } = await fake.listen()
    const { clientId, clientSecret, redirectUri } = fake.app
    const oauth = new PipedriveOAuth({
      clientId,
      clientSecret,
      redirectUri,
      secrets: [sealingSecret],
      endpoints: { oauth: origin, api: origin },
      clock,
      onEvent: (event) => void heard.push(event),
    })
    const { url, attempt } = await oauth.authorize()
    await oauth.callback(await fake.approve(url), attempt)
    const refreshes = () => fake.tokenRequests({ grantType: 'refresh_token' }).length
    return { clock, heard, installation: oauth.installation(ada), oauth, origin, refreshes }
  }

  test('serves version 1', async () => {
    const { installation, origin } = await createConnectedScene()
    const configuration = await installation.sdk('v1')
    expect(configuration.basePath).toBe(`${origin}/api/v1`)
    const { data } = await new UsersApi(new ConfigurationV1(configuration)).getCurrentUser()
    expect(data).toMatchObject({ id: 11, company_id: 1001 })
  })

  test('serves version 2, and a token that expires between two calls', async () => {
    const { clock, installation, refreshes } = await createConnectedScene()
    const deals = new DealsApi(new ConfigurationV2(await installation.sdk('v2')))
    const first = await deals.getDeals({ limit: 1 })
    expect(first.data?.length).toBe(1)
    await clock.advance(2 * hour)
    const second = await Promise.all(Array.from({ length: 10 }, () => deals.getDeals({ limit: 1 })))
    expect(second.map(({ success }) => success)).toEqual(Array.from({ length: 10 }, () => true))
    expect(refreshes()).toBe(1)
    const bearers = new Set(
      fake.calls.flatMap((call) => (call.path.startsWith('/api/v2/') ? [call.accessToken] : [])),
    )
    expect(bearers.size).toBe(2)
  })

  test('F76 its requests are events, without query, body or token', async () => {
    const { heard, installation } = await createConnectedScene()
    const deals = await installation.sdk('v2', DealsApi)
    await deals.addDeal({ AddDealRequest: { title: 'a private title' } })
    fake.faults.add({ endpoint: 'api', fault: { type: 'rate_limited', retryAfterSeconds: 2 } })
    await expect(deals.getDeals({ limit: 1 })).rejects.toMatchObject({ success: false })
    await fake.close()
    await expect(deals.getDeal({ id: 7 })).rejects.toThrow(/ECONNREFUSED|hang up/)
    const about = { installationId: ada, attempt: 1, durationMs: 0 }
    expect(heard.filter(({ type }) => type === 'api_response' || type === 'rate_limited')).toMatchObject([
      { ...about, method: 'POST', path: '/api/v2/deals', status: expect.any(Number) },
      { ...about, method: 'GET', path: '/api/v2/deals', status: 429 },
      { type: 'rate_limited', installationId: ada, limit: 'burst', resetMs: 2_000 },
      {
        ...about,
        method: 'GET',
        path: '/api/v2/deals/7',
        cause: expect.stringMatching(/ECONNREFUSED|hang up/),
      },
    ])
    expect(JSON.stringify(heard)).not.toMatch(/private title|limit=|Bearer/)
    for (const call of fake.calls)
      if ('accessToken' in call) expect(JSON.stringify(heard)).not.toContain(call.accessToken)
  })

  test('refuses what is no class of the SDK', async () => {
    const { installation } = await createConnectedScene()
    const others: (new () => object)[] = [
      Date,
      class {
        readonly axios = {}
      },
    ]
    for (const given of others)
      expect(await rejection(installation.sdk('v2', given))).toMatchObject({
        code: 'invalid_argument',
        message: expect.stringContaining('a class of the SDK, such as DealsApi'),
      })
  })

  test('fails with this library’s error when the grant has ended', async () => {
    const { clock, installation } = await createConnectedScene()
    const deals = new DealsApi(new ConfigurationV2(await installation.sdk('v2')))
    await fake.uninstall()
    await clock.advance(2 * hour)
    expect(await failure(deals.getDeals())).toBe('reauthorization_required')
    expect(await failure(installation.sdk('v1'))).toBe('reauthorization_required')
  })

  describe('F91 an access token that Pipedrive withdraws early', () => {
    /** The calls of version 2 that reached the API. */
    const calls = () =>
      fake.calls.flatMap(({ method, path }) => (path.startsWith('/api/v2/') ? [`${method} ${path}`] : []))

    test('version 1: GET and POST are sent once more, with a refreshed token', async () => {
      const { heard, installation, refreshes } = await createConnectedScene()
      const users = await installation.sdk('v1', UsersApi)
      fake.killAccessTokens()
      expect((await users.getCurrentUser()).data).toMatchObject({ id: 11, company_id: 1001 })
      const notes = await installation.sdk('v1', DealsApiV1)
      fake.killAccessTokens()
      await notes.duplicateDeal({ id: 1 }).catch(() => {})
      expect(refreshes()).toBe(2)
      const [first, second, ...posts] = heard.flatMap((event) =>
        event.type === 'api_response' ? [[event.method, event.status, event.attempt]] : [],
      )
      expect([first, second]).toEqual([
        ['GET', 401, 1],
        ['GET', 200, 2],
      ])
      expect(posts[0]).toEqual(['POST', 401, 1])
      expect(posts[1]?.[2]).toBe(2)
    })

    test('version 2: GET and POST are sent once more, and a POST takes effect once', async () => {
      const { installation, refreshes } = await createConnectedScene()
      const deals = await installation.sdk('v2', DealsApi)
      fake.killAccessTokens()
      const before = (await deals.getDeals()).data?.length ?? 0
      fake.killAccessTokens()
      const { data } = await deals.addDeal({ AddDealRequest: { title: 'Once' } })
      expect(data?.title).toBe('Once')
      expect((await deals.getDeals()).data).toHaveLength(before + 1)
      expect(refreshes()).toBe(2)
    })

    test.each([
      ['an empty body', ''],
      ['HTML', '<html><body>Unauthorized</body></html>'],
      ['half of JSON', '{"success":fal'],
      ['JSON', { success: false, error: 'unauthorized access', errorCode: 401 }],
    ])('a 401 with %s is one, too', async (_, body) => {
      const { installation, refreshes } = await createConnectedScene()
      const deals = await installation.sdk('v2', DealsApi)
      fake.faults.add({ endpoint: 'api', fault: { type: 'status', status: 401, body } })
      expect((await deals.getDeals({ limit: 1 })).data).toHaveLength(1)
      expect(refreshes()).toBe(1)
    })

    test('a second 401 is the caller’s, as the SDK gives it', async () => {
      const { installation, refreshes } = await createConnectedScene()
      const deals = await installation.sdk('v2', DealsApi)
      const body = { success: false, error: 'unauthorized access', errorCode: 401 }
      fake.faults.add({ endpoint: 'api', fault: { type: 'status', status: 401, body }, times: 2 })
      expect(await rejection(deals.getDeals())).toEqual(body)
      expect([refreshes(), calls()]).toEqual([1, ['GET /api/v2/deals', 'GET /api/v2/deals']])
    })

    test.each([400, 403, 404, 422, 429, 500, 503])('a %i is not sent again', async (status) => {
      const { installation, refreshes } = await createConnectedScene()
      const deals = await installation.sdk('v2', DealsApi)
      const body = { success: false, error: 'no' }
      fake.faults.add({ endpoint: 'api', fault: { type: 'status', status, body } })
      expect(await rejection(deals.getDeals())).toEqual(body)
      expect([refreshes(), calls().length]).toEqual([0, 1])
    })

    test('callers that come together share one refresh', async () => {
      const { installation, refreshes } = await createConnectedScene()
      const deals = await installation.sdk('v2', DealsApi)
      fake.killAccessTokens()
      const answers = await Promise.all(Array.from({ length: 10 }, () => deals.getDeals({ limit: 1 })))
      expect(answers.map(({ success }) => success)).toEqual(Array.from({ length: 10 }, () => true))
      expect(refreshes()).toBe(1)
    })

    test('a stream is not sent again, and the next call has another token', async () => {
      const { installation, refreshes } = await createConnectedScene()
      const deals = await installation.sdk('v2', DealsApi)
      fake.killAccessTokens()
      const { axios } = deals as unknown as { axios: { request(request: object): Promise<unknown> } }
      const accessToken = await installation.accessToken()
      const upload = axios.request({
        method: 'POST',
        url: `${(await installation.sdk('v2')).basePath}/deals`,
        headers: { Authorization: `Bearer ${accessToken}` },
        data: Readable.from(['{"title":"streamed"}']),
      })
      expect(await rejection(upload)).toMatchObject({ success: false })
      expect((await deals.getDeals({ limit: 1 })).success).toBe(true)
      expect([refreshes(), calls().length]).toEqual([1, 2])
    })

    test.each([401, 429])(
      'F93 a %i of another host, which a redirect led to, does not count',
      async (status) => {
        const { heard, installation, refreshes } = await createConnectedScene()
        const storage = createServer((_, response) => response.writeHead(status).end('no'))
        await once(storage.listen(0, '127.0.0.1'), 'listening')
        onTestFinished(() => void storage.close())
        const { port } = storage.address() as AddressInfo
        const deals = await installation.sdk('v2', DealsApi)
        const headers = { location: `http://127.0.0.1:${port}/file` }
        fake.faults.add({ endpoint: 'api', fault: { type: 'status', status: 302, headers }, times: 3 })
        for (let tries = 0; tries < 3; tries += 1) expect(await rejection(deals.getDeals())).toBe('no')
        expect(refreshes()).toBe(0)
        expect(heard.flatMap((event) => (event.type === 'api_response' ? [event.status] : []))).toEqual([
          302, 302, 302,
        ])
        expect(heard.filter(({ type }) => type === 'rate_limited')).toEqual([])
      },
    )

    test('a 401 after a redirect within the API is one', async () => {
      const { installation, refreshes } = await createConnectedScene()
      const deals = await installation.sdk('v2', DealsApi)
      const headers = { location: '/api/v2/deals?limit=1' }
      fake.faults.add({ endpoint: 'api', fault: { type: 'status', status: 302, headers } })
      fake.faults.add({ endpoint: 'api', fault: { type: 'status', status: 401 } })
      expect((await deals.getDeals()).success).toBe(true)
      expect(refreshes()).toBe(1)
    })

    test('of a user who has uninstalled, the call fails with reauthorization_required', async () => {
      const { installation } = await createConnectedScene()
      const deals = await installation.sdk('v2', DealsApi)
      const users = await installation.sdk('v1', UsersApi)
      await fake.uninstall()
      for (const call of [
        deals.getDeals(),
        deals.addDeal({ AddDealRequest: { title: 'x' } }),
        users.getCurrentUser(),
      ])
        expect(await failure(call)).toBe('reauthorization_required')
    })

    test('that was given, there is no other: the caller receives the 401', async () => {
      const { heard, installation, oauth, refreshes } = await createConnectedScene()
      const given = oauth.withAccessToken({ accessToken: await installation.accessToken() })
      const deals = await given.sdk('v2', DealsApi)
      expect((await deals.getDeals({ limit: 1 })).success).toBe(true)
      fake.killAccessTokens()
      expect(await rejection(deals.getDeals())).toMatchObject({ errorCode: 401 })
      expect(refreshes()).toBe(0)
      expect(heard.flatMap((event) => (event.type === 'api_response' ? [event.status] : []))).toEqual([
        200, 401,
      ])
    })
  })
})
