import { jwtVerify } from 'jose'
import { describe, expect, test } from 'vitest'
import { createFakePipedrive, manualClock } from '../src/index.ts'
import { createTestClient, jsonOf } from './test-client.ts'

function createScene(options: Parameters<typeof createFakePipedrive>[0] = {}) {
  const clock = manualClock()
  const fake = createFakePipedrive({ clock, ...options })
  return { clock, fake, client: createTestClient(fake) }
}

describe('uninstall()', () => {
  test('makes every token of the installation invalid at once, and no other', async () => {
    const { fake, client } = createScene()
    const ada = await client.install('1001:11')
    const bo = await client.install('1001:12')
    await fake.uninstall('1001:11')
    expect(await jsonOf(client.refresh(ada.refresh_token))).toMatchObject({ error: 'invalid_grant' })
    expect((await client.api(ada, '/api/v1/users/me')).status).toBe(401)
    expect((await client.api(bo, '/api/v1/users/me')).status).toBe(200)
    expect(fake.installations().map(({ id }) => id)).toEqual(['1001:12'])
  })

  test('writes the notice as documented', async () => {
    const { fake, client, clock } = createScene()
    await client.install('1002:13')
    const { request, response } = await fake.uninstall('1002:13')
    expect(response).toBeUndefined()
    expect([request.method, request.url]).toEqual(['DELETE', fake.app.redirectUri])
    expect(request.headers.get('authorization')).toBe(`Basic ${btoa('fake-client-id:fake-client-secret')}`)
    expect(request.headers.get('content-type')).toBe('application/json')
    expect(await request.json()).toEqual({
      client_id: 'fake-client-id',
      company_id: 1002,
      user_id: 13,
      timestamp: new Date(clock.now()).toISOString(),
    })
  })

  test('sends the notice to its own function, else to appFetch, else nowhere', async () => {
    const methods: string[] = []
    const appFetch = (request: Request) => {
      methods.push(request.method)
      return new Response(null, { status: 204 })
    }
    const { fake, client } = createScene({ appFetch })
    await client.install()
    expect((await fake.uninstall()).response?.status).toBe(204)
    await client.install()
    expect((await fake.uninstall(undefined, { deliver: () => new Response('mine') })).response?.status).toBe(
      200,
    )
    await client.install()
    expect(await fake.uninstall(undefined, { deliver: false })).not.toHaveProperty('response')
    expect(methods).toEqual(['DELETE'])
  })

  test('rejects for a user who has not installed the app', async () => {
    await expect(createScene().fake.uninstall('1001:12')).rejects.toThrow(
      'Bo Tamm of company 1001 has not installed',
    )
  })
})

test.each([
  [{ idsAs: 'string' }, { company_id: '1001', user_id: '11' }],
  [{ timestampAs: 'seconds' }, { timestamp: 1_700_000_000 }],
  [{ timestampAs: 'milliseconds' }, { timestamp: 1_700_000_000_500 }],
  [{ timestampAs: 'iso' }, { timestamp: '2023-11-14T22:13:20.500Z' }],
] as const)('uninstallNotice(%j) writes it so, and kills nothing', async (options, expected) => {
  const { fake, client } = createScene()
  const { refresh_token } = await client.install()
  const notice = fake.uninstallNotice('1001:11', { timestamp: 1_700_000_000_500, ...options })
  expect(await notice.json()).toMatchObject(expected)
  expect(fake.serverAccepts(refresh_token)).toBe(true)
})

test('share() returns a POST with the three legacy fields', async () => {
  const request = createScene().fake.share('1002:21', { isShared: false })
  expect([request.method, await request.json()]).toEqual([
    'POST',
    { company_id: 1002, user_id: 21, isShared: false },
  ])
})

describe('extensionToken()', () => {
  const verify = (token: string, secret: string, now: number) =>
    jwtVerify(token, new TextEncoder().encode(secret), { algorithms: ['HS256'], currentDate: new Date(now) })

  test('is signed with the client secret, names user and company, and is valid for five minutes', async () => {
    const { fake, clock } = createScene()
    const token = await fake.extensionToken('1002:13')
    const { payload } = await verify(token, fake.app.clientSecret, clock.now())
    expect(payload).toMatchObject({ userId: 13, companyId: 1002 })
    await clock.advance(5 * 60_000)
    await expect(verify(token, fake.app.clientSecret, clock.now())).rejects.toThrow('"exp"')
  })

  test('takes another secret, another lifetime and other claims', async () => {
    const { fake, clock } = createScene()
    const token = await fake.extensionToken('1001:11', {
      secret: 'panel-secret',
      expiresInMs: -1_000,
      claims: { userId: '11' },
    })
    await expect(verify(token, fake.app.clientSecret, 0)).rejects.toThrow('signature')
    await expect(verify(token, 'panel-secret', clock.now())).rejects.toThrow('"exp"')
    expect((await verify(token, 'panel-secret', clock.now() - 60_000)).payload).toMatchObject({
      userId: '11',
    })
  })
})

test('installations() returns tokens, scopes and dates', async () => {
  const { fake, client, clock } = createScene()
  const installedAt = clock.now()
  const first = await client.install('1001:12')
  await clock.advance(1_000)
  await client.refresh(first.refresh_token)
  expect(fake.installations()).toEqual([
    {
      id: '1001:12',
      user: fake.users[1],
      scopes: ['base', 'deals:full'],
      refreshToken: first.refresh_token,
      accessTokens: [first.access_token, expect.any(String)],
      accessTokensExpireAt: [installedAt + 60 * 60_000, installedAt + 1_000 + 60 * 60_000],
      installedAt,
      refreshedAt: installedAt + 1_000,
      refreshTokenExpiresAt: installedAt + 1_000 + 60 * 24 * 60 * 60_000,
    },
  ])
})

test('users and companies need only ids', async () => {
  const { fake, client } = createScene({ users: [{ id: 5, companyId: 42 }], companies: [] })
  expect(fake.companies).toMatchObject([{ id: 42, domain: 'company-42' }])
  const tokens = await client.install(5)
  expect(tokens.api_domain).toBe('https://company-42.pipedrive.com')
  expect(await jsonOf(client.api(tokens, '/api/v1/users/me'))).toMatchObject({
    data: { id: 5, name: 'User 5' },
  })
})
