import { describe, expect, test } from 'vitest'
import { createFakePipedrive } from '../src/index.ts'
import { createTestClient } from './test-client.ts'

describe('fake.fetch', () => {
  test('works without `this` and takes a URL, a string or a Request', async () => {
    const { fetch } = createFakePipedrive()
    const url = 'https://acme.pipedrive.com/api/v1/users/me'
    for (const input of [url, new URL(url), new Request(url)]) expect((await fetch(input)).status).toBe(401)
  })

  test('returns a response with the URL that answered', async () => {
    const { fetch } = createFakePipedrive()
    expect((await fetch('https://api.pipedrive.com/v1/users/me')).url).toBe(
      'https://api.pipedrive.com/v1/users/me',
    )
  })

  test.each([
    'https://example.com/',
    'https://unknown.pipedrive.com/api/v1/users/me',
    'https://oauth.pipedrive.com:8443/oauth/token',
    'http://oauth.pipedrive.com/oauth/token',
  ])('rejects for an unknown host: %s', async (url) => {
    const { fetch, calls } = createFakePipedrive()
    await expect(fetch(url)).rejects.toMatchObject({ message: 'fetch failed', cause: { code: 'ENOTFOUND' } })
    expect(calls).toEqual([])
  })

  test('keeps the OAuth server and the API apart', async () => {
    const { fetch } = createFakePipedrive()
    const body = new URLSearchParams()
    const post = { method: 'POST', body }
    expect((await fetch('https://acme.pipedrive.com/oauth/token', post)).status).toBe(404)
    expect((await fetch('https://oauth.pipedrive.com/api/v1/users/me')).status).toBe(404)
    expect((await fetch('https://oauth.pipedrive.com/')).status).toBe(404)
  })

  test('rejects with the reason of a signal that aborts before or during the request', async () => {
    const fake = createFakePipedrive()
    const reason = new Error('no longer needed')
    await expect(
      fake.fetch('https://api.pipedrive.com/v1/users/me', { signal: AbortSignal.abort(reason) }),
    ).rejects.toBe(reason)
    expect(fake.calls).toEqual([])

    const gate = fake.faults.hold()
    const giveUp = new AbortController()
    const pending = fake.fetch('https://api.pipedrive.com/v1/users/me', { signal: giveUp.signal })
    await gate.reached
    giveUp.abort(reason)
    await expect(pending).rejects.toBe(reason)
    expect(fake.calls).toMatchObject([{ abandoned: true, outcome: 'pending' }])
    gate.release()
    await expect.poll(() => fake.calls[0]?.outcome).toBe('answered')
  })

  test('follows redirects only to hosts it can reach', async () => {
    const fake = createFakePipedrive()
    const form = { client_id: fake.app.clientId, redirect_uri: fake.app.redirectUri, decision: 'cancel' }
    const post = (redirect: RequestRedirect) =>
      fake.fetch('https://oauth.pipedrive.com/oauth/authorize', {
        method: 'POST',
        body: new URLSearchParams(form),
        redirect,
      })
    expect((await post('manual')).status).toBe(303)
    await expect(post('follow')).rejects.toMatchObject({ cause: { code: 'ENOTFOUND' } })
    await expect(post('error')).rejects.toBeInstanceOf(TypeError)
  })

  test('serves the API at the api_domain of the token response', async () => {
    const fake = createFakePipedrive({ apiDomain: ({ domain }) => `https://${domain}.eu.pipedrive.com` })
    const client = createTestClient(fake)
    const tokens = await client.install('1002:21')
    expect(tokens.api_domain).toBe('https://globex.eu.pipedrive.com')
    expect((await client.api(tokens, '/api/v1/users/me')).status).toBe(200)
    const elsewhere = { ...tokens, api_domain: 'https://acme.eu.pipedrive.com' }
    expect((await client.api(elsewhere, '/api/v1/users/me')).status).toBe(401)
  })

  test('serves all companies at one api_domain', async () => {
    const fake = createFakePipedrive({ apiDomain: 'https://gateway.example' })
    const client = createTestClient(fake)
    for (const user of ['1001:13', '1002:13']) {
      expect((await client.api(await client.install(user), '/api/v1/users/me')).status).toBe(200)
    }
  })
})

describe('fake.calls', () => {
  test('tells what each call was about, also for invalid tokens', async () => {
    const fake = createFakePipedrive()
    const client = createTestClient(fake)
    const tokens = await client.install('1002:21')
    fake.killAccessTokens()
    await client.api(tokens, '/api/v1/users/me')
    await client.refresh('unknown')
    await client.revoke({ token: tokens.refresh_token })
    expect(fake.calls).toMatchObject([
      {
        endpoint: 'token',
        method: 'POST',
        path: '/oauth/token',
        grantType: 'authorization_code',
        user: { id: 21 },
        status: 200,
      },
      {
        endpoint: 'api',
        method: 'GET',
        accessToken: tokens.access_token,
        user: { id: 21 },
        status: 401,
        error: 'unauthorized access',
      },
      {
        endpoint: 'token',
        grantType: 'refresh_token',
        refreshToken: 'unknown',
        status: 400,
        error: 'invalid_grant',
      },
      { endpoint: 'revoke', refreshToken: tokens.refresh_token, user: { id: 21 }, outcome: 'answered' },
    ])
    expect(fake.calls[2]).not.toHaveProperty('user')
  })

  test('is filtered by tokenRequests() and emptied by clearCalls()', async () => {
    const fake = createFakePipedrive()
    const { calls } = fake
    const client = createTestClient(fake)
    await client.refresh((await client.install()).refresh_token)
    expect(fake.tokenRequests()).toHaveLength(2)
    expect(fake.tokenRequests({ grantType: 'refresh_token', user: 11, status: 200 })).toHaveLength(1)
    expect(fake.tokenRequests({ user: 12 })).toHaveLength(0)
    fake.clearCalls()
    expect(calls).toEqual([])
  })
})
