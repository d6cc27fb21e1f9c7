import { describe, expect, test } from 'vitest'
import { createFakePipedrive, manualClock } from '../src/index.ts'
import { createTestClient, jsonOf, type TokenAnswer } from './test-client.ts'

const MINUTE_MS = 60_000
const DAY_MS = 24 * 60 * MINUTE_MS

function world(options: Parameters<typeof createFakePipedrive>[0] = {}) {
  const clock = manualClock()
  const fake = createFakePipedrive({ clock, ...options })
  return { clock, fake, client: createTestClient(fake) }
}

describe('a good answer', () => {
  test('has the documented fields, in the shapes of the real ones', async () => {
    const { client } = world()
    const tokens = await client.install()
    expect(tokens).toEqual({
      access_token: expect.stringMatching(/^v1u:[A-Za-z0-9+/]{490,}=+$/),
      token_type: 'Bearer',
      expires_in: 3599,
      refresh_token: expect.stringMatching(/^1:1:[0-9a-f]{40}$/),
      scope: 'base,deals:full',
      api_domain: 'https://acme.pipedrive.com',
    })
    expect(tokens.access_token).toMatch(/\+.*\//)
  })

  test('is the same in every run with the same seed, and differs without one', async () => {
    const first = await world({ seed: 7 }).client.install()
    const second = await world({ seed: 7 }).client.install()
    const other = await world().client.install()
    expect(second).toEqual(first)
    expect(other.access_token).not.toBe(first.access_token)
  })

  test('comes to credentials in the form as well', async () => {
    const { client, fake } = world()
    const form = {
      grant_type: 'authorization_code',
      code: await client.code(),
      redirect_uri: fake.app.redirectUri,
    }
    const credentials = { client_id: fake.app.clientId, client_secret: fake.app.clientSecret }
    expect((await client.token({ ...form, ...credentials }, {})).status).toBe(200)
  })

  test('carries the scopes of the app, base among them', async () => {
    const { client } = world({ scopes: ['contacts:read'] })
    expect((await client.install()).scope).toBe('base,contacts:read')
  })
})

describe('refusals', () => {
  const code = { grant_type: 'authorization_code', redirect_uri: 'http://localhost:3000/pipedrive/callback' }
  const wrongBasic = { authorization: `Basic ${btoa('fake-client-id:wrong')}` }

  test.each([
    ['a missing grant type', {}, 'invalid_request', 'Missing parameter: grant_type'],
    [
      'another grant type',
      { grant_type: 'password' },
      'unsupported_grant_type',
      'Unsupported grant type: grant_type is invalid',
    ],
    [
      'a name that every object has',
      { grant_type: 'toString' },
      'unsupported_grant_type',
      'Unsupported grant type: grant_type is invalid',
    ],
    ['a missing code', code, 'invalid_request', 'Missing parameter: code'],
    [
      'an unknown code',
      { ...code, code: 'x' },
      'invalid_grant',
      'Invalid grant: authorization code is invalid',
    ],
    [
      'a missing redirect_uri',
      { grant_type: 'authorization_code', code: 'x' },
      'invalid_request',
      'Invalid request: redirect_uri is not a valid URI',
    ],
    [
      'another redirect_uri',
      { ...code, code: 'x', redirect_uri: 'http://localhost:3000/other' },
      'invalid_request',
      'Invalid request: redirect_uri is invalid',
    ],
    [
      'a missing refresh token',
      { grant_type: 'refresh_token' },
      'invalid_request',
      'Missing parameter: refresh_token',
    ],
    [
      'an unknown refresh token',
      { grant_type: 'refresh_token', refresh_token: '1:1:0' },
      'invalid_grant',
      'Invalid grant: refresh token is invalid',
    ],
    [
      'a missing API token',
      { grant_type: 'exchange_api_token' },
      'invalid_request',
      'Missing parameter: api_token',
    ],
    [
      'an unknown API token',
      { grant_type: 'exchange_api_token', api_token: 'x' },
      'invalid_grant',
      'Invalid grant: api_token is invalid',
    ],
  ])('%s is refused with the documented body', async (_, form, error, message) => {
    const answer = await world().client.token(form)
    expect(answer.status).toBe(400)
    expect(await answer.json()).toEqual({ success: false, error, message })
  })

  test.each([
    ['no credentials', {}, 'Invalid client: cannot retrieve client credentials'],
    [
      'credentials that are not base64',
      { authorization: 'Basic !!!' },
      'Invalid client: cannot retrieve client credentials',
    ],
    [
      'base64 without its padding',
      { authorization: 'Basic YQ' },
      'Invalid client: cannot retrieve client credentials',
    ],
    ['the wrong secret', wrongBasic, 'Invalid client: client is invalid'],
  ])('%s: invalid_client', async (_, headers, message) => {
    const answer = await world().client.token({ grant_type: 'refresh_token', refresh_token: 'x' }, headers)
    expect(answer.status).toBe(400)
    expect(await answer.json()).toEqual({ success: false, error: 'invalid_client', message })
  })

  test('invalid_client has status 401 where that is asked for', async () => {
    const { client } = world({ invalidClientStatus: 401 })
    expect((await client.token({ grant_type: 'refresh_token' }, wrongBasic)).status).toBe(401)
  })

  test('a JSON body is an invalid_request', async () => {
    const { fake } = world()
    const answer = await fake.fetch('https://oauth.pipedrive.com/oauth/token', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ grant_type: 'refresh_token' }),
    })
    expect(await answer.json()).toMatchObject({
      error: 'invalid_request',
      message: expect.stringContaining('x-www-form-urlencoded'),
    })
  })

  test('a trailing slash is another page, and not found', async () => {
    const { fake } = world()
    const answer = await fake.fetch('https://oauth.pipedrive.com/oauth/token/', {
      method: 'POST',
      body: new URLSearchParams(),
    })
    expect(answer.status).toBe(404)
  })
})

describe('codes', () => {
  test('work once', async () => {
    const { client, fake } = world()
    const form = {
      grant_type: 'authorization_code',
      code: await client.code(),
      redirect_uri: fake.app.redirectUri,
    }
    expect((await client.token(form)).status).toBe(200)
    expect(await jsonOf(client.token(form))).toMatchObject({ error: 'invalid_grant' })
  })

  test('live five minutes and not a millisecond longer', async () => {
    const { client, fake, clock } = world()
    const form = { grant_type: 'authorization_code', redirect_uri: fake.app.redirectUri }
    const [early, late] = [await client.code(), await client.code()]
    await clock.advance(5 * MINUTE_MS - 1)
    expect((await client.token({ ...form, code: early })).status).toBe(200)
    await clock.advance(1)
    expect(await jsonOf(client.token({ ...form, code: late }))).toMatchObject({
      error: 'invalid_grant',
      message: 'Invalid grant: authorization code has expired',
    })
  })
})

describe('refreshing', () => {
  test('gives a new access token and the same refresh token; older access tokens live on', async () => {
    const { client, fake } = world()
    const first = await client.install()
    const second = await jsonOf<TokenAnswer>(client.refresh(first.refresh_token))
    expect(second.refresh_token).toBe(first.refresh_token)
    expect(second.access_token).not.toBe(first.access_token)
    expect(fake.serverAccepts(first.access_token)).toBe(true)
  })

  test('kills older access tokens where that is asked for', async () => {
    const { client, fake } = world({ previousAccessTokens: 'die' })
    const first = await client.install()
    const second = await jsonOf<TokenAnswer>(client.refresh(first.refresh_token))
    expect([fake.serverAccepts(first.access_token), fake.serverAccepts(second.access_token)]).toEqual([
      false,
      true,
    ])
  })

  test('restarts the 60 days; without use the refresh token lapses', async () => {
    const { client, clock } = world()
    const { refresh_token } = await client.install()
    await clock.advance(60 * DAY_MS - 1)
    expect((await client.refresh(refresh_token)).status).toBe(200)
    await clock.advance(60 * DAY_MS - 1)
    expect((await client.refresh(refresh_token)).status).toBe(200)
    await clock.advance(60 * DAY_MS)
    expect(await jsonOf(client.refresh(refresh_token))).toMatchObject({ error: 'invalid_grant' })
  })

  test('access tokens live 60 minutes', async () => {
    const { client, fake, clock } = world()
    const { access_token } = await client.install()
    await clock.advance(60 * MINUTE_MS - 1)
    expect(fake.serverAccepts(access_token)).toBe(true)
    await clock.advance(1)
    expect(fake.serverAccepts(access_token)).toBe(false)
  })
})

describe('rotation', () => {
  test('replaces the refresh token, and a used one ends the whole grant', async () => {
    const { client, fake } = world({ rotateRefreshTokens: true })
    const first = await client.install()
    const second = await jsonOf<TokenAnswer>(client.refresh(first.refresh_token))
    expect(second.refresh_token).not.toBe(first.refresh_token)
    expect(await jsonOf(client.refresh(first.refresh_token))).toMatchObject({ error: 'invalid_grant' })
    expect(await jsonOf(client.refresh(second.refresh_token))).toMatchObject({ error: 'invalid_grant' })
    expect(fake.serverAccepts(second.access_token)).toBe(false)
    expect(fake.installations()).toEqual([])
  })

  test('without reuse detection, a used refresh token is refused and nothing else happens', async () => {
    const { client } = world({ rotateRefreshTokens: true, reuseDetection: false })
    const first = await client.install()
    const second = await jsonOf<TokenAnswer>(client.refresh(first.refresh_token))
    expect((await client.refresh(first.refresh_token)).status).toBe(400)
    expect((await client.refresh(second.refresh_token)).status).toBe(200)
  })
})

describe('installing again', () => {
  test('is not undone by a used refresh token of the grant before', async () => {
    const { client, fake } = world({ rotateRefreshTokens: true })
    const first = await client.install()
    await client.refresh(first.refresh_token)
    const again = await client.install()
    expect((await client.refresh(first.refresh_token)).status).toBe(400)
    expect([fake.serverAccepts(again.access_token), fake.serverAccepts(again.refresh_token)]).toEqual([
      true,
      true,
    ])
  })

  test('leaves older access tokens alive, or kills them where that is asked for', async () => {
    for (const previousAccessTokens of ['live', 'die'] as const) {
      const { client, fake } = world({ previousAccessTokens })
      const first = await client.install()
      await client.install()
      expect(fake.serverAccepts(first.access_token)).toBe(previousAccessTokens === 'live')
    }
  })

  test('replaces the refresh token and the scopes', async () => {
    const { client, fake } = world()
    const first = await client.install()
    fake.changeScopes(['deals:full', 'leads:read'])
    const second = await client.install()
    expect((await client.refresh(first.refresh_token)).status).toBe(400)
    expect(second.scope).toBe('base,deals:full,leads:read')
    expect(fake.installations()).toMatchObject([{ id: '1001:11', refreshToken: second.refresh_token }])
  })

  test('gives the same refresh token string where that is asked for, even after an uninstall', async () => {
    const { client, fake } = world({ refreshTokenOnReinstall: 'same' })
    const first = await client.install()
    await fake.uninstall()
    expect((await client.refresh(first.refresh_token)).status).toBe(400)
    const second = await client.install()
    expect(second.refresh_token).toBe(first.refresh_token)
    expect((await client.refresh(first.refresh_token)).status).toBe(200)
  })
})

test('a legacy API token becomes an installation, once', async () => {
  const { client, fake } = world()
  const form = { grant_type: 'exchange_api_token', api_token: fake.users[1]!.apiToken }
  expect(await jsonOf(client.token(form))).toMatchObject({ token_type: 'Bearer', scope: 'base,deals:full' })
  expect(fake.installations()).toMatchObject([{ id: '1001:12' }])
  expect(await jsonOf(client.token(form))).toMatchObject({ error: 'invalid_grant' })
})

test('a client secret that was reset is dead at once, while tokens live on', async () => {
  const { client, fake } = world()
  const old = { authorization: `Basic ${btoa(`${fake.app.clientId}:${fake.app.clientSecret}`)}` }
  const { access_token, refresh_token } = await client.install()
  expect(fake.resetClientSecret('brand-new')).toBe('brand-new')
  const form = { grant_type: 'refresh_token', refresh_token }
  expect(await jsonOf(client.token(form, old))).toMatchObject({ error: 'invalid_client' })
  expect((await client.token(form)).status).toBe(200)
  expect(fake.serverAccepts(access_token)).toBe(true)
})

test('scopes added to a published app kill access tokens, and refresh tokens keep the old scopes', async () => {
  const { client, fake } = world()
  const before = await client.install()
  fake.changeScopes(['deals:full', 'leads:full'])
  expect((await client.api(before, '/api/v1/users/me')).status).toBe(401)
  const after = await jsonOf<TokenAnswer>(client.refresh(before.refresh_token))
  expect(after.scope).toBe('base,deals:full')
})

test('the token endpoint takes its latency on the clock', async () => {
  const { clock, client } = world({ latencyMs: 250 })
  let answered = false
  const pending = client.token({ grant_type: 'password' }).then(() => (answered = true))
  await clock.advance(249)
  expect(answered).toBe(false)
  await clock.advance(1)
  await pending
  expect(answered).toBe(true)
})
