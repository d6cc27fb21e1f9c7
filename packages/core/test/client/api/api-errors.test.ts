import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { ApiError, type ApiRequestOptions } from '../../../src/index.ts'
import { ada, createScene, failure, hour, rejection } from '../../flow/scene.ts'

async function createApiScene() {
  const scene = createScene()
  const oauth = scene.client()
  await scene.connect(oauth)
  return { ...scene, oauth, api: oauth.installation(ada).api }
}

/** What a hook may do: nothing, fail in its own way, or take its time. */
const hook = fc.constantFrom(
  () => {},
  async () => {},
  () => {
    throw new Error('the hook failed')
  },
  async () => Promise.reject(new TypeError('the hook failed')),
)
/** The options of `ofetch` that have a say in how an error ends, alone and in lists. */
const options = fc.record(
  {
    onRequest: fc.constant(() => {}),
    onRequestError: fc.oneof(hook, fc.array(hook, { maxLength: 3 })),
    onResponse: hook,
    onResponseError: fc.oneof(hook, fc.array(hook, { maxLength: 2 })),
    retry: fc.constantFrom(false as const, 0, 1, 3),
    retryDelay: fc.constantFrom(0, 1),
    retryStatusCodes: fc.constantFrom([500], []),
    responseType: fc.constantFrom('json', 'text', 'blob', 'stream', 'arrayBuffer'),
    parseResponse: fc.constant((text: string): unknown => text),
    ignoreResponseError: fc.boolean(),
    timeout: fc.constant(60_000),
    method: fc.constantFrom('GET', 'POST'),
  },
  { requiredKeys: [] },
) as fc.Arbitrary<ApiRequestOptions>

test('F52 errors of this library come through api() as they are, whatever hooks and options are set', async () => {
  await fc.assert(
    fc.asyncProperty(
      options,
      options,
      fc.constantFrom('call', 'raw', 'create', 'create twice'),
      async (given, defaults, way) => {
        const { api, fake, clock, refreshes } = await createApiScene()
        const variant = { call: api, raw: api.raw, create: api.create(defaults) }
        const twice = api.create(defaults).create({ headers: { 'x-a': '1' } })
        const call = way === 'create twice' ? twice : variant[way as 'call']
        expect(await failure(call('https://evil.example/', given))).toBe('foreign_origin')
        await fake.uninstall()
        await clock.advance(2 * hour)
        expect(await failure(call('/api/v2/deals', given))).toBe('reauthorization_required')
        expect(refreshes()).toBe(1)
      },
    ),
    { numRuns: 60 },
  )
})

test('F52 the hooks hear of the error, and a FetchError after it is not mistaken for it', async () => {
  const { api, fake, oauth } = await createApiScene()
  const heard: unknown[] = []
  const onRequestError = ({ error }: { error: Error }) => void heard.push(error)
  expect(await failure(oauth.installation('9:9').api('/api/v2/deals', { onRequestError }))).toBe(
    'not_installed',
  )
  expect(heard).toMatchObject([{ code: 'not_installed' }])

  fake.faults.add({ endpoint: 'api', fault: { type: 'status', status: 422 } })
  expect(await rejection(api('/api/v2/deals'))).toMatchObject({ name: 'FetchError', status: 422 })
})

test('F52 what cannot succeed is not sent again, also if the caller asks for retries', async () => {
  const { oauth } = await createApiScene()
  let delays = 0
  const retryDelay = () => {
    delays++
    return 0
  }
  const asked = oauth.installation('9:9').api('/api/v2/deals', { retry: 3, retryDelay })
  expect([await failure(asked), delays]).toEqual(['not_installed', 0])
})

test('F52 an error of a hook itself is thrown where no error of this library is in the way', async () => {
  const { api } = await createApiScene()
  const onRequest = () => {
    throw new Error('the hook failed')
  }
  expect(await rejection(api('/api/v2/deals', { onRequest }))).toMatchObject({ message: 'the hook failed' })
})

test('create() takes options that hold for every request, unless one is undefined', async () => {
  const { api, fake } = await createApiScene()
  const single = api.create({ query: { limit: 1 } }).create({ timeout: undefined, query: undefined })
  expect((await single<{ data: unknown[] }>('/api/v2/deals')).data).toHaveLength(1)

  const ways = [
    api,
    api.create({ retry: undefined }),
    api.create({ retry: 0 }).create({ retry: undefined }),
    api.create({ retry: 3 }).create({ retry: 0 }),
  ]
  for (const way of ways) {
    fake.clearCalls()
    fake.faults.add({ endpoint: 'api', fault: { type: 'status', status: 500 } })
    expect(await rejection(way('/api/v2/deals', { retry: undefined }))).toMatchObject({ status: 500 })
    expect(fake.calls).toHaveLength(1)
  }
})

test('api() types a body by what it is read as', async () => {
  const { api } = await createApiScene()
  const text: string = await api('/api/v2/deals', { responseType: 'text' })
  expect(JSON.parse(text)).toMatchObject({ success: true })
  const { _data: blob, status } = await api.raw('/api/v2/deals', { responseType: 'blob' as const })
  expect([await blob?.text(), status]).toEqual([text, 200])
})

const refused = new TypeError('fetch failed', { cause: new Error('connect ECONNREFUSED 127.0.0.1:443') })

/** A client whose API gives no answer from now on. */
async function createDeafScene(send: typeof fetch) {
  const scene = createScene()
  let isDeaf = false
  const oauth = scene.client({ fetch: (...request) => (isDeaf ? send : scene.fake.fetch)(...request) })
  await scene.connect(oauth)
  isDeaf = true
  return { ...scene, installation: oauth.installation(ada) }
}

test.each(['api', 'raw', 'create', 'pages', 'given'] as const)(
  '%s of an API that does not answer rejects with an error of this library, which a web framework answers with 503',
  async (way) => {
    const { installation, client } = await createDeafScene(() => Promise.reject(refused))
    const { api } = installation
    const given = client({ fetch: () => Promise.reject(refused) }).withAccessToken({
      accessToken: 'a',
      apiDomain: 'https://acme.pipedrive.com',
    })
    const calls = {
      api: () => api('/api/v2/deals'),
      raw: () => api.raw('/api/v2/deals', { retry: 2 }),
      create: () => api.create({ retry: 1 })('/api/v2/deals'),
      pages: () => installation.pages('/api/v2/deals').next(),
      given: () => given.api('/api/v2/deals'),
    }
    const error = await rejection(calls[way]())
    expect(error).toBeInstanceOf(ApiError)
    expect(error).toMatchObject({
      code: 'api_unavailable',
      status: 503,
      retryable: true,
      cause: { message: 'fetch failed', cause: { message: 'connect ECONNREFUSED 127.0.0.1:443' } },
      ...(way === 'given' ? {} : { installationId: ada }),
    })
  },
)

test('a time limit of ofetch that passes is no answer either, and a signal of the caller is the caller’s own', async () => {
  const silent: typeof fetch = (_, init) =>
    new Promise((_, reject) => {
      init?.signal?.addEventListener('abort', () => reject(init.signal?.reason as Error))
    })
  const { installation } = await createDeafScene(silent)
  expect(await failure(installation.api('/api/v2/deals', { timeout: 1 }))).toBe('api_unavailable')
  const stop = new AbortController()
  const stopped = rejection(installation.api('/api/v2/deals', { signal: stop.signal }))
  const inRequest = new Request('https://acme.pipedrive.com/api/v2/deals', { signal: stop.signal })
  const requested = rejection(installation.api(inRequest))
  stop.abort()
  for (const ended of [stopped, requested])
    expect(await ended).toMatchObject({ name: 'FetchError', cause: { name: 'AbortError' } })
})

test('fetch() of an API that does not answer rejects as fetch does', async () => {
  const { installation } = await createDeafScene(() => Promise.reject(refused))
  expect(await rejection(installation.fetch('/api/v2/deals'))).toBe(refused)
})
