import { Hono } from 'hono'
import { setCookie } from 'hono/cookie'
import { describe, expect, test } from 'vitest'
import { oncePerEnvironment, pipedriveAuth } from '../src/index.ts'
import { Browser, createScene, edgeRequest, locationOf } from './scene.ts'

test('a user connects, comes back to where he was going, and disconnects', async () => {
  const { fake, oauth } = createScene()
  const app = new Hono().route('/pipedrive', pipedriveAuth(oauth).routes)
  const user = new Browser(app)
  expect(locationOf(await user.connect(fake, '/deals?page=2'))).toBe('/deals?page=2')
  expect(user.cookies).toContain('pd_session_')

  const foreign = await user.send('/pipedrive/disconnect', {
    method: 'POST',
    headers: { origin: 'https://evil.example' },
  })
  expect(foreign.status).toBe(403)
  const left = await user.send('/pipedrive/disconnect', {
    method: 'POST',
    headers: { 'sec-fetch-site': 'same-origin' },
  })
  expect([left.status, locationOf(left)]).toEqual([302, '/'])
  expect(await oauth.installation('1001:11').describe()).toBeUndefined()
})

describe('wherever the app is mounted', () => {
  const mounted: Record<
    string,
    (routes: Hono) => { fetch: (request: Request) => Response | Promise<Response> }
  > = {
    'where the callback lies': (routes) => new Hono().route('/pipedrive', routes),
    'at the root': (routes) => new Hono().route('/', routes),
    'behind a sub-app': (routes) => new Hono().route('/', new Hono().route('/pipedrive', routes)),
    'on a base path': (routes) => new Hono().basePath('/pipedrive').route('/', routes),
    'in another framework': (routes) => new Hono().mount('/', routes.fetch),
    'by itself': (routes) => routes,
  }
  test.each(Object.keys(mounted))('the flow works: %s', async (where) => {
    const { fake, oauth } = createScene()
    const user = new Browser(mounted[where]!(pipedriveAuth(oauth).routes))
    expect(locationOf(await user.connect(fake))).toBe('/deals')
  })

  test('requests for other paths go on to the next handler', async () => {
    const { oauth } = createScene()
    const app = new Hono()
      .route('/', pipedriveAuth(oauth).routes)
      .get('/pipedrive/callbacks', (c) => c.text('mine'))
      .get('/about', (c) => c.text('about'))
    expect(await (await app.request('/pipedrive/callbacks')).text()).toBe('mine')
    expect(await (await app.request('/about')).text()).toBe('about')
    expect((await app.request('/pipedrive/elsewhere')).status).toBe(404)
  })

  test('a callback of another name has its neighbours below it', async () => {
    const { client, fake } = createScene()
    const redirectUri = `${new URL(fake.app.redirectUri).origin}/oauth/return`
    const app = new Hono().route('/oauth', pipedriveAuth(client({ redirectUri })).routes)
    expect((await app.request('/oauth/return/install')).status).toBe(302)
    expect((await app.request('/oauth/install')).status).toBe(404)
  })

  test('outside of the path of redirectUri, the install link is a 404', async () => {
    const { oauth } = createScene()
    const app = new Hono().route('/elsewhere', pipedriveAuth(oauth).routes)
    expect((await app.request('/pipedrive/install')).status).toBe(404)
  })
})

describe('the options', () => {
  test('onConnected has the context: its answer goes out with our cookies and with its own', async () => {
    const { fake, oauth } = createScene()
    const { routes } = pipedriveAuth<{ Bindings: { GREETING: string } }>(oauth, {
      onConnected({ account, firstTime }, _, c) {
        setCookie(c, 'theme', 'dark')
        return c.text(`${c.env.GREETING} ${account.companyId}, ${firstTime}`)
      },
    })
    const app = new Hono<{ Bindings: { GREETING: string } }>().route('/pipedrive', routes)
    const user = new Browser({ fetch: (request) => app.fetch(request, { GREETING: 'Hello' }) })
    expect(await (await user.connect(fake)).text()).toBe('Hello 1001, true')
    expect(user.cookies).toMatch(/theme=dark/)
    expect(user.cookies).toMatch(/pd_session_\w+=/)
  })

  test('identify has the context, and says whose installation a disconnect ends', async () => {
    const { fake, oauth } = createScene()
    const { routes } = pipedriveAuth<{ Variables: { user: `${number}:${number}` } }>(oauth, {
      sessionMs: 0,
      identify: (_, c) => c.var.user,
    })
    const app = new Hono<{ Variables: { user: `${number}:${number}` } }>()
      .use(async (c, next) => {
        c.set('user', '1001:11')
        await next()
      })
      .route('/pipedrive', routes)
    const user = new Browser(app)
    await user.connect(fake)
    expect(user.cookies).not.toContain('pd_session')
    await user.send('/pipedrive/disconnect', { method: 'POST', headers: { 'sec-fetch-site': 'same-origin' } })
    expect(await oauth.installation('1001:11').describe()).toBeUndefined()
  })

  test('what onConnected throws is the app’s, and onError sees it', async () => {
    const { fake, oauth } = createScene()
    const app = new Hono().route(
      '/pipedrive',
      pipedriveAuth(oauth, {
        onConnected() {
          throw new Error('the database of the app')
        },
      }).routes,
    )
    app.onError((error, c) => c.text(error.message, 418))
    expect((await new Browser(app).connect(fake)).status).toBe(418)
  })
})

describe('on runtimes that give bindings with each request', () => {
  test('the client is made once for each set of bindings', async () => {
    const { client, fake } = createScene()
    const made: string[] = []
    const oauth = oncePerEnvironment((env: { NAME: string }) => {
      made.push(env.NAME)
      return client()
    })
    const app = new Hono<{ Bindings: { NAME: string } }>().route('/pipedrive', pipedriveAuth(oauth).routes)
    const [first, other] = [{ NAME: 'first' }, { NAME: 'other' }]
    await new Browser({ fetch: (request) => app.fetch(request, first) }).connect(fake)
    await app.request('/pipedrive/install', {}, other)
    await app.request('/pipedrive/install', {}, first)
    expect(made).toEqual(['first', 'other'])
    expect(oauth({ env: first })).not.toBe(oauth({ env: other }))
  })

  test('F23 a code exchange ends and is saved though the browser goes away, and repeats end in the same place', async () => {
    const { client, fake } = createScene()
    const oauth = client()
    const app = new Hono().route('/pipedrive', pipedriveAuth(() => oauth).routes)
    const request = edgeRequest()
    const user = new Browser({ fetch: (sent) => app.fetch(sent, {}, request.context) })
    const callback = await fake.approve(locationOf(await user.send('/pipedrive/install?returnTo=%2Fdeals')))
    const gate = fake.faults.hold({ endpoint: 'token' })
    const left = user.send(callback)
    const repeated = user.send(callback)
    await gate.reached
    gate.release()

    await Promise.all(request.kept)
    expect(await oauth.installation('1001:11').describe()).toMatchObject({ status: 'active' })
    expect([locationOf(await left), locationOf(await repeated)]).toEqual(['/deals', '/deals'])
    expect(fake.tokenRequests().length).toBe(1)
  })
})
