import { ReauthorizationRequiredError } from '@pd/oauth-core'
import type { Express } from 'express'
import { rawRequest } from '@pd/test-support/raw-request'
import { describe, expect, test } from 'vitest'
import { pipedriveAuth } from '../../src/express/index.ts'
import { serveExpress } from '../servers.ts'
import { browse, connectUser, createScene, locationOf, publicOrigin, versions } from './scene.ts'

const inFrame = {
  accept: 'text/html',
  'sec-fetch-dest': 'iframe',
  'sec-fetch-mode': 'navigate',
  'sec-fetch-site': 'cross-site',
}

describe.each(versions)('%s', (_version, make) => {
  function createApp() {
    const scene = createScene()
    const { routes, requireInstallation, onError } = pipedriveAuth(scene.oauth)
    const app: Express = make()
    app.use(routes)
    app.get('/deals', requireInstallation(), (req, res) => void res.send(`deals of ${req.installation.id}`))
    app.use(onError)
    return { ...scene, app }
  }

  test('F73 an error of another app that onConnected meets is answered without an install link', async () => {
    const other = createScene({ clientId: 'other-client' })
    const asked: string[] = []
    const { fake, oauth } = createScene()
    const { routes, onError } = pipedriveAuth(oauth, {
      onConnected: async () => void (await other.oauth.installation('9:9').accessToken()),
      onMissing: ({ code }) => void asked.push(code),
    })
    const app: Express = make()
    app.use(routes)
    app.use(onError)
    const answer = await connectUser(await browse(app), fake)
    expect([answer.status, answer.headers.get('location')]).toEqual([401, null])
    expect(answer.headers.get('content-type')).toContain('text/html')
    expect(await answer.text()).not.toContain('/install')
    expect(asked).toEqual([])
  })

  test('F62 an answer to an attempt that is over begins a new one', async () => {
    const { app, fake } = createApp()
    const user = await browse(app)
    const consent = locationOf(await user.page('/pipedrive/install?returnTo=/deals'))
    await user.page(fake.deny(consent))
    const again = await user.page(await fake.approve(consent))
    expect(locationOf(await user.page(await fake.approve(locationOf(again))))).toBe('/deals')
  })

  test('F64 an install link in a frame shows a page that opens a tab', async () => {
    const user = await browse(createApp().app)
    const answer = await user.send('/pipedrive/install?returnTo=/deals', { headers: inFrame })
    expect([answer.status, answer.headers.getSetCookie()]).toEqual([200, []])
    expect(await answer.text()).toContain(
      `<a href="${publicOrigin}/pipedrive/install?returnTo=/deals" target="_blank" rel="noopener">`,
    )
  })

  test('F65 an install link at another name of the host goes to the right one first, with its query', async () => {
    const origin = await serveExpress(createApp().app, async (_req, _res, next) => next?.())
    const ask = (target: string, host: string) =>
      rawRequest(origin, [`GET ${target} HTTP/1.1`, `Host: ${host}`])
    expect(await ask('/pipedrive/install?returnTo=/deals', '127.0.0.1:3000')).toMatch(
      /location: http:\/\/localhost:3000\/pipedrive\/install\?returnTo=%2Fdeals&moved=1\r\n/i,
    )
    const begun = /location: https:\/\/oauth\.pipedrive\.com\/oauth\/authorize/i
    expect(await ask('/pipedrive/install?returnTo=/deals', 'localhost:3000')).toMatch(begun)
    expect(await ask('/pipedrive/install?returnTo=/deals&moved=1', '127.0.0.1:3000')).toMatch(begun)
  })

  test('F67 a panel whose token is over is told to reload, by the guard itself', async () => {
    const { app, clock, fake } = createApp()
    const user = await browse(app)
    const token = await fake.extensionToken()
    await clock.advance(6 * 60_000)
    const answer = await user.send(`/deals?token=${token}`, { headers: inFrame })
    expect([answer.status, await answer.text()]).toEqual([401, expect.stringContaining('Reload this panel')])
  })

  test('F69 HEAD is answered as GET', async () => {
    const user = await browse(createApp().app)
    const head = (path: string, accept: string) => user.send(path, { method: 'HEAD', headers: { accept } })
    expect(locationOf(await head('/deals', 'text/html'))).toContain('/pipedrive/install?returnTo=%2Fdeals')
    expect((await head('/pipedrive/install', 'text/html')).status).toBe(302)
    const refused = await head('/deals', 'application/json')
    expect([refused.status, await refused.text()]).toEqual([401, ''])
  })

  test('F70 a logout ends the session of the browser, and leaves the installation', async () => {
    const { app, fake, oauth } = createApp()
    const user = await browse(app)
    await connectUser(user, fake)
    const logout = (site: string) =>
      user.send('/pipedrive/logout', { method: 'POST', headers: { 'sec-fetch-site': site } })
    expect((await logout('cross-site')).status).toBe(403)
    expect((await user.data('/deals')).status).toBe(200)
    expect((await logout('same-origin')).status).toBe(204)
    expect((await user.data('/deals')).status).toBe(401)
    expect(await oauth.installation('1001:11').describe()).toBeDefined()
  })

  test('F71 a link with somebody else’s token does not replace the session', async () => {
    const { app, fake } = createApp()
    const user = await browse(app)
    await connectUser(user, fake)
    const headers = {
      'sec-fetch-dest': 'document',
      'sec-fetch-mode': 'navigate',
      'sec-fetch-site': 'cross-site',
    }
    const answer = await user.send(`/deals?token=${await fake.extensionToken('1001:12')}`, { headers })
    expect(await answer.text()).toBe('deals of 1001:11')
  })

  test('F73 with two apps, the error of one is answered by its own onError', async () => {
    const createOne = (name: string) => {
      const redirectUri = `${publicOrigin}/${name}/callback`
      return createScene({ redirectUri }, { redirectUri })
    }
    const scenes = { crm: createOne('crm'), sales: createOne('sales') }
    const app = make()
    for (const [name, { oauth }] of Object.entries(scenes))
      app.get(`/${name}`, async (_req, _res, next) => {
        const [result] = await Promise.allSettled([oauth.installation('9:9').accessToken()])
        next(result.status === 'rejected' ? result.reason : undefined)
      })
    app.get('/own', (_req, _res, next) => next(new ReauthorizationRequiredError('not_installed')))
    for (const { oauth } of Object.values(scenes)) app.use(pipedriveAuth(oauth).onError)
    const user = await browse(app)
    for (const name of ['crm', 'sales'])
      expect(await (await user.data(`/${name}`)).json()).toMatchObject({
        code: 'not_installed',
        install: `${publicOrigin}/${name}/install`,
      })
    expect((await user.data('/own')).status).toBe(401)
  })
})
