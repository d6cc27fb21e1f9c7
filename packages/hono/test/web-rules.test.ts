import { TokenEndpointError } from '@pd/oauth-core'
import { Hono } from 'hono'
import { setCookie } from 'hono/cookie'
import { describe, expect, test } from 'vitest'
import { pipedriveAuth } from '../src/index.ts'
import { Browser, createScene, locationOf, origin } from './scene.ts'

const inFrame = { 'sec-fetch-dest': 'iframe', 'sec-fetch-mode': 'navigate', 'sec-fetch-site': 'cross-site' }

function createApp() {
  const scene = createScene()
  const { routes, requireInstallation, onError } = pipedriveAuth(scene.oauth)
  const app = new Hono()
    .use(async (c, next) => {
      c.header('x-request-id', 'abc')
      setCookie(c, 'theme', 'dark')
      await next()
    })
    .route('/pipedrive', routes)
    .get('/deals', requireInstallation(), (c) => c.text(`deals of ${c.var.installation.id}`))
    .get('/trouble', () => {
      throw new TokenEndpointError('token_endpoint_unavailable', { retryAfterMs: 1_000 })
    })
    .get('/ended', (c) => {
      c.header('x-own', 'kept')
      return scene.oauth
        .installation('9:9')
        .accessToken()
        .then((token) => c.text(token))
    })
  app.onError(onError)
  return { ...scene, app, user: new Browser(app) }
}

describe('what others have set on the context', () => {
  test.each([
    ['/trouble', 503],
    ['/ended', 401],
    ['/deals', 401],
  ])('F61 stays on the answer to an error of %s', async (path, status) => {
    const { app } = createApp()
    const answer = await app.request(path)
    expect([answer.status, answer.headers.get('x-request-id')]).toEqual([status, 'abc'])
    expect(answer.headers.getSetCookie()).toEqual([expect.stringContaining('theme=dark')])
    if (path === '/ended') expect(answer.headers.get('x-own')).toBe('kept')
    expect(answer.headers.get('cache-control')).toBe('no-store')
  })

  test('F61 stays on the answers of the routes', async () => {
    const { user } = createApp()
    const begun = await user.send('/pipedrive/install')
    expect(begun.headers.get('x-request-id')).toBe('abc')
    expect(begun.headers.getSetCookie()).toHaveLength(2)
  })
})

describe('the rules of the web flow', () => {
  test('F62 an answer to an attempt that is over begins a new one', async () => {
    const { fake, user } = createApp()
    const consent = locationOf(await user.send('/pipedrive/install?returnTo=/deals'))
    await user.send(fake.deny(consent))
    const again = await user.send(await fake.approve(consent))
    const back = await user.send(await fake.approve(locationOf(again)))
    expect(locationOf(back)).toBe('/deals')
  })

  test('F64 an install link in a frame shows a page that opens a tab', async () => {
    const { user } = createApp()
    const answer = await user.send('/pipedrive/install?returnTo=/deals', { headers: inFrame })
    expect(answer.status).toBe(200)
    expect(await answer.text()).toContain(
      `<a href="${origin}/pipedrive/install?returnTo=/deals" target="_blank" rel="noopener">`,
    )
  })

  test('F65 an install link at another name of the host goes to the right one first', async () => {
    const { user } = createApp()
    const answer = await user.send('http://127.0.0.1:3000/pipedrive/install?returnTo=/deals')
    expect(locationOf(answer)).toBe(`${origin}/pipedrive/install?returnTo=%2Fdeals&moved=1`)
  })

  test('F67 a panel whose token is over is told to reload, by the guard itself', async () => {
    const { clock, fake, user } = createApp()
    const token = await fake.extensionToken()
    await clock.advance(6 * 60_000)
    const answer = await user.send(`/deals?token=${token}`, { headers: inFrame })
    expect([answer.status, await answer.text()]).toEqual([401, expect.stringContaining('Reload this panel')])
  })

  test('F69 HEAD is answered as GET', async () => {
    const { user } = createApp()
    const answer = await user.send('/deals', { method: 'HEAD' })
    expect(locationOf(answer)).toContain('/pipedrive/install?returnTo=%2Fdeals')
    expect((await user.send('/pipedrive/install', { method: 'HEAD' })).status).toBe(302)
    const refused = await user.send('/deals', { method: 'HEAD', headers: { accept: 'application/json' } })
    expect([refused.status, await refused.text()]).toEqual([401, ''])
  })

  test('F70 a logout ends the session of the browser, and leaves the installation', async () => {
    const { fake, oauth, user } = createApp()
    await user.connect(fake)
    expect((await user.data('/deals')).status).toBe(200)
    const logout = (site: string) =>
      user.send('/pipedrive/logout', { method: 'POST', headers: { 'sec-fetch-site': site } })
    expect((await logout('cross-site')).status).toBe(403)
    expect((await logout('same-origin')).status).toBe(302)
    expect((await user.data('/deals')).status).toBe(401)
    expect(await oauth.installation('1001:11').describe()).toBeDefined()
  })

  test('F71 a link with somebody else’s token does not replace the session', async () => {
    const { fake, user } = createApp()
    await user.connect(fake)
    const headers = {
      'sec-fetch-dest': 'document',
      'sec-fetch-mode': 'navigate',
      'sec-fetch-site': 'cross-site',
    }
    const answer = await user.send(`/deals?token=${await fake.extensionToken('1001:12')}`, { headers })
    expect(await answer.text()).toBe('deals of 1001:11')
  })

  test('F75 sharing notices are answered and ignored unless the app asks for them', async () => {
    const { app, events, fake, user } = createApp()
    await user.connect(fake)
    expect((await app.request(fake.share())).status).toBe(200)
    expect(events.map(({ type }) => type)).toEqual(['consent_started', 'installed'])
  })
})

test('F73 with two apps, the error of one is answered by its own onError', async () => {
  const [crm, sales] = [createScene(`${origin}/crm/callback`), createScene(`${origin}/sales/callback`)]
  const ofSales = pipedriveAuth(sales.oauth)
  const ofCrm = pipedriveAuth(crm.oauth, { otherwise: ofSales.onError })
  const app = new Hono()
    .get('/crm', async (c) => c.text(await crm.oauth.installation('9:9').accessToken()))
    .get('/sales', async (c) => c.text(await sales.oauth.installation('9:9').accessToken()))
  app.onError(ofCrm.onError)
  for (const name of ['crm', 'sales'])
    expect(await (await app.request(`/${name}`)).json()).toMatchObject({
      install: `${origin}/${name}/install`,
    })
  expect(await (await app.request('/crm')).json()).toMatchObject({ code: 'not_installed' })
})
