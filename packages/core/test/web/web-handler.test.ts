import { describe, expect, test } from 'vitest'
import { createOAuthHandler, installationFor, type PipedriveOAuth, type WebOptions } from '../../src/index.ts'
import { identifyRequest, oauthPaths } from '../../src/adapter.ts'
import { parseSetCookie } from 'cookie'
import { OAuthCookies } from '../../src/web/oauth-cookies.ts'
import { Browser, cookiesSetBy, locationOf } from './browser.ts'
import { ada, createScene, hour, second } from '../flow/scene.ts'

const origin = 'https://app.example.com'
const redirectUri = `${origin}/pipedrive/callback`
const disconnectUrl = `${origin}/pipedrive/disconnect`
const own = { origin, accept: 'application/json' }

function sessionName(oauth: PipedriveOAuth): string {
  return parseSetCookie(new OAuthCookies(oauth).clearSession()).name
}

/** A browser that has connected. */
async function createConnectedScene(options: WebOptions = {}) {
  const scene = createScene({ redirectUri })
  const oauth = scene.client()
  const handler = createOAuthHandler(oauth, options)
  const browser = new Browser(handler)
  const begun = await browser.send(`${origin}/pipedrive/install`)
  await browser.send(await scene.fake.approve(locationOf(begun)))
  return { ...scene, browser, handler, oauth }
}

describe('the handler', () => {
  test.each([
    '/',
    '/pipedrive',
    '/pipedrive/',
    '/pipedrive/callback/',
    '/pipedrive/callbacks',
    '/callback',
    '/x/pipedrive/install',
  ])('leaves %s to the application', async (path) => {
    const { handler } = await createConnectedScene()
    expect(await handler(new Request(`${origin}${path}`))).toBeUndefined()
  })

  test.each([
    ['install', 'POST', 'GET, HEAD'],
    ['install', 'DELETE', 'GET, HEAD'],
    ['callback', 'PUT', 'GET, HEAD, POST, DELETE'],
    ['callback', 'PATCH', 'GET, HEAD, POST, DELETE'],
    ['disconnect', 'GET', 'POST'],
    ['disconnect', 'DELETE', 'POST'],
    ['disconnect', 'HEAD', 'POST'],
    ['logout', 'GET', 'POST'],
  ])('answers %s with %s: not allowed', async (path, method, allow) => {
    const { browser, store } = await createConnectedScene()
    const response = await browser.send(`${origin}/pipedrive/${path}`, { method, headers: own })
    expect([response.status, response.headers.get('allow')]).toEqual([405, allow])
    expect(await store.get(ada)).toBeDefined()
  })

  test('shows the install link in a frame as a page that opens it in a tab, and begins no attempt', async () => {
    const { browser } = await createConnectedScene()
    const path = '/pipedrive/install?returnTo=%2Fpanel%3Fdeal%3D7'
    const page = await browser.send(origin + path, { headers: { 'sec-fetch-dest': 'iframe' } })
    expect([page.status, page.headers.getSetCookie()]).toEqual([200, []])
    expect(page.headers.get('content-security-policy')).toContain('frame-ancestors https://*.pipedrive.com')
    const link = /<a href="([^"]+)" target="_blank"/.exec(await page.text())?.[1] ?? ''
    expect(link.replaceAll('&#38;', '&')).toBe(origin + path)
    expect(locationOf(await browser.send(link))).toContain('/oauth/authorize')
  })

  test('answers what installationFor() throws, and throws what is not of this library', async () => {
    const { handler, oauth } = await createConnectedScene({
      onMissing: ({ code }, request) => new Response(`${code} at ${new URL(request.url).pathname}`),
    })
    const request = new Request(`${origin}/deals`)
    const error: unknown = await installationFor(oauth, request).catch((reason: unknown) => reason)
    expect(await (await handler.answer(error, request)).text()).toBe('not_signed_in at /deals')
    const plain = await createOAuthHandler(oauth).answer(error, request)
    expect([plain.status, await plain.json()]).toMatchObject([
      401,
      { install: `${origin}/pipedrive/install` },
    ])
    await expect(handler.answer(new RangeError('own'), request)).rejects.toThrow(RangeError)
  })

  test('has its paths beside the callback, or below a callback of another name', () => {
    expect(oauthPaths('https://a.example/callback')).toEqual({
      install: '/install',
      callback: '/callback',
      disconnect: '/disconnect',
      logout: '/logout',
    })
    expect(oauthPaths('https://a.example/oauth/done')).toEqual({
      install: '/oauth/done/install',
      callback: '/oauth/done',
      disconnect: '/oauth/done/disconnect',
      logout: '/oauth/done/logout',
    })
  })

  test('shows errors as a page to a browser and as JSON to a program', async () => {
    const { handler } = await createConnectedScene()
    const asked = (accept: string) =>
      handler(new Request(`${redirectUri}?state=x&code=y`, { headers: { accept } }))
    const page = await asked('text/html,application/xhtml+xml')
    expect(page?.headers.get('content-type')).toBe('text/html; charset=utf-8')
    expect(page?.headers.get('content-security-policy')).toContain("default-src 'none'")
    expect(await page?.text()).toContain('<code>state_mismatch</code>')
    for (const accept of ['application/json', '*/*']) {
      const json = await asked(accept)
      expect(await json?.json()).toEqual({ code: 'state_mismatch', message: expect.any(String) })
      expect([json?.status, json?.headers.get('cache-control')]).toEqual([400, 'no-store'])
    }
  })

  test('shows a refusal without what an attacker put into its address', async () => {
    const { browser, fake, oauth } = await createConnectedScene()
    const returnTo = `/"><script>alert(1)</script>'&`
    const { url, state, attempt } = await oauth.authorize({ returnTo }).catch(() => oauth.authorize())
    const begun = new Request(origin)
    const [cookie = ''] = new OAuthCookies(oauth).attempts(begun, [{ state, attempt }], hour)
    browser.setCookie(parseSetCookie(cookie).name, attempt)
    const response = await browser.send(`${fake.deny(url)}&x=<script>alert(2)</script>`)
    const page = await response.text()
    expect(response.status).toBe(403)
    expect(page).not.toMatch(/<script|alert\(\d\)<|"><script/)
  })
})

describe('DELETE and POST …/callback', () => {
  test('carry out Pipedrive’s notices', async () => {
    const { fake, handler, happened, store } = await createConnectedScene({ sharingNotices: true })
    const shared = await handler(fake.share())
    expect([shared?.status, happened().at(-1)]).toEqual([200, 'sharing_changed'])
    const { response } = await fake.uninstall(undefined, {
      deliver: async (request) => (await handler(request))!,
    })
    expect(response?.status).toBe(200)
    expect(await store.get(ada)).toBeUndefined()
    const again = await handler(fake.uninstallNotice())
    expect(again?.status).toBe(200)
    for (const answer of [shared, again]) expect(await answer?.json()).toEqual({ success: true })
  })

  test('refuse what is not Pipedrive’s', async () => {
    const { fake, handler, store } = await createConnectedScene({ sharingNotices: true })
    const notice = fake.uninstallNotice()
    const bare = new Request(redirectUri, { method: 'DELETE', body: await notice.clone().text() })
    expect((await handler(bare))?.status).toBe(401)
    const headers = { authorization: notice.headers.get('authorization')! }
    expect((await handler(new Request(redirectUri, { method: 'DELETE', headers, body: '{}' })))?.status).toBe(
      400,
    )
    expect((await handler(new Request(redirectUri, { method: 'POST', body: 'hello' })))?.status).toBe(400)
    expect(await store.get(ada)).toBeDefined()
  })
})

describe('POST …/disconnect', () => {
  test('from a page of our own ends the installation and the session', async () => {
    const { browser, fake, store } = await createConnectedScene()
    const response = await browser.send(disconnectUrl, { method: 'POST', headers: own })
    expect(response.status).toBe(204)
    expect(cookiesSetBy(response)).toMatchObject([
      { name: expect.stringMatching(/^__Host-pd_session_/), value: '', maxAge: 0 },
      { name: expect.stringMatching(/^__Host-pd_attempt_/), value: '', maxAge: 0 },
    ])
    expect([fake.installations(), await store.get(ada)]).toEqual([[], undefined])
  })

  test.each([
    ['/goodbye', '/goodbye'],
    ['//evil.example', '/'],
    ['https://evil.example', '/'],
    [undefined, '/'],
  ])('from a browser’s form returns to %s: %s', async (returnTo, location) => {
    const { browser } = await createConnectedScene()
    const query = returnTo === undefined ? '' : `?${new URLSearchParams({ returnTo })}`
    const response = await browser.send(`${disconnectUrl}${query}`, { method: 'POST', headers: { origin } })
    expect([response.status, locationOf(response)]).toEqual([302, location])
  })

  test.each([
    ['another origin', { origin: 'https://evil.example' }],
    ['an origin that looks alike', { origin: 'https://app.example.com.evil.example' }],
    ['the same host on http', { origin: 'http://app.example.com' }],
    ['a null origin', { origin: 'null' }],
    ['no origin at all', {}],
    ['a cross-site request', { 'sec-fetch-site': 'cross-site', origin }],
    ['a same-site request', { 'sec-fetch-site': 'same-site', origin }],
    ['a request that the user typed', { 'sec-fetch-site': 'none' }],
  ])('from %s is refused', async (_, headers) => {
    const { browser, fake, store } = await createConnectedScene()
    const response = await browser.send(disconnectUrl, {
      method: 'POST',
      headers: { accept: 'application/json', ...headers },
    })
    expect([response.status, await response.json()]).toMatchObject([403, { code: 'cross_site_request' }])
    expect([fake.installations().length, (await store.get(ada)) !== undefined]).toEqual([1, true])
  })

  test('goes by Sec-Fetch-Site where the browser sends it', async () => {
    const { browser } = await createConnectedScene()
    const headers = { ...own, 'sec-fetch-site': 'same-origin' }
    expect((await browser.send(disconnectUrl, { method: 'POST', headers })).status).toBe(204)
  })

  test('without an installation is a 401', async () => {
    const { handler, store } = await createConnectedScene()
    const response = await new Browser(handler).send(disconnectUrl, { method: 'POST', headers: own })
    expect([response.status, await response.json()]).toMatchObject([401, { code: 'not_signed_in' }])
    expect(await store.get(ada)).toBeDefined()
  })

  test('keeps the session when Pipedrive is down, so that it can be tried again', async () => {
    const { browser, clock, fake } = await createConnectedScene()
    fake.faults.add({ endpoint: 'revoke', fault: { type: 'reset' }, times: 2 })
    const failing = browser.send(disconnectUrl, { method: 'POST', headers: own })
    await clock.advance(second)
    const failed = await failing
    expect([failed.status, failed.headers.getSetCookie()]).toEqual([503, []])
    expect((await browser.send(disconnectUrl, { method: 'POST', headers: own })).status).toBe(204)
  })

  test('asks identify for the installation, if the application gives it', async () => {
    const { connect, handler: _, oauth, store } = await createConnectedScene()
    await connect(oauth, '1002:21')
    const handler = createOAuthHandler(oauth, { identify: async () => '1002:21' as const })
    await new Browser(handler).send(disconnectUrl, { method: 'POST', headers: own })
    expect([await store.get('1002:21'), (await store.get(ada)) !== undefined]).toEqual([undefined, true])
    const nobody = createOAuthHandler(oauth, { identify: () => undefined })
    expect((await new Browser(nobody).send(disconnectUrl, { method: 'POST', headers: own })).status).toBe(401)
  })
})

describe('identifyRequest()', () => {
  const request = (path: string, cookie = '') => new Request(`${origin}${path}`, { headers: { cookie } })

  test('finds the installation by the session cookie until it expires', async () => {
    const { browser, clock, oauth } = await createConnectedScene({ sessionMs: hour })
    expect(await identifyRequest(oauth, request('/deals', browser.cookies))).toBe(ada)
    expect(await identifyRequest(oauth, request('/deals'))).toBeUndefined()
    await clock.advance(hour)
    expect(await identifyRequest(oauth, request('/deals', browser.cookies))).toBeUndefined()
  })

  test('accepts no unsigned parameter and no token of another secret', async () => {
    const { fake, oauth } = await createConnectedScene()
    expect(await identifyRequest(oauth, request('/panel?userId=11&companyId=1001'))).toBeUndefined()
    const token = await fake.extensionToken(undefined, { secret: 'the-secret-of-the-panel' })
    const page = `/panel?${new URLSearchParams({ token })}`
    expect(await identifyRequest(oauth, request(page))).toBeUndefined()
    const options = { extensionSecrets: ['the-secret-of-the-panel'] }
    expect(await identifyRequest(oauth, request(page), options)).toBe(ada)
  })

  test.each(['garbage', '', '%', 'a.b.c.d.e'])(
    'returns undefined for a session cookie of "%s"',
    async (value) => {
      const { oauth } = await createConnectedScene()
      expect(
        await identifyRequest(oauth, request('/deals', `${sessionName(oauth)}=${value}`)),
      ).toBeUndefined()
    },
  )

  test('accepts neither an attempt nor the cookie name of plain http as a session', async () => {
    const { browser, oauth } = await createConnectedScene()
    const session = /__Host-pd_session_\w+=([^;]+)/.exec(browser.cookies)![1]!
    const attempt = /__Host-pd_attempt_[^=]+=([^;]+)/.exec(browser.cookies)![1]!
    expect(
      await identifyRequest(oauth, request('/', `${sessionName(oauth).replace('__Host-', '')}=${session}`)),
    ).toBeUndefined()
    expect(await identifyRequest(oauth, request('/', `${sessionName(oauth)}=${attempt}`))).toBeUndefined()
  })
})

describe('sharing notices', () => {
  test('F75 are answered and ignored unless the application asks for them', async () => {
    const { events, fake, handler, oauth } = await createConnectedScene()
    const before = events.length
    for (const body of [fake.share(), new Request(redirectUri, { method: 'POST', body: 'hello' })])
      expect((await handler(body))?.status).toBe(200)
    const asked = createOAuthHandler(oauth, { sharingNotices: false })
    expect((await asked(fake.share()))?.status).toBe(200)
    expect(events.length).toBe(before)
  })
})
