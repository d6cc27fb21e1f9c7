import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, describe, expect, test } from 'vitest'
import { ApiError, PipedriveOAuth, type PagesOptions } from '../../../src/index.ts'
import { ada, collected, createScene, failure, rejection, sealingSecret, second } from '../../flow/scene.ts'

interface Deal {
  readonly id: number
  readonly title: string
}

async function createPagedScene() {
  const scene = createScene()
  const oauth = scene.client()
  await scene.connect(oauth)
  const installation = oauth.installation(ada)
  const all = await installation.api<{ data: Deal[] }>('/api/v2/deals', { query: { limit: 500 } })
  scene.fake.clearCalls()
  return { ...scene, installation, all: all.data }
}

describe('installation.pages()', () => {
  test.each(['/api/v1/deals', '/api/v2/deals'])(
    'yields every item of %s once, page by page',
    async (path) => {
      const { all, fake, installation } = await createPagedScene()
      const pages = await collected(installation.pages<Deal>(path, { limit: 2 }))
      expect(pages.flatMap(({ data }) => data.map(({ id }) => id)).toSorted()).toEqual(
        all.map(({ id }) => id).toSorted(),
      )
      expect(pages.length).toBe(Math.ceil(all.length / 2))
      expect(fake.calls.length).toBe(pages.length)
      expect(pages[0]).toMatchObject({ success: true, additional_data: expect.anything() })
    },
  )

  /** Asks for pages that are answered with these bodies. Returns what was asked, too. */
  async function answered(bodies: readonly unknown[], options: PagesOptions = {}) {
    const { client, connect, fake } = createScene()
    const asked: Request[] = []
    let isConnected = false
    const fetch: typeof globalThis.fetch = async (input, init) => {
      if (!isConnected) return fake.fetch(input, init)
      asked.push(new Request(input, init))
      return Response.json(bodies[asked.length - 1])
    }
    const oauth = client({ fetch })
    await connect(oauth)
    isConnected = true
    return { asked, pages: oauth.installation(ada).pages('/api/v2/deals', options) }
  }

  test('sends query and headers with every page, and nothing that was not given', async () => {
    const bodies = [{ data: [], additional_data: { next_cursor: 'next' } }, { data: [] }]
    const options = { query: { status: 'open' }, headers: { 'x-trace': '7' }, limit: 2 }
    const { asked, pages } = await answered(bodies, options)
    expect(await collected(pages)).toHaveLength(2)
    expect(asked.map(({ url }) => new URL(url).search)).toEqual([
      '?status=open&limit=2',
      '?status=open&limit=2&cursor=next',
    ])
    expect(asked.map(({ headers }) => headers.get('x-trace'))).toEqual(['7', '7'])
    const plain = await answered([{ data: [] }])
    await collected(plain.pages)
    expect(plain.asked.map(({ url }) => new URL(url).search)).toEqual([''])
  })

  test.each([
    ['a page that was there before', [{ next_cursor: 'a' }, { next_cursor: 'a' }], 'named a page again'],
    [
      'no beginning of the next page',
      [{ pagination: { more_items_in_collection: true } }],
      'where the next one',
    ],
    [
      'a beginning that is no number',
      [{ pagination: { more_items_in_collection: true, next_start: 'x' } }],
      'where the next one',
    ],
  ])('ends with an error where the API names %s', async (_, additional, message) => {
    const { pages } = await answered(additional.map((additional_data) => ({ data: [], additional_data })))
    expect(await rejection(collected(pages))).toMatchObject({ message: expect.stringContaining(message) })
  })

  test.each([
    [null],
    [undefined],
    [{}],
    [{ next_cursor: '' }],
    [{ next_cursor: 7 }],
    [{ pagination: { next_start: 5 } }],
  ])('ends after a page with the additional data %j', async (additional_data) => {
    const { asked, pages } = await answered([{ data: null, additional_data }])
    expect(await collected(pages)).toMatchObject([{ data: [] }])
    expect(asked).toHaveLength(1)
  })

  test('asks for a page only when the caller wants it', async () => {
    const { fake, installation } = await createPagedScene()
    for await (const { data } of installation.pages<Deal>('/api/v2/deals', { limit: 1 })) {
      expect(data).toHaveLength(1)
      break
    }
    expect(fake.calls).toHaveLength(1)
  })

  test('goes on after an expired token and after the burst limit, in the middle of a list', async () => {
    const { all, clock, fake, installation, refreshes } = await createPagedScene()
    const pages = installation.pages<Deal>('/api/v2/deals', { limit: 1 })
    const found = [(await pages.next()).value as { data: Deal[] }]
    fake.killAccessTokens()
    found.push((await pages.next()).value as { data: Deal[] })
    fake.faults.add({ endpoint: 'api', fault: { type: 'rate_limited', retryAfterSeconds: 1 } })
    const rest = collected(pages)
    await clock.advance(2 * second)
    expect([...found, ...((await rest) as { data: Deal[] }[])].flatMap(({ data }) => data)).toEqual(all)
    expect(refreshes()).toBe(1)
  })

  test.each([0, -1, 1.5, Number.NaN, '10'])('refuses the limit %j', async (limit) => {
    const { fake, installation } = await createPagedScene()
    expect(await failure(collected(installation.pages('/api/v2/deals', { limit: limit as number })))).toBe(
      'invalid_argument',
    )
    expect(fake.calls).toEqual([])
  })

  test('F15 an answer that is no page is an error, which names the installation', async () => {
    const { fake, installation } = await createPagedScene()
    fake.faults.add({ endpoint: 'api', fault: { type: 'status', status: 200, body: '<h1>Maintenance</h1>' } })
    expect(await rejection(collected(installation.pages('/api/v2/deals')))).toMatchObject({
      code: 'api_unavailable',
      installationId: ada,
    })
  })

  test('throws the errors of this library as they are', async () => {
    const { client } = await createPagedScene()
    expect(await failure(collected(client().installation('9:9').pages('/api/v2/deals')))).toBe(
      'not_installed',
    )
  })

  test('ends with the reason of the signal', async () => {
    const { installation } = await createPagedScene()
    const stop = new AbortController()
    const pages = installation.pages('/api/v2/deals', { limit: 1, signal: stop.signal })
    await pages.next()
    stop.abort(new Error('enough'))
    expect(await rejection(pages.next())).toMatchObject({ cause: { message: 'enough' } })
  })
})

describe('installation.pages() over answers of a server that', () => {
  const cleanUps: (() => void)[] = []
  afterEach(() => cleanUps.splice(0).forEach((cleanUp) => cleanUp()))

  /** Serves these bodies one after another, the last one for ever, and collects the queries. */
  const createServerScene = (...bodies: readonly unknown[]) => createSceneOf('application/json', ...bodies)
  const createSceneOf = async (contentType: string, ...bodies: readonly unknown[]) => {
    const queries: string[] = []
    const server = createServer((request, response) => {
      const body = bodies[Math.min(queries.length, bodies.length - 1)]
      queries.push(request.url?.split('?')[1] ?? '')
      response.setHeader('content-type', contentType).end(body === undefined ? '' : JSON.stringify(body))
    })
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    cleanUps.push(
      () => server.close(),
      () => server.closeAllConnections(),
    )
    const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
    const oauth = new PipedriveOAuth({
      clientId: 'a-client',
      clientSecret: 'client-secret',
      redirectUri: 'https://app.example.com/callback',
      secrets: [sealingSecret],
      endpoints: { api: origin },
    })
    return { queries, access: oauth.withAccessToken({ accessToken: 'at', apiDomain: origin }) }
  }
  const cursorPage = (next_cursor: unknown) => ({ data: [1], additional_data: { next_cursor } })
  const startPage = (next_start: unknown) => ({
    data: [1],
    additional_data: { pagination: { more_items_in_collection: true, next_start } },
  })

  test('keeps the parameters of the caller on every page', async () => {
    const { access, queries } = await createServerScene(cursorPage('b&c'), startPage(200), { data: null })
    const pages = await collected(access.pages('/x?status=open', { limit: 3, query: { owner_id: 7 } }))
    expect(queries.map((query) => Object.fromEntries(new URLSearchParams(query)))).toEqual([
      { status: 'open', owner_id: '7', limit: '3' },
      { status: 'open', owner_id: '7', limit: '3', cursor: 'b&c' },
      { status: 'open', owner_id: '7', limit: '3', start: '200' },
    ])
    expect(pages.map(({ data }) => data)).toEqual([[1], [1], []])
  })

  test.each([
    ['repeats a cursor', [cursorPage('a'), cursorPage('a')], 2],
    ['goes round in a circle', [cursorPage('a'), cursorPage('b'), cursorPage('a')], 3],
    ['repeats a start', [startPage(100), startPage(100)], 2],
    ['goes back to the beginning', [startPage(100), startPage(0), startPage(100)], 3],
  ] as const)('%s: an error instead of an endless loop', async (_, bodies, requests) => {
    const { access, queries } = await createServerScene(...bodies)
    expect(await rejection(collected(access.pages('/x')))).toBeInstanceOf(TypeError)
    expect(queries).toHaveLength(requests)
  })

  test.each([[undefined], [null], ['soon']])(
    'has more, and says %j of where: an error, not the end',
    async (next) => {
      const { access } = await createServerScene(startPage(next))
      expect(await rejection(collected(access.pages('/x')))).toBeInstanceOf(TypeError)
    },
  )

  describe.each([
    ['text/html', '<h1>Maintenance</h1>'],
    ['text/plain', 'upstream error'],
    ['application/octet-stream', 'bytes'],
    ['application/json', undefined],
    ['application/json', null],
    ['application/json', 7],
    ['application/json', 'text'],
    ['application/json', [1]],
    ['application/json', {}],
    ['application/json', { success: true }],
    ['application/json', { data: 'text' }],
    ['application/json', { success: false, data: null, error: 'Something went wrong' }],
    ['application/json', { message: 'Please log in', additional_data: { next_cursor: 'a' } }],
  ])('F15 answers 200 with %s: %j', (contentType, body) => {
    test('F15 throws, because that is neither a page nor the end', async () => {
      const { access } = await createSceneOf(contentType, body)
      const error = await rejection(collected(access.pages('/x')))
      expect(error).toBeInstanceOf(ApiError)
      expect(error).toMatchObject({ code: 'api_unavailable', message: expect.stringMatching(/not a page/) })
    })
  })

  test('F15 gives up its pages in the middle, after those that came', async () => {
    const { access } = await createServerScene(cursorPage('a'), 'Maintenance')
    const pages = access.pages('/x')
    expect((await pages.next()).value).toMatchObject({ data: [1] })
    expect(await failure(pages.next())).toBe('api_unavailable')
  })

  test('yields the pages of a search, whose data are an object', async () => {
    const found = { data: { items: [1] }, additional_data: { next_cursor: null } }
    const { access } = await createServerScene(found)
    expect(await collected(access.pages('/x'))).toEqual([found])
  })

  test.each([
    [{ data: [1] }],
    [cursorPage(null)],
    [cursorPage('')],
    [{ data: [1], additional_data: { pagination: { more_items_in_collection: false, next_start: 5 } } }],
  ])('says that there is no more, with %j', async (body) => {
    const { access, queries } = await createServerScene(body)
    expect(await collected(access.pages('/x'))).toMatchObject([{ data: [1] }])
    expect(queries).toHaveLength(1)
  })
})
