import { createFakePipedrive, type FakePipedriveOptions } from '@pd/fake-pipedrive'
import { afterEach, beforeEach, describe, expect, onTestFinished, test, vi } from 'vitest'
import type { InvalidArgumentError } from '../../src/index.ts'
import * as protocol from '../../src/protocol.ts'
import { failure, rejection, silence } from '../flow/scene.ts'

/** A fake Pipedrive, the app's credentials, and how to reach it. */
function createScene(fakeOptions: FakePipedriveOptions = {}) {
  const fake = createFakePipedrive({ redirectUri: 'https://app.example.com/callback', ...fakeOptions })
  const { clientId, clientSecret, redirectUri } = fake.app
  const credentials = { clientId, clientSecret }
  const options = { fetch: fake.fetch }
  const code = async () => {
    const url = protocol.authorizationUrl({ clientId, redirectUri, state: 'a-state' })
    return new URL(await fake.approve(url)).searchParams.get('code') ?? ''
  }
  const exchanged = async () =>
    protocol.exchangeCode(credentials, { code: await code(), redirectUri }, options)
  return { fake, credentials, options, redirectUri, code, exchanged }
}

describe('the bare calls', () => {
  test('turn a code into tokens with absolute times, and say who they belong to', async () => {
    const { exchanged, options } = createScene()
    const before = Date.now()
    const tokens = await exchanged()
    expect(tokens).toMatchObject({ scopes: ['base', 'deals:full'], apiDomain: 'https://acme.pipedrive.com' })
    expect(tokens.expiresAt - tokens.obtainedAt).toBe(3_599_000)
    expect(tokens.refreshTokenExpiresAt - tokens.obtainedAt).toBe(60 * 86_400_000)
    expect(tokens.obtainedAt).toBeGreaterThanOrEqual(before)
    expect(await protocol.currentUser(tokens, options)).toMatchObject({ companyId: 1001, userId: 11 })
  })

  test.each([true, false])('refresh tokens, where they rotate: %s', async (rotateRefreshTokens) => {
    const { exchanged, credentials, options, fake } = createScene({ rotateRefreshTokens })
    const tokens = await exchanged()
    const renewed = await protocol.refreshTokens(credentials, tokens, options)
    expect(renewed.refreshToken === tokens.refreshToken).toBe(!rotateRefreshTokens)
    expect(fake.serverAccepts(renewed.accessToken)).toBe(true)
    const again = await protocol.refreshTokens(credentials, renewed, options)
    expect(fake.serverAccepts(again.accessToken)).toBe(true)
  })

  test('F11 keep the refresh token if an answer has none', async () => {
    const { credentials } = createScene()
    const fetch = async () => Response.json({ access_token: 'new', expires_in: 3600 })
    const renewed = await protocol.refreshTokens(credentials, { refreshToken: 'old' }, { fetch })
    expect(renewed).toMatchObject({ accessToken: 'new', refreshToken: 'old' })
    expect(Object.keys(renewed).toSorted()).toEqual(
      ['accessToken', 'expiresAt', 'obtainedAt', 'refreshToken', 'refreshTokenExpiresAt'].toSorted(),
    )
  })

  test('revoke a refresh token, which uninstalls the app', async () => {
    const { exchanged, credentials, options, fake } = createScene()
    const { refreshToken } = await exchanged()
    await protocol.revokeToken(credentials, { token: refreshToken, hint: 'refresh_token' }, options)
    expect(fake.installations()).toEqual([])
    expect(await failure(protocol.refreshTokens(credentials, { refreshToken }, options))).toBe(
      'reauthorization_required',
    )
  })

  test('distinguish a used code from a rejected client', async () => {
    const { credentials, code, options, redirectUri } = createScene()
    const used = await code()
    await protocol.exchangeCode(credentials, { code: used, redirectUri }, options)
    expect(await failure(protocol.exchangeCode(credentials, { code: used, redirectUri }, options))).toBe(
      'code_refused',
    )
    const wrong = { ...credentials, clientSecret: 'wrong' }
    const fresh = { code: await code(), redirectUri }
    expect(await failure(protocol.exchangeCode(wrong, fresh, options))).toBe('client_rejected')
  })

  test('reject without an answer, with the network error as cause and no token in it', async () => {
    const { credentials } = createScene()
    const cause = new TypeError('fetch failed')
    const fetch = () => Promise.reject(cause)
    const error = await rejection(
      protocol.refreshTokens(credentials, { refreshToken: 'hidden-token' }, { fetch }),
    )
    expect(error).toMatchObject({ code: 'token_endpoint_unavailable', cause })
    expect(`${(error as Error).stack}`).not.toContain('hidden-token')
  })

  test('end with the reason of the signal, before and during the request', async () => {
    const { credentials } = createScene()
    const stop = new AbortController()
    const fetch = (_: unknown, init?: RequestInit) =>
      new Promise<Response>((_resolve, reject) =>
        init?.signal?.addEventListener('abort', () => reject(init.signal?.reason)),
      )
    const call = () =>
      protocol.refreshTokens(credentials, { refreshToken: 'r' }, { fetch, signal: stop.signal })
    const waiting = rejection(call())
    stop.abort(new Error('no longer needed'))
    expect(await waiting).toMatchObject({ message: 'no longer needed' })
    expect(await rejection(call())).toMatchObject({ message: 'no longer needed' })
  })

  test.each(['http://acme.pipedrive.com', 'https://evil.example', 'https://pipedrive.com.evil.example'])(
    'F31 do not send an access token to %s',
    async (apiDomain) => {
      const sent: unknown[] = []
      const fetch = async (input: unknown) => {
        sent.push(input)
        return Response.json({})
      }
      expect(await failure(protocol.currentUser({ accessToken: 'a', apiDomain }, { fetch }))).toBe(
        'invalid_argument',
      )
      expect(sent).toEqual([])
    },
  )

  test.each([
    [
      { accessToken: 'a', apiDomain: 'https://evil.example' },
      ['apiDomain must be an https address of pipedrive.com, or apiOrigin'],
    ],
    [{ accessToken: 'a b' }, ['accessToken must be the access token, without `Bearer` before it']],
  ])('name what is wrong with %j, and nothing else', async (given, problems) => {
    expect(await rejection(protocol.currentUser(given, { fetch: silence }))).toMatchObject({ problems })
  })

  const app = { clientId: 'an-id', clientSecret: 'a-secret' }
  const given = {
    code: 'a-code',
    redirectUri: 'https://app.example.com/callback',
    refreshToken: 'a-token',
    apiToken: 'a-token',
    token: 'a-token',
    hint: 'refresh_token',
    accessToken: 'a-token',
  } as const
  const { currentUser, ...calls } = protocol
  const withCredentials = ['exchangeCode', 'refreshTokens', 'exchangeApiToken', 'revokeToken'] as const
  type Name = (typeof withCredentials)[number] | 'currentUser'
  const call = (name: Name, own: object, changed: object, options: object) => {
    const credentials = { ...app, ...own }
    const rest = [
      { ...given, ...changed },
      { fetch: silence, ...options },
    ] as const
    return name === 'currentUser' ? currentUser(...rest) : calls[name](credentials, ...rest)
  }
  const noText = [undefined, null, '', ' ', 7, {}]
  const noToken = [...noText, 'a b', 'a\nb', 'tökën']
  const noOrigin = [
    null,
    '',
    7,
    'oauth.example.com',
    'https://',
    'http://oauth.example.com',
    'http://127.0.0.1.evil.example',
    'ftp://oauth.example.com',
    'https://oauth.example.com/oauth',
    'https://oauth.example.com/?a=b',
    'https://user:word@oauth.example.com',
  ]
  const mistakes: readonly [name: string, calls: readonly Name[], values: readonly unknown[]][] = [
    ['clientId', withCredentials, noToken],
    ['clientSecret', withCredentials, noToken],
    ['code', ['exchangeCode'], noText],
    ['redirectUri', ['exchangeCode'], noText],
    ['refreshToken', ['refreshTokens'], noToken],
    ['apiToken', ['exchangeApiToken'], noToken],
    ['token', ['revokeToken'], noToken],
    ['hint', ['revokeToken'], [...noText, 'refreshToken']],
    ['accessToken', ['currentUser'], noToken],
    ['oauthOrigin', [...withCredentials, 'currentUser'], noOrigin],
    ['apiOrigin', [...withCredentials, 'currentUser'], noOrigin],
    ['fetch', [...withCredentials, 'currentUser'], [null, 'fetch', {}]],
    ['signal', [...withCredentials, 'currentUser'], [null, 5, {}]],
  ]

  test.each(mistakes.flatMap(([name, calls, values]) => calls.map((one) => [one, name, values] as const)))(
    '%s() says what is wrong with %s, and sends nothing',
    async (one, name, values) => {
      for (const value of values) {
        const sent: unknown[] = []
        const fetch = async (input: unknown) => {
          sent.push(input)
          return Response.json({})
        }
        const wrong = { [name]: value }
        const isOption = ['oauthOrigin', 'apiOrigin', 'fetch', 'signal'].includes(name)
        const error = await rejection(call(one, wrong, wrong, { fetch, ...(isOption && wrong) }))
        expect(error, `${value}`).toMatchObject({
          code: 'invalid_argument',
          message: expect.stringContaining(`${one}()`),
          problems: [expect.stringMatching(`^${name} must be`)],
        })
        expect(`${(error as Error).message}`).not.toMatch(/a-secret|a-token|user:word|tökën/)
        expect(sent).toEqual([])
      }
    },
  )

  test.each([...withCredentials, 'currentUser'] as const)(
    '%s() refuses options that it does not know, and what is no object',
    async (name) => {
      expect(
        await rejection(call(name, {}, {}, { timeout: 5, fetch: async () => Response.json({}) })),
      ).toMatchObject({
        code: 'invalid_argument',
        problems: ['timeout is not a known option'],
      })
      vi.stubGlobal('fetch', async () => new Response(undefined, { status: 500 }))
      onTestFinished(() => void vi.unstubAllGlobals())
      for (const options of [null, 5, 'fetch']) {
        const bare = (name === 'currentUser' ? currentUser : calls[name]) as (
          ...given: unknown[]
        ) => Promise<unknown>
        const [first, second] = name === 'currentUser' ? [given, options] : [app, given]
        expect(await rejection(bare(first, second, options))).toMatchObject({
          code: 'invalid_argument',
          problems: ['the options must be an object'],
        })
      }
    },
  )

  test('authorizationUrl() says what is wrong with each parameter', () => {
    const parameters = { ...app, redirectUri: given.redirectUri, state: 'a-state' }
    for (const name of ['clientId', 'redirectUri', 'state'])
      for (const value of noText)
        expect(problemsFor({ ...parameters, [name]: value })).toEqual([startOf(name)])
    for (const origin of noOrigin) expect(problemsFor(parameters, origin)).toEqual([startOf('oauthOrigin')])
    for (const nothing of [undefined, null, 7]) expect(problemsFor(nothing)).toHaveLength(3)
  })

  const startOf = (name: string): unknown => expect.stringMatching(`^${name} must be`)
  const problemsFor = (...own: unknown[]) => {
    try {
      protocol.authorizationUrl(...(own as Parameters<typeof protocol.authorizationUrl>))
    } catch (error) {
      return (error as InvalidArgumentError).problems
    }
    return []
  }

  test.each(withCredentials)('%s() without any argument says what is missing', async (name) => {
    const missing = calls[name] as unknown as () => Promise<unknown>
    expect(await failure(missing())).toBe('invalid_argument')
  })

  test.each(['https://proxy.example.com', 'https://proxy.example.com/', 'http://localhost:4000/'])(
    'accept %s as apiOrigin and oauthOrigin, and return it without the slash',
    async (own) => {
      const origin = own.replace(/\/$/, '')
      const sent: string[] = []
      const fetch = async (input: unknown) => {
        sent.push(String(input))
        return Response.json({
          access_token: 'a',
          refresh_token: 'r',
          expires_in: 3_600,
          data: { id: 11, company_id: 1001 },
        })
      }
      const options = { fetch, apiOrigin: own, oauthOrigin: own }
      expect((await protocol.exchangeCode(app, given, options)).apiDomain).toBe(origin)
      expect((await protocol.exchangeApiToken(app, given, options)).apiDomain).toBe(origin)
      for (const apiDomain of [undefined, own, origin])
        expect(await protocol.currentUser({ accessToken: 'a', apiDomain }, options)).toMatchObject({
          userId: 11,
        })
      expect(new Set(sent)).toEqual(new Set([`${origin}/oauth/token`, `${origin}/api/v1/users/me`]))
    },
  )

  test('tell what Pipedrive said, without the secrets that it repeats', async () => {
    // Short ones, which nothing but their names in the request gives away. The request leaves out white space around them.
    const app = { clientId: 'an-id', clientSecret: 'app-pw ' }
    const fetch = async () =>
      Response.json({ error: 'invalid_request', error_description: 'not app-pw with tok-1' }, { status: 400 })
    const options = { fetch }
    const calls = [
      protocol.revokeToken(app, { token: 'tok-1', hint: 'access_token' }, options),
      protocol.refreshTokens(app, { refreshToken: 'tok-1' }, options),
      protocol.exchangeApiToken(app, { apiToken: 'tok-1' }, options),
      protocol.exchangeCode(app, { code: 'tok-1', redirectUri: 'https://app.example.com/callback' }, options),
    ]
    const message = 'Pipedrive answered 400 invalid_request: not *** with ***'
    for (const call of calls) expect(await rejection(call)).toMatchObject({ cause: { message } })
    const ofToken = await rejection(protocol.currentUser({ accessToken: 'tok-1' }, options))
    expect(ofToken).toMatchObject({
      code: 'identity_unavailable',
      cause: { message: 'Pipedrive answered 400 invalid_request: not app-pw with ***' },
    })
  })

  test('say nothing for Pipedrive, where it answers without words', async () => {
    const fetch = async () => new Response('<html>', { status: 502 })
    const refreshing = protocol.refreshTokens(createScene().credentials, { refreshToken: 'tok-1' }, { fetch })
    expect(await rejection(refreshing)).toMatchObject({ cause: { message: 'Pipedrive answered 502' } })
  })

  describe('without a signal', () => {
    beforeEach(() => void vi.useFakeTimers())
    afterEach(() => void vi.useRealTimers())

    test('give up after 10 seconds', async () => {
      const { credentials } = createScene()
      const sent: (AbortSignal | null | undefined)[] = []
      const fetch = (_: unknown, init?: RequestInit) =>
        new Promise<Response>((_resolve, reject) => {
          sent.push(init?.signal)
          init?.signal?.addEventListener('abort', () => reject(init.signal?.reason))
        })
      const waiting = failure(protocol.refreshTokens(credentials, { refreshToken: 'r' }, { fetch }))
      await vi.advanceTimersByTimeAsync(9_999)
      expect(sent.map((signal) => signal?.aborted)).toEqual([false])
      await vi.advanceTimersByTimeAsync(20)
      expect(await waiting).toBe('token_endpoint_timeout')
    })

    test('leave no timer behind', async () => {
      const { exchanged } = createScene()
      await exchanged()
      expect(vi.getTimerCount()).toBe(0)
    })
  })

  test('with a signal have no time limit of their own', async () => {
    const { credentials, options } = createScene()
    const set = vi.spyOn(globalThis, 'setTimeout')
    onTestFinished(() => set.mockRestore())
    const { signal } = new AbortController()
    const refused = protocol.refreshTokens(credentials, { refreshToken: 'r' }, { ...options, signal })
    expect(await failure(refused)).toBe('reauthorization_required')
    expect(set).not.toHaveBeenCalled()
  })

  test('take missing scopes for none', async () => {
    const { credentials, redirectUri } = createScene()
    const fetch = async () =>
      Response.json({
        access_token: 'a',
        refresh_token: 'r',
        expires_in: 3_600,
        api_domain: 'https://acme.pipedrive.com',
      })
    const tokens = await protocol.exchangeCode(credentials, { code: 'c', redirectUri }, { fetch })
    expect(tokens.scopes).toEqual([])
  })

  test('reject with identity_unavailable if Pipedrive does not say who it is', async () => {
    const fetch = async () => Response.json({ success: false, error: 'no' }, { status: 401 })
    expect(await failure(protocol.currentUser({ accessToken: 'a' }, { fetch }))).toBe('identity_unavailable')
  })

  test('turn an API token into tokens, once', async () => {
    const { credentials, options, fake } = createScene()
    const apiToken = fake.users[0]?.apiToken ?? ''
    const tokens = await protocol.exchangeApiToken(credentials, { apiToken }, options)
    expect(fake.serverAccepts(tokens.accessToken)).toBe(true)
    expect(await failure(protocol.exchangeApiToken(credentials, { apiToken }, options))).toBe(
      'reauthorization_required',
    )
  })
})
