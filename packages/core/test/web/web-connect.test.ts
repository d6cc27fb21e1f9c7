import { describe, expect, test } from 'vitest'
import { createOAuthHandler, type WebOptions } from '../../src/index.ts'
import { Browser, cookiesSetBy, locationOf } from './browser.ts'
import { ada, createScene, day, minute, second } from '../flow/scene.ts'
import { rejects, troubledStore } from '../flow/troubled-store.ts'

const https = 'https://app.example.com/pipedrive/callback'
const http = 'http://localhost:3000/pipedrive/callback'

function createWebScene(options: WebOptions = {}, redirectUri = https) {
  const scene = createScene({ redirectUri })
  const troubled = troubledStore(scene.store)
  const oauth = scene.client({ store: troubled.store })
  const handler = createOAuthHandler(oauth, options)
  const { origin } = new URL(redirectUri)
  const browser = new Browser(handler)
  const install = async (returnTo = '/settings?tab=crm') =>
    locationOf(await browser.send(`${origin}/pipedrive/install?${new URLSearchParams({ returnTo })}`))
  return { ...scene, browser, handler, install, oauth, origin, troubled }
}

describe('GET …/install', () => {
  test('sends the browser to the consent page, with an attempt of its own in a cookie', async () => {
    const { browser, fake, origin } = createWebScene()
    const response = await browser.send(`${origin}/pipedrive/install`)
    const consent = new URL(locationOf(response))
    expect([response.status, `${consent.origin}${consent.pathname}`]).toEqual([
      302,
      'https://oauth.pipedrive.com/oauth/authorize',
    ])
    expect([...consent.searchParams.keys()].toSorted()).toEqual(['client_id', 'redirect_uri', 'state'])
    expect(consent.searchParams.get('client_id')).toBe(fake.app.clientId)
    expect(consent.searchParams.get('redirect_uri')).toBe(https)
    expect(response.headers.get('cache-control')).toBe('no-store')
  })

  test.each(['/', '/settings', '/settings?tab=crm#oauth', '/deals/1', '/%2F%2Fevil.example', '/a//b', '/õ'])(
    'takes the user back to %s',
    async (returnTo) => {
      const { browser, fake, install } = createWebScene()
      expect(locationOf(await browser.send(await fake.approve(await install(returnTo))))).toBe(
        new URL(returnTo, 'https://app.example.com').href.slice('https://app.example.com'.length),
      )
    },
  )

  test.each([
    'https://evil.example',
    '//evil.example',
    '/\\evil.example',
    '\\\\evil.example',
    '/\t/evil.example',
    '/\n/evil.example',
    '\t//evil.example',
    'javascript:alert(1)',
    'evil.example',
    '',
    ' /settings',
    '/a\r\nset-cookie: x=y',
  ])('refuses to return to %j', async (returnTo) => {
    const { browser, origin } = createWebScene()
    const response = await browser.send(`${origin}/pipedrive/install?${new URLSearchParams({ returnTo })}`)
    expect([response.status, response.headers.getSetCookie()]).toEqual([403, []])
    expect(await response.text()).toContain('foreign_return_to')
  })
})

describe('GET …/callback', () => {
  test('ends at returnTo, with a session cookie and a completed attempt, kept from scripts and other sites', async () => {
    const { browser, fake, install, oauth } = createWebScene()
    const response = await browser.send(await fake.approve(await install()))
    expect([response.status, locationOf(response)]).toEqual([302, '/settings?tab=crm'])
    expect(response.headers.get('referrer-policy')).toBe('no-referrer')
    const [attempt, session] = cookiesSetBy(response)
    expect(attempt).toMatchObject({
      name: expect.stringMatching(/^__Host-pd_attempt_[a-z0-9]{8}_[\w-]{1,12}$/),
      maxAge: 600 + day / second,
      path: '/',
      httpOnly: true,
      secure: true,
      sameSite: 'lax',
    })
    expect(session).toMatchObject({
      name: expect.stringMatching(/^__Host-pd_session_[a-z0-9]{8}$/),
      maxAge: (30 * day) / second,
      path: '/',
      httpOnly: true,
      secure: true,
      sameSite: 'lax',
    })
    expect([attempt?.domain, session?.domain]).toEqual([undefined, undefined])
    expect(await oauth.readSession(session!.value!)).toBe(ada)
  })

  test('on http://localhost has cookies that browsers keep there', async () => {
    const { browser, fake, install } = createWebScene({}, http)
    const response = await browser.send(await fake.approve(await install()))
    const cookies = cookiesSetBy(response)
    expect(cookies.map(({ name }) => name)).toEqual([
      expect.stringMatching(/^pd_attempt_/),
      expect.stringMatching(/^pd_session_/),
    ])
    for (const cookie of cookies) {
      expect(cookie).toMatchObject({ path: '/', httpOnly: true, sameSite: 'lax' })
      expect(cookie.secure).toBeFalsy()
    }
  })

  test.each(['user_denied', 'access_denied'])(
    'of a user who cancelled (%s) says so, and ends the attempt',
    async (error) => {
      const { browser, fake, install, store } = createWebScene()
      const response = await browser.send(fake.deny(await install('/settings'), { error }))
      const page = await response.text()
      expect(response.status).toBe(403)
      expect(page).toContain('access_denied')
      expect(page).toContain('href="https://app.example.com/pipedrive/install?returnTo=%2Fsettings"')
      expect(browser.cookieNames).toEqual([expect.stringContaining('pd_attempt_')])
      expect(await store.get(ada)).toBeUndefined()
    },
  )

  test.each([
    [
      'both a code and an error',
      (url: URL) => url.searchParams.set('error', 'user_denied'),
      'invalid_callback',
    ],
    ['neither', (url: URL) => url.searchParams.delete('code'), 'invalid_callback'],
    ['an empty code', (url: URL) => url.searchParams.set('code', ''), 'invalid_callback'],
    ['two codes', (url: URL) => url.searchParams.append('code', 'x'), 'invalid_callback'],
    ['two states', (url: URL) => url.searchParams.append('state', 'x'), 'invalid_callback'],
    ['an unknown code', (url: URL) => url.searchParams.set('code', 'x'), 'code_refused'],
    ['another state', (url: URL) => url.searchParams.set('state', 'x'), 'state_mismatch'],
  ])('with %s is refused, makes no installation and sets no session', async (_, change, code) => {
    const { browser, fake, install, store } = createWebScene()
    const url = new URL(await fake.approve(await install()))
    change(url)
    const response = await browser.send(url)
    expect(response.status).toBe(400)
    expect(browser.cookieNames.filter((name) => name.includes('session'))).toEqual([])
    expect(await response.text()).toContain(code)
    expect(await store.get(ada)).toBeUndefined()
  })

  test.each([
    ['garbage', 'garbage'],
    ['nothing', ''],
    ['100 kB', 'x'.repeat(100_000)],
    ['a JWE of somebody else', 'eyJhbGciOiJkaXIiLCJlbmMiOiJBMjU2R0NNIn0..AAAA.AAAA.AAAA'],
    ['an unsealed attempt', '{"status":"awaiting_consent"}'],
    ['percent signs', '%E0%A4%A'],
  ])('with a cookie of %s is a wrong state, not a crash', async (_, value) => {
    const { browser, fake, install } = createWebScene()
    const url = await fake.approve(await install())
    for (const name of browser.cookieNames) browser.setCookie(name, value)
    const response = await browser.send(url)
    expect([response.status, await response.text()]).toEqual([400, expect.stringContaining('state_mismatch')])
  })

  test('succeeds by reloading the page after the store was down', async () => {
    const { browser, clock, fake, install, oauth, troubled } = createWebScene()
    const url = await fake.approve(await install())
    troubled.meet('compareAndSet', rejects)
    const failing = browser.send(url)
    await clock.advance(minute)
    const failed = await failing
    expect([failed.status, await failed.text()]).toEqual([503, expect.stringContaining('store_unavailable')])
    troubled.recover()

    expect(locationOf(await browser.send(url))).toBe('/settings?tab=crm')
    expect(fake.tokenRequests().length).toBe(1)
    expect(fake.serverAccepts(await oauth.installation(ada).accessToken())).toBe(true)
  })

  test('succeeds by reloading the page after Pipedrive did not say who the user is', async () => {
    const { browser, clock, fake, install } = createWebScene()
    const url = await fake.approve(await install())
    fake.faults.add({ endpoint: 'api', fault: { type: 'status', status: 503 }, times: 2 })
    const failing = browser.send(url)
    await clock.advance(second)
    expect((await failing).status).toBe(503)
    expect(locationOf(await browser.send(url))).toBe('/settings?tab=crm')
    expect(fake.tokenRequests().length).toBe(1)
  })

  test('succeeds by reloading the page after the token endpoint was down', async () => {
    const { browser, clock, fake, install } = createWebScene()
    const url = await fake.approve(await install())
    fake.faults.add({ endpoint: 'token', fault: { type: 'rate_limited', retryAfterSeconds: 7 }, times: 1 })
    const failing = browser.send(url)
    await clock.advance(second)
    const failed = await failing
    expect([failed.status, failed.headers.get('retry-after')]).toEqual([503, '7'])
    expect(locationOf(await browser.send(url))).toBe('/settings?tab=crm')
  })

  test('F50 asks to wait for a day at most, whatever the token endpoint asks for', async () => {
    const { browser, clock, fake, install } = createWebScene()
    const url = await fake.approve(await install())
    const headers = { 'retry-after': '9'.repeat(400) }
    fake.faults.add({ endpoint: 'token', fault: { type: 'status', status: 429, headers } })
    const failing = browser.send(url)
    await clock.advance(second)
    const failed = await failing
    expect([failed.status, failed.headers.get('retry-after')]).toEqual([503, '86400'])
  })

  test('gives the result to onConnected, and adds the cookies to its answer', async () => {
    const seen: unknown[] = []
    const { browser, fake, install } = createWebScene({
      onConnected(result, request) {
        seen.push(result.installation.id, result.firstTime, result.returnTo, new URL(request.url).pathname)
        return new Response('welcome', { status: 201, headers: { 'set-cookie': 'own=1' } })
      },
    })
    const response = await browser.send(await fake.approve(await install('/x')))
    expect([response.status, await response.text()]).toEqual([201, 'welcome'])
    expect(seen).toEqual([ada, true, '/x', '/pipedrive/callback'])
    expect(cookiesSetBy(response).map(({ name }) => name)).toEqual([
      'own',
      expect.stringContaining('attempt'),
      expect.stringMatching(/^__Host-pd_session_/),
    ])
  })

  test('redirects when onConnected answers nothing, and passes its errors on', async () => {
    const quiet = createWebScene({ onConnected: async () => {} })
    expect(locationOf(await quiet.browser.send(await quiet.fake.approve(await quiet.install('/x'))))).toBe(
      '/x',
    )
    const failing = createWebScene({
      onConnected: () => {
        throw new RangeError('the application failed')
      },
    })
    const url = await failing.fake.approve(await failing.install())
    await expect(failing.browser.send(url)).rejects.toBeInstanceOf(RangeError)
  })

  test('sets no session with a sessionMs of 0, and one as long as it says', async () => {
    const none = createWebScene({ sessionMs: 0 })
    await none.browser.send(await none.fake.approve(await none.install()))
    expect(none.browser.cookieNames.filter((name) => name.includes('session'))).toEqual([])
    const short = createWebScene({ sessionMs: minute })
    const [, session] = cookiesSetBy(
      await short.browser.send(await short.fake.approve(await short.install())),
    )
    expect(session?.maxAge).toBe(60)
    await short.clock.advance(minute - 1)
    expect(await short.oauth.readSession(session!.value!)).toBe(ada)
    await short.clock.advance(1)
    expect(await short.oauth.readSession(session!.value!)).toBeUndefined()
  })

  test.each([
    [1, 1],
    [999, 1],
    [1_000, 1],
    [1_001, 2],
    [0.5, 1],
    [1e25, 34_560_000],
  ])(
    'a session of %d ms is a cookie of %i s, so that no browser drops it early',
    async (sessionMs, maxAge) => {
      const { browser, fake, install } = createWebScene({ sessionMs })
      const [, session] = cookiesSetBy(await browser.send(await fake.approve(await install())))
      expect(session?.maxAge).toBe(maxAge)
    },
  )

  test('an attempt lives until the end of its last second', async () => {
    const { client, origin } = createWebScene()
    const handler = createOAuthHandler(client({ policy: { consentTimeoutMs: 600_001 } }))
    const [attempt] = cookiesSetBy(await new Browser(handler).send(`${origin}/pipedrive/install`))
    expect(attempt?.maxAge).toBe(601 + day / second)
  })
})

describe('a callback without a state, as the Marketplace begins it', () => {
  const createMarketplaceScene = async (missingState?: 'restart' | 'accept' | 'reject') => {
    const scene = createWebScene(missingState === undefined ? {} : { missingState })
    const url = await scene.fake.approve(scene.fake.authorizeUrl())
    return { ...scene, url }
  }

  test('restarts by default: the code is discarded, and the user confirms once more', async () => {
    const { browser, fake, store, url } = await createMarketplaceScene()
    const response = await browser.send(url)
    expect(fake.tokenRequests()).toEqual([])
    expect(await store.get(ada)).toBeUndefined()
    const done = await browser.send(await fake.approve(locationOf(response)))
    expect([locationOf(done), (await store.get(ada)) !== undefined]).toEqual(['/', true])
  })

  test('is accepted where the application says so', async () => {
    const { browser, oauth, url } = await createMarketplaceScene('accept')
    const response = await browser.send(url)
    expect(locationOf(response)).toBe('/')
    expect(cookiesSetBy(response).map(({ name }) => name)).toEqual([
      expect.stringMatching(/^__Host-pd_session_/),
    ])
    expect((await oauth.installation(ada).describe())?.status).toBe('active')
  })

  test('is accepted only without a state, not with a wrong one', async () => {
    const { browser, fake, handler, store, url } = await createMarketplaceScene('accept')
    expect((await browser.send(`${url}&state=guessed`)).status).toBe(400)
    const [stranger] = [new Browser(handler)]
    expect((await stranger.send(await fake.approve(fake.authorizeUrl({ state: 'x' })))).status).toBe(400)
    expect(await store.get(ada)).toBeUndefined()
  })

  test('is an error where the application says so', async () => {
    const { browser, fake, url } = await createMarketplaceScene('reject')
    const response = await browser.send(url)
    expect([response.status, await response.text()]).toEqual([400, expect.stringContaining('state_mismatch')])
    expect(fake.tokenRequests()).toEqual([])
  })

  test.each(['restart', 'accept', 'reject'] as const)(
    'is a refusal, not a loop, if it carries an error (%s)',
    async (way) => {
      const { browser, fake } = await createMarketplaceScene(way)
      const response = await browser.send(fake.deny(fake.authorizeUrl()))
      expect([400, 403]).toContain(response.status)
    },
  )
})
