import { inspect } from 'node:util'
import { Hono } from 'hono'
import { bodyLimit } from 'hono/body-limit'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { pipedriveAuth } from '../src/index.ts'
import { Browser, createScene, locationOf } from './scene.ts'

const lines: string[] = []
beforeEach(() => {
  lines.length = 0
  for (const method of ['log', 'info', 'warn', 'error', 'debug'] as const)
    vi.spyOn(console, method).mockImplementation(
      (...values: unknown[]) => void lines.push(inspect(values, { depth: 9 })),
    )
})
afterEach(() => void vi.restoreAllMocks())

/** A connected user, and a check that he still is and that nothing secret was said. */
async function createBadScene() {
  const scene = createScene()
  const { fake, oauth, events } = scene
  const { routes, requireInstallation, onError } = pipedriveAuth(oauth)
  const app = new Hono()
    .route('/pipedrive', routes)
    .get('/deals', requireInstallation(), async (c) =>
      c.json(await c.var.installation.api<object>('/api/v2/deals')),
    )
  app.onError(onError)
  const user = new Browser(app)
  await user.connect(fake)
  const nothingIsLost = async (responses: readonly Response[]) => {
    expect((await user.data('/deals')).status).toBe(200)
    const said = [...lines, inspect(events, { depth: 9 })]
    for (const response of responses) said.push(inspect(response.headers), await response.text())
    const { accessTokens, refreshToken } = fake.installations()[0]!
    for (const secret of [fake.app.clientSecret, refreshToken, ...accessTokens, 'attackers-secret'])
      expect(said.join('\n')).not.toContain(secret)
  }
  return { ...scene, app, user, nothingIsLost }
}

describe('a session cookie', () => {
  const nameIn = (cookies: string) => /pd_session_\w+/.exec(cookies)![0]
  const wrong: Record<string, (good: string) => string> = {
    'that is empty': (good) => `${nameIn(good)}=`,
    'that is no cookie at all': (good) => `;;;=;${nameIn(good)}`,
    'of another secret': (good) => `${nameIn(good)}=eyJhbGciOiJkaXIifQ..attackers-secret.x.y`,
    'with another end': (good) => good.replace(/(pd_session_\w+=[^;]*)[^;]{4}/, '$1AAAA'),
    'with bytes that are none': (good) => `${nameIn(good)}=%E0%A4%A`,
    'of 60 kB': (good) => `${nameIn(good)}=${'attackers-secret'.repeat(4_000)}`,
  }
  test.each(Object.keys(wrong))('%s is nobody’s', async (name) => {
    const { app, nothingIsLost, user } = await createBadScene()
    const cookie = wrong[name]!(user.cookies)
    const response = await app.request('/deals', { headers: { cookie } })
    expect(response.status).toBe(401)
    await nothingIsLost([response])
  })
})

describe('an extension token', () => {
  test.each(['', 'a.b.c', 'attackers-secret', 'x'.repeat(50_000), '%00'])(
    '%.20s… is nobody’s',
    async (token) => {
      const { app, nothingIsLost } = await createBadScene()
      const response = await app.request(`/deals?token=${token}`)
      expect(response.status).toBe(401)
      await nothingIsLost([response])
    },
  )
})

test.each([
  'https://evil.example/',
  '//evil.example',
  '/\\evil.example',
  'javascript:alert(1)',
  '/a\r\nset-cookie: x=y',
])('install refuses to come back to %j', async (returnTo) => {
  const { nothingIsLost, user } = await createBadScene()
  const response = await user.send(`/pipedrive/install?${new URLSearchParams({ returnTo })}`)
  expect([response.status, response.headers.get('location')]).toEqual([403, null])
  await nothingIsLost([response])
})

describe('a callback', () => {
  test.each([
    ['without anything', '', 302],
    ['with a state of nobody’s', '?code=attackers-secret&state=none', 400],
    ['with code and refusal at once', '?code=attackers-secret&error=x&state=none', 400],
    ['with two codes', '?code=attackers-secret&code=2&state=none', 400],
  ])('%s is refused, or begun anew', async (_, query, status) => {
    const { nothingIsLost, user } = await createBadScene()
    const response = await user.send(`/pipedrive/callback${query}`)
    expect(response.status).toBe(status)
    if (status === 302) expect(locationOf(response)).toContain('/oauth/authorize')
    await nothingIsLost([response])
  })
})

describe('an uninstall notice', () => {
  const basic = (text: string) => `Basic ${btoa(text)}`
  test.each([
    ['without credentials', undefined, '{}', 401],
    ['with wrong credentials', basic('fake-client-id:attackers-secret'), '{}', 401],
    ['with credentials that are none', 'Basic %%%', '{}', 401],
    ['with a body that is not JSON', 'own', 'company_id=1001&user_id=11', 400],
    ['with a body that is no notice', 'own', '[1, 2, 3]', 400],
    ['for another app', 'own', '{"client_id":"other","company_id":1001,"user_id":11}', 400],
    ['of a megabyte', 'own', `{"company_id":1001,"user_id":11,"x":"${'x'.repeat(1_000_000)}"}`, 400],
  ])('%s is refused', async (_, authorization, body, status) => {
    const { app, fake, nothingIsLost } = await createBadScene()
    const own = basic(`${fake.app.clientId}:${fake.app.clientSecret}`)
    const headers =
      authorization === undefined ? {} : { authorization: authorization === 'own' ? own : authorization }
    const response = await app.request('/pipedrive/callback', { method: 'DELETE', headers, body })
    expect(response.status).toBe(status)
    await nothingIsLost([response])
  })

  test.each([
    ['has read it without `c.req`', undefined],
    ['has seen it break off', new Error('aborted')],
  ])('F75 is refused behind a middleware that %s', async (_, reason) => {
    const { fake, oauth } = createScene()
    const app = new Hono()
      .use(async (c, next) => {
        await (reason ? c.req : c.req.raw).text().catch(() => {})
        await next()
      })
      .route('/pipedrive', pipedriveAuth(oauth).routes)
    await new Browser(app).connect(fake)
    const { request } = await fake.uninstall()
    const body = new ReadableStream({ start: (controller) => controller.error(reason) })
    const { url, method, headers } = request
    const broken = new Request(url, { method, headers, body, duplex: 'half' } as RequestInit)
    expect((await app.request(reason ? broken : request)).status).toBe(400)
    expect(await oauth.installation('1001:11').describe()).toBeDefined()
  })

  test('is read also behind a middleware that has read its body', async () => {
    const { fake, oauth } = createScene()
    const app = new Hono()
      .use(bodyLimit({ maxSize: 10_000 }))
      .use(async (c, next) => {
        await c.req.text()
        await next()
      })
      .route('/pipedrive', pipedriveAuth(oauth).routes)
    await new Browser(app).connect(fake)
    const { request } = await fake.uninstall()
    expect((await app.request(request)).status).toBe(200)
    expect(await oauth.installation('1001:11').describe()).toBeUndefined()
  })
})

test.each([
  ['PUT', '/pipedrive/callback'],
  ['POST', '/pipedrive/install'],
  ['GET', '/pipedrive/disconnect'],
])('%s %s is not allowed', async (method, path) => {
  const { nothingIsLost, user } = await createBadScene()
  const response = await user.send(path, { method })
  expect(response.status).toBe(405)
  await nothingIsLost([response])
})
