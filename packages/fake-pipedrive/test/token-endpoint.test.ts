import { describe, expect, test } from 'vitest'
import { createFakePipedrive, manualClock } from '../src/index.ts'
import { createTestClient, jsonOf, type TokenAnswer } from './test-client.ts'

const MINUTE_MS = 60_000
const DAY_MS = 24 * 60 * MINUTE_MS

function createScene(options: Parameters<typeof createFakePipedrive>[0] = {}) {
  const clock = manualClock()
  const fake = createFakePipedrive({ clock, ...options })
  return { clock, fake, client: createTestClient(fake) }
}

describe('a token response', () => {
  test('has the documented fields in their documented form', async () => {
    const { client } = createScene()
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

  test('is the same in each run with the same seed, and differs without a seed', async () => {
    const first = await createScene({ seed: 7 }).client.install()
    const second = await createScene({ seed: 7 }).client.install()
    const other = await createScene().client.install()
    expect(second).toEqual(first)
    expect(other.access_token).not.toBe(first.access_token)
  })

  test('is also given to credentials in the form', async () => {
    const { client, fake } = createScene()
    const form = {
      grant_type: 'authorization_code',
      code: await client.code(),
      redirect_uri: fake.app.redirectUri,
    }
    const credentials = { client_id: fake.app.clientId, client_secret: fake.app.clientSecret }
    expect((await client.token({ ...form, ...credentials }, {})).status).toBe(200)
  })

  test('has the scopes of the app with base', async () => {
    const { client } = createScene({ scopes: ['contacts:read'] })
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
    const answer = await createScene().client.token(form)
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
    const answer = await createScene().client.token(
      { grant_type: 'refresh_token', refresh_token: 'x' },
      headers,
    )
    expect(answer.status).toBe(400)
    expect(await answer.json()).toEqual({ success: false, error: 'invalid_client', message })
  })

  test('invalid_client has status 401 if invalidClientStatus is 401', async () => {
    const { client } = createScene({ invalidClientStatus: 401 })
    expect((await client.token({ grant_type: 'refresh_token' }, wrongBasic)).status).toBe(401)
  })

  test('a JSON body is an invalid_request', async () => {
    const { fake } = createScene()
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

  test('a path with a trailing slash is not found', async () => {
    const { fake } = createScene()
    const answer = await fake.fetch('https://oauth.pipedrive.com/oauth/token/', {
      method: 'POST',
      body: new URLSearchParams(),
    })
    expect(answer.status).toBe(404)
  })
})

describe('codes', () => {
  test('work once', async () => {
    const { client, fake } = createScene()
    const form = {
      grant_type: 'authorization_code',
      code: await client.code(),
      redirect_uri: fake.app.redirectUri,
    }
    expect((await client.token(form)).status).toBe(200)
    expect(await jsonOf(client.token(form))).toMatchObject({ error: 'invalid_grant' })
  })

  test('are valid for five minutes and not a millisecond longer', async () => {
    const { client, fake, clock } = createScene()
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
  test('returns a new access token and the same refresh token, and older access tokens stay valid', async () => {
    const { client, fake } = createScene()
    const first = await client.install()
    const second = await jsonOf<TokenAnswer>(client.refresh(first.refresh_token))
    expect(second.refresh_token).toBe(first.refresh_token)
    expect(second.access_token).not.toBe(first.access_token)
    expect(fake.serverAccepts(first.access_token)).toBe(true)
  })

  test("makes older access tokens invalid with previousAccessTokens: 'die'", async () => {
    const { client, fake } = createScene({ previousAccessTokens: 'die' })
    const first = await client.install()
    const second = await jsonOf<TokenAnswer>(client.refresh(first.refresh_token))
    expect([fake.serverAccepts(first.access_token), fake.serverAccepts(second.access_token)]).toEqual([
      false,
      true,
    ])
  })

  test('restarts the 60 days after which an unused refresh token expires', async () => {
    const { client, clock } = createScene()
    const { refresh_token } = await client.install()
    await clock.advance(60 * DAY_MS - 1)
    expect((await client.refresh(refresh_token)).status).toBe(200)
    await clock.advance(60 * DAY_MS - 1)
    expect((await client.refresh(refresh_token)).status).toBe(200)
    await clock.advance(60 * DAY_MS)
    expect(await jsonOf(client.refresh(refresh_token))).toMatchObject({ error: 'invalid_grant' })
  })

  test('returns access tokens that are valid for 60 minutes', async () => {
    const { client, fake, clock } = createScene()
    const { access_token } = await client.install()
    await clock.advance(60 * MINUTE_MS - 1)
    expect(fake.serverAccepts(access_token)).toBe(true)
    await clock.advance(1)
    expect(fake.serverAccepts(access_token)).toBe(false)
  })
})

describe('rotation', () => {
  test('replaces the refresh token, and a used refresh token ends the whole grant', async () => {
    const { client, fake } = createScene({ rotateRefreshTokens: true })
    const first = await client.install()
    const second = await jsonOf<TokenAnswer>(client.refresh(first.refresh_token))
    expect(second.refresh_token).not.toBe(first.refresh_token)
    expect(await jsonOf(client.refresh(first.refresh_token))).toMatchObject({ error: 'invalid_grant' })
    expect(await jsonOf(client.refresh(second.refresh_token))).toMatchObject({ error: 'invalid_grant' })
    expect(fake.serverAccepts(second.access_token)).toBe(false)
    expect(fake.installations()).toEqual([])
  })

  test('only refuses a used refresh token without reuse detection', async () => {
    const { client } = createScene({ rotateRefreshTokens: true, reuseDetection: false })
    const first = await client.install()
    const second = await jsonOf<TokenAnswer>(client.refresh(first.refresh_token))
    expect((await client.refresh(first.refresh_token)).status).toBe(400)
    expect((await client.refresh(second.refresh_token)).status).toBe(200)
  })
})

describe('installing again', () => {
  test('is not undone by a used refresh token of the earlier grant', async () => {
    const { client, fake } = createScene({ rotateRefreshTokens: true })
    const first = await client.install()
    await client.refresh(first.refresh_token)
    const again = await client.install()
    expect((await client.refresh(first.refresh_token)).status).toBe(400)
    expect([fake.serverAccepts(again.access_token), fake.serverAccepts(again.refresh_token)]).toEqual([
      true,
      true,
    ])
  })

  test('leaves older access tokens valid, or makes them invalid, as previousAccessTokens says', async () => {
    for (const previousAccessTokens of ['live', 'die'] as const) {
      const { client, fake } = createScene({ previousAccessTokens })
      const first = await client.install()
      await client.install()
      expect(fake.serverAccepts(first.access_token)).toBe(previousAccessTokens === 'live')
    }
  })

  test('replaces the refresh token and the scopes', async () => {
    const { client, fake } = createScene()
    const first = await client.install()
    fake.changeScopes(['deals:full', 'leads:read'])
    const second = await client.install()
    expect((await client.refresh(first.refresh_token)).status).toBe(400)
    expect(second.scope).toBe('base,deals:full,leads:read')
    expect(fake.installations()).toMatchObject([{ id: '1001:11', refreshToken: second.refresh_token }])
  })

  test("gives the same refresh token with refreshTokenOnReinstall: 'same', even after an uninstall", async () => {
    const { client, fake } = createScene({ refreshTokenOnReinstall: 'same' })
    const first = await client.install()
    await fake.uninstall()
    expect((await client.refresh(first.refresh_token)).status).toBe(400)
    const second = await client.install()
    expect(second.refresh_token).toBe(first.refresh_token)
    expect((await client.refresh(first.refresh_token)).status).toBe(200)
  })
})

test('a legacy API token can be exchanged once', async () => {
  const { client, fake } = createScene()
  const form = { grant_type: 'exchange_api_token', api_token: fake.users[1]!.apiToken }
  expect(await jsonOf(client.token(form))).toMatchObject({ token_type: 'Bearer', scope: 'base,deals:full' })
  expect(fake.installations()).toMatchObject([{ id: '1001:12' }])
  expect(await jsonOf(client.token(form))).toMatchObject({ error: 'invalid_grant' })
})

test('a reset client secret is refused at once, and tokens stay valid', async () => {
  const { client, fake } = createScene()
  const old = { authorization: `Basic ${btoa(`${fake.app.clientId}:${fake.app.clientSecret}`)}` }
  const { access_token, refresh_token } = await client.install()
  expect(fake.resetClientSecret('brand-new')).toBe('brand-new')
  const form = { grant_type: 'refresh_token', refresh_token }
  expect(await jsonOf(client.token(form, old))).toMatchObject({ error: 'invalid_client' })
  expect((await client.token(form)).status).toBe(200)
  expect(fake.serverAccepts(access_token)).toBe(true)
})

test('changed scopes make access tokens invalid, and refresh tokens keep the old scopes', async () => {
  const { client, fake } = createScene()
  const before = await client.install()
  fake.changeScopes(['deals:full', 'leads:full'])
  expect((await client.api(before, '/api/v1/users/me')).status).toBe(401)
  const after = await jsonOf<TokenAnswer>(client.refresh(before.refresh_token))
  expect(after.scope).toBe('base,deals:full')
})

test('the token endpoint waits latencyMs by the clock', async () => {
  const { clock, client } = createScene({ latencyMs: 250 })
  let answered = false
  const pending = client.token({ grant_type: 'password' }).then(() => (answered = true))
  await clock.advance(249)
  expect(answered).toBe(false)
  await clock.advance(1)
  await pending
  expect(answered).toBe(true)
})
