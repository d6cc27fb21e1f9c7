import type { IncomingMessage } from 'node:http'
import type { Express, Request, Response } from 'express'
import { TokenEndpointError, type InstallationId } from '@pd/oauth-core'
import { describe, expect, test, vi } from 'vitest'
import { pipedriveErrors, pipedriveExpress, requireInstallation } from '../../src/index.ts'
import { rawRequest } from '@pd/test-support/raw-request'
import { serveExpress } from '../servers.ts'
import { browse, connectUser, createScene, hour, locationOf, publicOrigin, versions } from './scene.ts'

const install = `${publicOrigin}/pipedrive/install`

describe.each(versions)('%s', (_version, make) => {
  type Scene = ReturnType<typeof createScene>

  function createApp({ oauth }: Scene): Express {
    const app = make()
    app.use(pipedriveExpress(oauth))
    app.all('/deals', requireInstallation(oauth), (req, res, next) => {
      const { installation } = req
      const same = res.locals.installation === installation
      void installation
        .api<{ data: object[] }>('/api/v2/deals')
        .then(({ data }) => res.json({ id: installation.id, deals: data.length, same }), next)
    })
    app.use(pipedriveErrors(oauth))
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
    app.use(pipedriveErrors(scene.oauth))
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
    app.use(pipedriveExpress(scene.oauth))
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
    app.use(pipedriveExpress(oauth))
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
    app.get('/deals', requireInstallation(oauth))
    app.use(pipedriveExpress(oauth))
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
    app.use(path, pipedriveExpress(oauth))
    expect(locationOf(await connectUser(await browse(app), fake))).toBe('/deals')
  })

  describe('onConnected', () => {
    test('answers as Express does, and the session cookie goes along with its own', async () => {
      const { fake, oauth } = createScene()
      const app = make()
      app.use(
        pipedriveExpress(oauth, {
          onConnected({ account, firstTime }, req: Request, res: Response) {
            res.cookie('theme', 'dark').status(201).send(`${req.path} ${account.companyId} ${firstTime}`)
          },
        }),
      )
      const response = await connectUser(await browse(app), fake)
      expect([response.status, await response.text()]).toEqual([201, '/pipedrive/callback 1001 true'])
      const cookies = response.headers.getSetCookie().map((cookie) => cookie.split('=')[0])
      expect(cookies.toSorted()).toEqual([expect.stringMatching(/^pd_attempt_/), 'pd_session', 'theme'])
    })

    test('that only takes note leaves the redirect as it is, each cookie once', async () => {
      const { fake, oauth } = createScene()
      const noted: string[] = []
      const app = make()
      app.use(
        pipedriveExpress(oauth, { onConnected: async ({ installation }) => noted.push(installation.id) }),
      )
      const response = await connectUser(await browse(app), fake, '/here')
      expect([noted, locationOf(response)]).toEqual([['1001:11'], '/here'])
      expect(response.headers.getSetCookie()).toHaveLength(2)
    })

    test('that fails is the application’s own trouble', async () => {
      const { fake, oauth } = createScene()
      const app = make()
      app.use(
        pipedriveExpress(oauth, {
          onConnected() {
            throw new Error('the database of the app')
          },
        }),
      )
      app.use((error: Error, _req: unknown, res: Response, _next: unknown) => {
        res.status(418).send(error.message)
      })
      const response = await connectUser(await browse(app), fake)
      expect([response.status, await response.text()]).toEqual([418, 'the database of the app'])
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
      panel.get('/panel', requireInstallation(oauth, { extensionSecrets: [secret] }), (req, res) => {
        res.send(req.installation.id)
      })
      const guest = await browse(panel)
      expect(
        await (await guest.data(`/panel?token=${await fake.extensionToken('1001:11', { secret })}`)).text(),
      ).toBe('1001:11')
      expect((await guest.data(`/panel?token=${await fake.extensionToken()}`)).status).toBe(401)
    })

    test('is known as the application says', async () => {
      const { oauth } = await connectedScene()
      const app = make()
      app.use((req, _res, next) => {
        Object.assign(req, { user: { installationId: req.get('x-user') } })
        next()
      })
      app.get(
        '/mine',
        requireInstallation(oauth, {
          identify: (req: IncomingMessage & { user?: { installationId?: InstallationId } }) =>
            req.user?.installationId,
        }),
        (req, res) => void res.send(req.installation.id),
      )
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
        { code: 'not_installed', message: expect.any(String), install },
      ])
    })

    test('is answered by onMissing, where the application has its own idea', async () => {
      const { oauth } = createScene()
      const app = make()
      app.get(
        '/own',
        requireInstallation(oauth, {
          onMissing: ({ code }, _req, res: Response) => res.status(403).send(`own ${code}`),
        }),
        (_req, res) => void res.send('never'),
      )
      app.get(
        '/on',
        requireInstallation(oauth, { onMissing: (_error, _req, _res, next) => next() }),
        (req, res) => {
          res.send(String(req.installation))
        },
      )
      const user = await browse(app)
      const response = await user.data('/own')
      expect([response.status, await response.text()]).toEqual([403, 'own not_installed'])
      expect(await (await user.data('/on')).text()).toBe('undefined')
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

    test('during a handler becomes the same answer through pipedriveErrors()', async () => {
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
      await vi.waitFor(async () => {
        await clock.advance(500)
        expect(fake.tokenRequests({ grantType: 'refresh_token' }).length).toBeGreaterThanOrEqual(2)
      })
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
      app.use(pipedriveErrors(oauth))
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
