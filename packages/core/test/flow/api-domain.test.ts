import { describe, expect, test } from 'vitest'
import { recordedFetch, type Sent } from './recorded-fetch.ts'
import { ada, createScene, failure, hour } from './scene.ts'

const untrusted = [
  'https://evil.example',
  'https://pipedrive.com.evil.example',
  'https://evilpipedrive.com',
  'https://acme.pipedrive.com.evil.example',
  'https://acme.pipedrive.com@evil.example',
  'https://user:password@acme.pipedrive.com',
  'https://acme.pipedrive.com:8443',
  'http://acme.pipedrive.com',
  'https://acme.pipedrive.com.',
  'https://evil.example/.pipedrive.com',
  'https://evil.example#.pipedrive.com',
  'https://evil.example\\.pipedrive.com',
  'javascript:alert(1)//acme.pipedrive.com',
  '//acme.pipedrive.com',
  'acme.pipedrive.com',
]

const hostsWithBearer = (sent: readonly Sent[]) =>
  new Set(
    sent
      .filter(({ headers }) => /^bearer/i.test(headers.get('authorization') ?? ''))
      .map(({ url }) => new URL(url).origin),
  )

describe.each(untrusted)('F31 an api_domain of "%s"', (apiDomain) => {
  const evil = { endpoint: 'token', fault: { type: 'override', fields: { api_domain: apiDomain } } } as const

  test('F31 gets no bearer token in a refresh: the previous domain is kept, and an event says so', async () => {
    const { clock, client, connect, events, fake } = createScene()
    const recorded = recordedFetch(fake.fetch)
    const oauth = client({ fetch: recorded.fetch })
    await connect(oauth)
    await clock.advance(2 * hour)
    fake.faults.add(evil)

    expect((await oauth.installation(ada).fetch('/api/v2/deals')).status).toBe(200)
    expect((await oauth.installation(ada).sdk('v2')).basePath).toBe('https://acme.pipedrive.com/api/v2')
    expect(hostsWithBearer(recorded.sent)).toEqual(new Set(['https://acme.pipedrive.com']))
    expect(events).toContainEqual({
      at: clock.now(),
      installationId: ada,
      type: 'untrusted_api_domain',
      apiDomain,
    })
  })

  test('F31 gets no bearer token in a first connection: Pipedrive’s common host is asked', async () => {
    const { client, connect, fake } = createScene()
    const recorded = recordedFetch(fake.fetch)
    const oauth = client({ fetch: recorded.fetch })
    fake.faults.add(evil)
    await connect(oauth)

    expect((await oauth.installation(ada).fetch('/api/v2/deals')).status).toBe(200)
    expect(hostsWithBearer(recorded.sent)).toEqual(new Set(['https://api.pipedrive.com']))
  })
})

test.each([
  ['with a trailing slash and a path', 'https://acme.pipedrive.com/api/', 'https://acme.pipedrive.com'],
  ['in capitals', 'HTTPS://ACME.PIPEDRIVE.COM', 'https://acme.pipedrive.com'],
  ['with the default port', 'https://acme.pipedrive.com:443', 'https://acme.pipedrive.com'],
  ['of the bare domain', 'https://pipedrive.com', 'https://pipedrive.com'],
  ['of another company host', 'https://globex.pipedrive.com', 'https://globex.pipedrive.com'],
])('F31 an api_domain %s is an origin of Pipedrive', async (_, apiDomain, origin) => {
  const { clock, client, connect, fake } = createScene()
  const oauth = client()
  await connect(oauth)
  await clock.advance(2 * hour)
  fake.faults.add({ endpoint: 'token', fault: { type: 'override', fields: { api_domain: apiDomain } } })
  await oauth.installation(ada).accessToken()
  expect((await oauth.installation(ada).describe())?.apiDomain).toBe(origin)
})

test('F31 the one origin that was configured is trusted besides Pipedrive’s', async () => {
  const apiDomain = 'http://localhost:4010'
  const { client, connect } = createScene({ apiDomain })
  const trusting = client({ endpoints: { api: `${apiDomain}/` } })
  await connect(trusting)
  expect((await trusting.installation(ada).describe())?.apiDomain).toBe(apiDomain)
  expect((await trusting.installation(ada).fetch('/api/v2/deals')).status).toBe(200)
})

test.each([
  ['a missing', { type: 'omit', fields: ['api_domain'] }],
  ['a blank', { type: 'override', fields: { api_domain: ' ' } }],
] as const)('F31 %s api_domain leaves the previous one, without a warning', async (_, fault) => {
  const { clock, client, connect, fake, happened } = createScene()
  const oauth = client()
  await connect(oauth)
  await clock.advance(2 * hour)
  fake.faults.add({ endpoint: 'token', fault })
  expect((await oauth.installation(ada).fetch('/api/v2/deals')).status).toBe(200)
  expect(happened()).toEqual(['installed', 'refreshed'])
})

test.each([
  'https://evil.example/api/v2/deals',
  'https://globex.pipedrive.com/api/v2/deals',
  'http://acme.pipedrive.com/api/v2/deals',
  'https://acme.pipedrive.com:8443/api/v2/deals',
  '//evil.example/api/v2/deals',
  '\\\\evil.example/api',
  '/\\evil.example/api',
  'https:\\\\evil.example',
  'data:text/plain,hello',
  'blob:https://acme.pipedrive.com/1',
  'http://',
])('F31 installation.fetch refuses the foreign address %s and sends nothing', async (address) => {
  const { client, connect, fake } = createScene()
  const recorded = recordedFetch(fake.fetch)
  const oauth = client({ fetch: recorded.fetch })
  await connect(oauth)
  recorded.sent.length = 0

  await expect(oauth.installation(ada).fetch(address)).rejects.toMatchObject({
    code: 'foreign_origin',
    installationId: ada,
  })
  expect(await failure(oauth.installation(ada).api(address))).toBe('foreign_origin')
  expect(recorded.sent).toEqual([])
})

test('F31 no bearer token leaves for another host by a redirect, in any hop', async () => {
  const { client, connect, fake } = createScene({ appFetch: () => new Response('elsewhere') })
  const recorded = recordedFetch(fake.fetch)
  const oauth = client({ fetch: recorded.fetch })
  await connect(oauth)
  const redirect = (location: string, path: string) =>
    fake.faults.add({ endpoint: 'api', path, fault: { type: 'status', status: 307, headers: { location } } })
  redirect('/api/v2/second', '/api/v2/first')
  redirect('https://files.example/download', '/api/v2/second')

  const response = await oauth.installation(ada).fetch('/api/v2/first', { headers: { cookie: 'a=b' } })
  expect(await response.text()).toBe('elsewhere')
  const [last] = recorded.sent.slice(-1)
  expect(last?.url).toBe('https://files.example/download')
  expect([last?.headers.get('authorization'), last?.headers.get('cookie')]).toEqual([null, null])
  expect(hostsWithBearer(recorded.sent)).toEqual(new Set(['https://acme.pipedrive.com']))
})

describe('F31 a record whose API domain was configured once and is not any more', () => {
  const former = 'https://old-proxy.example'
  const answers = [
    ['names no API domain', { type: 'omit', fields: ['api_domain'] }],
    ['names the former one', { type: 'override', fields: { api_domain: former } }],
  ] as const

  test.each([
    ['no API domain', undefined, 'https://api.pipedrive.com'],
    ['another one', { api: 'https://new-proxy.example' }, 'https://new-proxy.example'],
  ])('F31 with %s configured, its token does not go there', async (_, endpoints, origin) => {
    for (const [, fault] of answers) {
      const logged: string[] = []
      const warn = (line: string) => void logged.push(line)
      const { client, connect, fake } = createScene({ apiDomain: former })
      const recorded = recordedFetch(async (input, init) => {
        const { pathname } = new URL(input instanceof Request ? input.url : input)
        return pathname.startsWith('/oauth') ? fake.fetch(input, init) : Response.json({ data: [] })
      })
      await connect(client({ endpoints: { api: former } }))
      const oauth = client({ endpoints, fetch: recorded.fetch, logger: { warn, error: warn } })
      const installation = oauth.installation(ada)

      await installation.fetch('/api/v2/deals')
      expect(await failure(installation.fetch(`${former}/api/v2/deals`))).toBe('foreign_origin')
      expect((await installation.sdk('v2')).basePath).toBe(`${origin}/api/v2`)
      fake.faults.add({ endpoint: 'token', fault })
      await installation.refresh()
      await installation.fetch('/api/v2/deals')
      expect((await installation.sdk('v2')).basePath).toBe(`${origin}/api/v2`)

      expect(hostsWithBearer(recorded.sent)).toEqual(new Set([origin]))
      expect((await installation.describe())?.apiDomain).toBe(origin)
      expect(logged.filter((line) => line.includes(`a record names the API domain ${former}`))).toHaveLength(
        1,
      )
    }
  })

  test('F31 once it is configured again, the token goes there again', async () => {
    const { client, connect, fake } = createScene({ apiDomain: former })
    await connect(client({ endpoints: { api: former } }))
    fake.faults.add({ endpoint: 'token', fault: answers[0][1] })
    await client().installation(ada).refresh()
    const recorded = recordedFetch(fake.fetch)
    const oauth = client({ endpoints: { api: former }, fetch: recorded.fetch })
    expect((await oauth.installation(ada).fetch('/api/v2/deals')).status).toBe(200)
    expect(hostsWithBearer(recorded.sent)).toEqual(new Set([former]))
  })
})
