import type { IncomingMessage } from 'node:http'
import type { Express, Request, Response } from 'express'
import { CallbackError, TokenEndpointError, type InstallationId, type WebOptions } from '@pd/oauth-core'
import { describe, expect, test } from 'vitest'
import { pipedriveAuth, type ExpressContext } from '../../src/express/index.ts'
import { rawRequest } from '@pd/test-support/raw-request'
import { serveExpress } from '../servers.ts'
import { browse, connectUser, createScene, hour, locationOf, publicOrigin, versions } from './scene.ts'

const install = `${publicOrigin}/pipedrive/install`
/** The name of the session cookie of the fake's own app. */
const ownSession = 'pd_session_8ccieuds'

describe.each(versions)('%s', (_version, make) => {
  type Scene = ReturnType<typeof createScene>

  function createApp({ oauth }: Scene): Express {
    const { routes, requireInstallation, onError } = pipedriveAuth(oauth)
    const app = make()
    app.use(routes)
    app.all('/deals', requireInstallation(), (req, res, next) => {
      const { installation } = req
      const same = res.locals.installation === installation
      void installation
        .api<{ data: object[] }>('/api/v2/deals')
        .then(({ data }) => res.json({ id: installation.id, deals: data.length, same }), next)
    })
    app.use(onError)
    return app
  }

  async function connectedScene() {
    const scene = createScene()
    const app = createApp(scene)
    const user = await browse(app)
    await connectUser(user, scene.fake)
    return { ...scene, app, user }
  }

  test('a user connects, comes back to where he was going, reads, and disconnects', async () => {
    const scene = createScene()
    const user = await browse(createApp(scene))
    expect(locationOf(await connectUser(user, scene.fake, '/deals?page=2'))).toBe('/deals?page=2')
    expect(await (await user.data('/deals')).json()).toEqual({
      id: '1001:11',
      deals: expect.any(Number),
      same: true,
    })

    const disconnect = (headers: Record<string, string>) =>
      user.send('/pipedrive/disconnect', { method: 'POST', headers })
    expect((await disconnect({ origin: 'https://evil.example' })).status).toBe(403)
    expect((await disconnect({ 'sec-fetch-site': 'same-origin' })).status).toBe(204)
    expect(await scene.oauth.installation('1001:11').describe()).toBeUndefined()
  })

  test('TRACE, which no Request can have, is refused, and the server goes on', async () => {
    const scene = createScene()
    const app = createApp(scene)
    app.use('/trouble', (_req, _res, next) => next(new TokenEndpointError('token_endpoint_unavailable')))
    app.use(pipedriveAuth(scene.oauth).onError)
    const origin = await serveExpress(app, async (_req, _res, next) => next?.())
    const trace = (path: string) => rawRequest(origin, [`TRACE ${path} HTTP/1.1`, 'Host: localhost'])
    expect(await trace('/deals')).toMatch(/^HTTP\/1.1 400/)
    expect(await trace('/trouble')).toMatch(/^HTTP\/1.1 503[^]*token_endpoint_unavailable/)
    expect(await trace('/pipedrive/callback')).toMatch(/^HTTP\/1.1 404/)
    expect((await fetch(`${origin}/deals`)).status).toBe(401)
  })

  test('F22 two tabs connect at once, and both complete', async () => {
    const scene = createScene()
    const user = await browse(createApp(scene))
    const begun = await Promise.all([user.page('/pipedrive/install'), user.page('/pipedrive/install')])
    for (const tab of begun.toReversed())
      expect((await user.page(await scene.fake.approve(locationOf(tab)))).status).toBe(302)
    expect((await user.data('/deals')).status).toBe(200)
  })

  test('F23 a callback that is asked for again ends in the same place', async () => {
    const scene = createScene()
    const user = await browse(createApp(scene))
    const callback = await scene.fake.approve(
      locationOf(await user.page('/pipedrive/install?returnTo=/here')),
    )
    for (const _time of [1, 2]) expect(locationOf(await user.page(callback))).toBe('/here')
    expect(scene.fake.tokenRequests()).toHaveLength(1)
  })

  test('an uninstall notice arrives, also with express.json() in front', async () => {
    const scene = createScene()
    const app = make()
    app.use(make.json())
    app.use(pipedriveAuth(scene.oauth).routes)
    const user = await browse(app)
    await connectUser(user, scene.fake)
    const { request } = await scene.fake.uninstall()
    const response = await user.send(scene.oauth.redirectUri, {
      method: 'DELETE',
      headers: {
        authorization: request.headers.get('authorization') ?? '',
        'content-type': 'application/json',
      },
      body: await request.text(),
    })
    expect(response.status).toBe(200)
    expect(await scene.oauth.installation('1001:11').describe()).toBeUndefined()
  })

  test('routes of the application behind it keep their bodies', async () => {
    const { oauth } = createScene()
    const app = make()
    app.use(pipedriveAuth(oauth).routes)
    app.use(make.json())
    app.post('/notes', (req, res) => void res.json(req.body))
    const user = await browse(app)
    const headers = { 'content-type': 'application/json' }
    const response = await user.send('/notes', { method: 'POST', headers, body: '{"a":1}' })
    expect(await response.json()).toEqual({ a: 1 })
  })

  test('no Host and no proxy decides anything, and the paths of the flow count in any spelling', async () => {
    const { oauth } = createScene()
    const app = make()
    app.set('trust proxy', true)
    const { routes, requireInstallation } = pipedriveAuth(oauth)
    app.get('/deals', requireInstallation())
    app.use(routes)
    app.use((_req, res) => void res.send('own'))
    const user = await browse(app)
    const headers = { 'x-forwarded-host': 'a b' }
    expect(await (await user.send('/notes', { headers })).text()).toBe('own')
    expect((await user.send('/pipedrive/install', { headers })).status).toBe(302)
    expect(await (await user.send('/deals', { headers })).json()).toMatchObject({ install })
    expect((await user.send('/pipedrive/x/%2e%2e/install?returnTo=/')).status).toBe(302)
  })

  test.each([
    ['at the path of the callback', '/pipedrive'],
    ['everywhere', '/'],
  ])('the flow works mounted %s', async (_where, path) => {
    const { fake, oauth } = createScene()
    const app = make()
    app.use(path, pipedriveAuth(oauth).routes)
    expect(locationOf(await connectUser(await browse(app), fake))).toBe('/deals')
  })

  describe('onConnected', () => {
    test('answers as Express does, and the session cookie goes along with its own', async () => {
      const { fake, oauth } = createScene()
      const app = make()
      const { routes } = pipedriveAuth(oauth, {
        onConnected({ account, firstTime }, _request, { req, res }: ExpressContext<Request, Response>) {
          res.cookie('theme', 'dark').status(201).send(`${req.path} ${account.companyId} ${firstTime}`)
        },
      })
      app.use(routes)
      const response = await connectUser(await browse(app), fake)
      expect([response.status, await response.text()]).toEqual([201, '/pipedrive/callback 1001 true'])
      const cookies = response.headers.getSetCookie().map((cookie) => cookie.split('=')[0])
      expect(cookies.toSorted()).toEqual([expect.stringMatching(/^pd_attempt_/), ownSession, 'theme'])
    })

    test('may return a Response, which gets the session cookie, too', async () => {
      const { fake, oauth } = createScene()
      const app = make()
      const { routes } = pipedriveAuth(oauth, {
        onConnected: async ({ account }, request) =>
          new Response(`${new URL(request.url).origin} ${account.userId}`, {
            status: 201,
            headers: { 'set-cookie': 'theme=dark' },
          }),
      })
      app.use(routes)
      const response = await connectUser(await browse(app), fake)
      expect([response.status, await response.text()]).toEqual([201, `${publicOrigin} 11`])
      expect(response.headers.getSetCookie()).toHaveLength(3)
    })

    test('that only takes note leaves the redirect as it is, each cookie once', async () => {
      const { fake, oauth } = createScene()
      const noted: string[] = []
      const app = make()
      const { routes } = pipedriveAuth(oauth, {
        onConnected: ({ installation }) => void noted.push(installation.id),
      })
      app.use(routes)
      const response = await connectUser(await browse(app), fake, '/here')
      expect([noted, locationOf(response)]).toEqual([['1001:11'], '/here'])
      expect(response.headers.getSetCookie()).toHaveLength(2)
    })

    test('gets the name that referenceOf read from the request of Express', async () => {
      const { fake, oauth } = createScene()
      const names: unknown[] = []
      const app = make()
      const { routes } = pipedriveAuth(oauth, {
        referenceOf: (_request, { req }) => `tenant of ${req.headers.host}`,
        onConnected: ({ reference }) => void names.push(reference),
      })
      app.use(routes)
      await connectUser(await browse(app), fake)
      expect(names).toEqual([expect.stringMatching(/^tenant of 127\.0\.0\.1:/)])
    })

    test('that fails is the application’s own error', async () => {
      const { fake, oauth } = createScene()
      const app = make()
      const { routes } = pipedriveAuth(oauth, {
        onConnected() {
          throw new Error('the database of the app')
        },
      })
      app.use(routes)
      app.use((error: Error, _req: unknown, res: Response, _next: unknown) => {
        res.status(418).send(error.message)
      })
      const response = await connectUser(await browse(app), fake)
      expect([response.status, await response.text()]).toEqual([418, 'the database of the app'])
    })
  })

  describe('around the application', () => {
    test('F59 the guard on everything before the routes lets them pass, the uninstall notice included', async () => {
      const { fake, oauth } = createScene()
      const { routes, requireInstallation, onError } = pipedriveAuth(oauth)
      const app = make()
      app.use(requireInstallation())
      app.use(routes)
      app.get('/deals', (req, res) => void res.send(req.installation?.id))
      app.use(onError)
      const user = await browse(app)
      const begun = await user.page(locationOf(await user.page('/deals')))
      expect(locationOf(await user.page(await fake.approve(locationOf(begun))))).toBe('/deals')
      expect(await (await user.page('/deals')).text()).toBe('1001:11')
      const { request } = await fake.uninstall()
      const { headers } = request
      const notice = await user.send(request.url, { method: 'DELETE', headers, body: await request.text() })
      expect([notice.status, await oauth.installation('1001:11').describe()]).toEqual([200, undefined])
    })

    test('F60 behind a proxy that strips a prefix every address that leaves is the public one', async () => {
      const publicUri = 'https://app.example.com/crm/pipedrive/callback'
      const { fake, oauth } = createScene({ redirectUri: publicUri }, { redirectUri: publicUri })
      const { routes, requireInstallation, onError } = pipedriveAuth(oauth, { path: '/pipedrive' })
      const app = make()
      app.use(routes)
      app.get('/deals', requireInstallation(), (req, res) => void res.send(req.installation.id))
      app.use('/trouble', (_req, _res, next) => next(new CallbackError('attempt_expired')))
      app.use(onError)
      const user = await browse(app, publicUri)
      /** What the proxy does. */
      const inside = (address: string) => new URL(address, publicUri).href.replace('/crm/', '/')
      const install = locationOf(await user.page('/deals?page=2'))
      expect(install).toBe('https://app.example.com/crm/pipedrive/install?returnTo=%2Fcrm%2Fdeals%3Fpage%3D2')
      const consent = locationOf(await user.page(inside(install)))
      expect(new URL(consent).searchParams.get('redirect_uri')).toBe(publicUri)
      const back = locationOf(await user.page(inside(await fake.approve(consent))))
      expect(back).toBe('/crm/deals?page=2')
      expect(await (await user.page(inside(back))).text()).toBe('1001:11')
      expect((await user.page('/crm/pipedrive/install')).status).toBe(404)
      expect(await (await user.page('/trouble')).text()).toContain('/crm/pipedrive/install')
    })

    test('F61 all that it sends keeps cookies and headers that others have set', async () => {
      const { fake, oauth } = createScene()
      const { routes, requireInstallation, onError } = pipedriveAuth(oauth)
      const app = make()
      app.use((_req, res, next) => {
        res.append('set-cookie', 'theirs=1; Path=/').append('set-cookie', `${ownSession}=theirs; Path=/`)
        res.set({ vary: 'origin', 'x-request-id': 'abc' })
        next()
      })
      app.use(routes)
      app.get('/deals', requireInstallation(), (req, res) => void res.send(req.installation.id))
      app.use('/trouble', (_req, _res, next) => next(new TokenEndpointError('token_endpoint_unavailable')))
      app.use(onError)
      const user = await browse(app)
      const begun = await user.page('/pipedrive/install')
      const back = await user.page(await fake.approve(locationOf(begun)))
      const answers = [begun, back, await (await browse(app)).page('/deals'), await user.data('/trouble')]
      expect(answers.map(({ status }) => status)).toEqual([302, 302, 302, 503])
      for (const { headers } of answers) {
        expect(headers.getSetCookie()).toContain('theirs=1; Path=/')
        expect([headers.get('vary'), headers.get('x-request-id')]).toEqual(['origin', 'abc'])
      }
      const sessions = back.headers.getSetCookie().filter((cookie) => cookie.startsWith(`${ownSession}=`))
      expect(sessions).toEqual([expect.not.stringContaining('=theirs')])
    })

    test('options are given once and checked at once: unknown names and wrong values', () => {
      const { oauth } = createScene()
      const options = { missingState: 'acept', sessionMs: -1, trustProxy: true, identify: 'ada' }
      expect(() => pipedriveAuth(oauth, options as object)).toThrow(
        expect.objectContaining({
          code: 'invalid_configuration',
          problems: [
            'trustProxy is not a known option',
            'missingState must be restart, accept or reject',
            'sessionMs must be a number of milliseconds, 0 or more',
            'identify must be a function',
          ],
        }),
      )
    })

    test('scopes that are missing lead to consent, and scripts hear which', async () => {
      const { fake, oauth } = createScene()
      const { routes, requireInstallation } = pipedriveAuth(oauth)
      const app = make()
      app.use(routes)
      app.get('/webhooks', requireInstallation({ scopes: ['admin'] }), (_req, res) => void res.send('never'))
      const user = await browse(app)
      await connectUser(user, fake)
      const response = await user.data('/webhooks')
      expect([response.status, await response.json()]).toEqual([
        403,
        { code: 'scopes_missing', message: expect.any(String), install, missingScopes: ['admin'] },
      ])
    })
  })

  describe('a request of somebody connected', () => {
    test('F01 many at once with an expired token share one token request', async () => {
      const { clock, refreshes, user } = await connectedScene()
      await clock.advance(2 * hour)
      const responses = await Promise.all(Array.from({ length: 20 }, () => user.data('/deals')))
      expect([responses.every(({ status }) => status === 200), refreshes()]).toEqual([true, 1])
    })

    test('is known by the signed token of an extension page, by that extension’s own secret', async () => {
      const { fake, oauth } = await connectedScene()
      const secret = 'the secret of one panel'
      const panel = make()
      const { routes, requireInstallation } = pipedriveAuth(oauth, { extensionSecrets: [secret] })
      panel.use(routes)
      panel.get('/panel', requireInstallation(), (req, res) => void res.send(req.installation.id))
      const guest = await browse(panel)
      expect(
        await (await guest.data(`/panel?token=${await fake.extensionToken('1001:11', { secret })}`)).text(),
      ).toBe('1001:11')
      expect((await guest.data(`/panel?token=${await fake.extensionToken()}`)).status).toBe(401)
      // The same secret counts for a disconnect.
      const token = await fake.extensionToken('1001:11', { secret })
      const headers = { 'sec-fetch-site': 'same-origin' }
      const ended = await guest.send(`/pipedrive/disconnect?token=${token}`, { method: 'POST', headers })
      expect([ended.status, await oauth.installation('1001:11').describe()]).toEqual([204, undefined])
    })

    test('is known as the application says', async () => {
      const { oauth } = await connectedScene()
      const app = make()
      app.use((req, _res, next) => {
        Object.assign(req, { user: { installationId: req.get('x-user') } })
        next()
      })
      const { requireInstallation } = pipedriveAuth(oauth, {
        identify: (
          _request,
          { req }: { req: IncomingMessage & { user?: { installationId?: InstallationId } } },
        ) => req.user?.installationId,
      })
      app.get('/mine', requireInstallation(), (req, res) => void res.send(req.installation.id))
      const user = await browse(app)
      expect(await (await user.send('/mine', { headers: { 'x-user': '1001:11' } })).text()).toBe('1001:11')
      expect((await user.data('/mine')).status).toBe(401)
    })
  })

  describe('a request of nobody', () => {
    test('for a page leads to the install link and back to path and query', async () => {
      const scene = createScene()
      const user = await browse(createApp(scene))
      const location = locationOf(await user.page('/deals?stage=2&q=a%20b'))
      expect(location).toBe(`${install}?returnTo=${encodeURIComponent('/deals?stage=2&q=a%20b')}`)
      const back = await user.page(await scene.fake.approve(locationOf(await user.page(location))))
      expect(locationOf(back)).toBe('/deals?stage=2&q=a%20b')
      expect((await user.data(locationOf(back))).status).toBe(200)
    })

    test('for data is refused with code, message and the install link', async () => {
      const user = await browse(createApp(createScene()))
      const response = await user.data('/deals')
      expect([response.status, await response.json()]).toEqual([
        401,
        { code: 'not_signed_in', message: expect.any(String), install },
      ])
    })

    test('is answered by onMissing, where the application has its own idea', async () => {
      const { oauth } = createScene()
      const guard = (onMissing: WebOptions<ExpressContext<Request, Response>>['onMissing']) =>
        pipedriveAuth<Request, Response>(oauth, { onMissing }).requireInstallation()
      const app = make()
      app.get(
        '/own',
        guard(({ code }, _request, { res }) => void res.status(403).send(`own ${code}`)),
      )
      app.get(
        '/web',
        guard(
          ({ code }, request) => new Response(`${code} ${new URL(request.url).pathname}`, { status: 418 }),
        ),
      )
      app.get(
        '/default',
        guard(() => undefined),
      )
      const user = await browse(app)
      const response = await user.data('/own')
      expect([response.status, await response.text()]).toEqual([403, 'own not_signed_in'])
      const web = await user.data('/web')
      expect([web.status, await web.text()]).toEqual([418, 'not_signed_in /web'])
      expect((await user.data('/default')).status).toBe(401)
    })
  })

  describe('a grant that has ended', () => {
    test('leads to the install link, and is asked about once', async () => {
      const { clock, fake, refreshes, user } = await connectedScene()
      await fake.uninstall()
      await clock.advance(2 * hour)
      expect((await user.page('/deals')).status).toBe(302)
      expect(await (await user.data('/deals')).json()).toMatchObject({
        code: 'reauthorization_required',
        install,
      })
      expect(refreshes()).toBe(1)
    })

    test('during a handler becomes the same answer through onError', async () => {
      const { fake, user } = await connectedScene()
      await fake.uninstall()
      const response = await user.page('/deals?x=1')
      expect([response.status, locationOf(response)]).toEqual([302, `${install}?returnTo=%2Fdeals%3Fx%3D1`])
    })
  })

  describe('trouble', () => {
    test('F15 at Pipedrive is 503 with a time to come back, as JSON or as a page, and loses nothing', async () => {
      const { clock, fake, user } = await connectedScene()
      await clock.advance(2 * hour)
      fake.faults.add({ endpoint: 'token', times: Infinity, fault: { type: 'status', status: 503 } })
      const asked = user.data('/deals')
      const refreshes = async () => {
        await clock.advance(500)
        return fake.tokenRequests({ grantType: 'refresh_token' }).length
      }
      await expect.poll(refreshes).toBeGreaterThanOrEqual(2)
      const response = await asked
      expect([response.status, await response.json()]).toEqual([
        503,
        { code: 'token_endpoint_unavailable', message: expect.any(String) },
      ])
      const page = await user.page('/deals')
      expect([page.status, page.headers.get('content-type')]).toEqual([503, 'text/html; charset=utf-8'])
      expect(Number(page.headers.get('retry-after'))).toBeGreaterThan(0)
      fake.faults.clear()
      await clock.advance(hour)
      expect((await user.data('/deals')).status).toBe(200)
    })

    test('that is not of this library goes on, and so does what comes after an answer has begun', async () => {
      const { oauth } = createScene()
      const app = make()
      app.get('/bug', () => {
        throw new Error('a bug')
      })
      app.get('/late', (_req, res, next) => {
        res.write('half')
        void oauth
          .installation('1:2')
          .accessToken()
          .then(() => {}, next)
      })
      app.use(pipedriveAuth(oauth).onError)
      const seen: unknown[] = []
      app.use((error: Error, _req: unknown, res: Response, _next: unknown) => {
        seen.push(error.message)
        if (res.headersSent) res.destroy()
        else res.status(502).send('own')
      })
      const user = await browse(app)
      expect(await (await user.data('/bug')).text()).toBe('own')
      await expect(user.data('/late').then((response) => response.text())).rejects.toThrow()
      expect(seen).toEqual(['a bug', expect.stringContaining('(1:2)')])
    })
  })
})
