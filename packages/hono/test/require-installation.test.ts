import {
  ConfigurationError,
  PipedriveOAuthError,
  TokenEndpointError,
  type PipedriveOAuth,
} from '@pd/oauth-core'
import { Hono, type Context } from 'hono'
import { setCookie } from 'hono/cookie'
import { HTTPException } from 'hono/http-exception'
import { describe, expect, test, vi } from 'vitest'
import { pipedriveAuth, type PipedriveAuthOptions } from '../src/index.ts'
import { Browser, createScene, edgeRequest, hour, locationOf, origin } from './scene.ts'

const install = `${origin}/pipedrive/install`

function createApp(oauth: PipedriveOAuth) {
  const { routes, requireInstallation } = pipedriveAuth(oauth)
  return new Hono()
    .route('/pipedrive', routes)
    .use('/deals/*', requireInstallation())
    .get('/deals', async (c) => c.json(await c.var.installation.api<{ data: unknown[] }>('/api/v2/deals')))
    .post('/deals', (c) => c.text('written'))
}

async function connectedScene() {
  const scene = createScene()
  const app = createApp(scene.oauth)
  const user = new Browser(app)
  await user.connect(scene.fake)
  return { ...scene, app, user }
}

describe('a request of somebody who is connected', () => {
  test('reaches the handler, with the installation', async () => {
    const { user } = await connectedScene()
    const response = await user.data('/deals')
    expect([response.status, await response.json()]).toMatchObject([200, { data: expect.any(Array) }])
  })

  test('reads the store once and not again while memory can answer', async () => {
    const { clock, reads, user } = await connectedScene()
    const before = reads()
    for (let request = 0; request < 50; request++) await user.send('/deals', { method: 'POST' })
    expect(reads() - before).toBeLessThanOrEqual(1)
    await clock.advance(5_000)
    await user.send('/deals', { method: 'POST' })
    expect(reads() - before).toBeLessThanOrEqual(2)
  })

  test('F01 twenty requests on an expired token make one token request', async () => {
    const { clock, refreshes, user } = await connectedScene()
    await clock.advance(2 * hour)
    const answers = await Promise.all(Array.from({ length: 20 }, () => user.data('/deals')))
    expect(answers.map(({ status }) => status)).toEqual(Array.from({ length: 20 }, () => 200))
    expect(refreshes()).toBe(1)
  })

  test('is known by the signed token of an extension page, without any cookie', async () => {
    const { app, fake, oauth } = await connectedScene()
    expect((await app.request(`/deals?token=${await fake.extensionToken()}`)).status).toBe(200)
    const secret = 'the-secret-of-this-extension-0123456789'
    const panel = new Hono().get(
      '/panel',
      pipedriveAuth(oauth, { extensionSecrets: [secret] }).requireInstallation(),
      (c) => c.text(c.var.installation.id),
    )
    const token = await fake.extensionToken('1001:11', { secret })
    expect(await (await panel.request(`/panel?token=${token}`)).text()).toBe('1001:11')
    expect((await panel.request(`/panel?token=${await fake.extensionToken()}`)).status).toBe(401)
  })

  test('is known as the app says', async () => {
    const { oauth } = await connectedScene()
    const app = new Hono<{ Variables: { user: string } }>()
      .use(async (c, next) => {
        c.set('user', c.req.header('x-user') ?? '')
        await next()
      })
      .get(
        '/mine',
        pipedriveAuth<{ Variables: { user: string } }>(oauth, {
          identify: (_, c) => (c.var.user === 'ada' ? '1001:11' : undefined),
        }).requireInstallation(),
        (c) => c.text(`${c.var.user} ${c.var.installation.id}`),
      )
    expect(await (await app.request('/mine', { headers: { 'x-user': 'ada' } })).text()).toBe('ada 1001:11')
    expect((await app.request('/mine')).status).toBe(401)
  })

  test('has its background refresh kept alive by its own execution context', async () => {
    const { app, clock, fake, oauth, refreshes, user } = await connectedScene()
    await clock.advance(hour - 4 * 60_000)
    const gate = fake.faults.hold({ endpoint: 'token' })
    const { context, kept } = edgeRequest()
    const headers = { cookie: user.cookies }
    expect((await app.request('/deals', { method: 'POST', headers }, {}, context)).status).toBe(200)
    await gate.reached
    gate.release()
    await Promise.all(kept)
    expect(refreshes()).toBe(1)
    expect(await oauth.installation('1001:11').describe()).toMatchObject({ refreshes: 1 })
  })

  test('does not ask for an execution context while memory can answer', async () => {
    const { oauth } = await connectedScene()
    const { requireInstallation } = pipedriveAuth(oauth, { identify: () => '1001:11' })
    let asked = 0
    const app = new Hono()
      .use((c, next) => {
        const executionCtx = { get: () => ((asked += 1), edgeRequest().context) }
        Object.defineProperty(c, 'executionCtx', executionCtx)
        return next()
      })
      .get('/mine', requireInstallation(), (c) => c.text('ok'))
    expect((await app.request('/mine')).status).toBe(200)
    expect(asked).toBe(0)
  })
})

describe('a request of nobody', () => {
  test('for a page leads to the install link and back to path and query', async () => {
    const { fake, oauth } = createScene()
    const user = new Browser(createApp(oauth))
    const location = locationOf(await user.send('/deals?stage=2&q=a%20b'))
    expect(location).toBe(`${install}?returnTo=${encodeURIComponent('/deals?stage=2&q=a%20b')}`)
    const back = await user.send(await fake.approve(locationOf(await user.send(location))))
    expect(locationOf(back)).toBe('/deals?stage=2&q=a%20b')
    expect((await user.data(locationOf(back))).status).toBe(200)
  })

  test('for data is refused with code, message and the install link', async () => {
    const response = await createApp(createScene().oauth).request('/deals')
    expect([response.status, await response.json()]).toEqual([
      401,
      { code: 'not_signed_in', message: expect.any(String), install },
    ])
  })

  test('that would change something is refused, and never redirected', async () => {
    const user = new Browser(createApp(createScene().oauth))
    const response = await user.send('/deals', { method: 'POST', body: 'x' })
    expect([response.status, response.headers.get('location')]).toEqual([401, null])
    expect(await response.text()).toContain(`href="${install}"`)
  })

  test('in a frame shows the link, for consent cannot be framed', async () => {
    const user = new Browser(createApp(createScene().oauth))
    const response = await user.send('/deals', { headers: { 'sec-fetch-dest': 'iframe' } })
    expect([response.status, response.headers.get('location')]).toEqual([401, null])
    expect(await response.text()).toContain('target="_blank"')
  })

  test('is answered by onMissing, where the app has its own idea', async () => {
    const { oauth } = createScene()
    const app = new Hono().get(
      '/',
      pipedriveAuth(oauth, {
        onMissing: ({ code }, _, c) => c.text(`own ${code}`, 403),
      }).requireInstallation(),
      (c) => c.text('never'),
    )
    const response = await app.request('/')
    expect([response.status, await response.text()]).toEqual([403, 'own not_signed_in'])
  })
})

test('onMissing without an answer is asked once, also where onError looks at the cause', async () => {
  const { oauth } = createScene()
  const asked: string[] = []
  const { requireInstallation, onError } = pipedriveAuth(oauth, {
    onMissing: ({ code }) => void asked.push(code),
  })
  const app = new Hono().get('/', requireInstallation(), (c) => c.text('never'))
  app.onError((error, c) => onError(error.cause instanceof Error ? error.cause : error, c))
  expect((await app.request('/')).status).toBe(401)
  expect(asked).toEqual(['not_signed_in'])
})

describe('a grant that has ended', () => {
  test('leads to the install link, and is asked about once', async () => {
    const { clock, fake, refreshes, user } = await connectedScene()
    await fake.uninstall()
    await clock.advance(2 * hour)
    expect((await user.send('/deals')).status).toBe(302)
    expect(await (await user.data('/deals')).json()).toMatchObject({
      code: 'reauthorization_required',
      install,
    })
    expect(refreshes()).toBe(1)
  })

  test('during a handler becomes the same answer through onError', async () => {
    const { app, fake, user } = await connectedScene()
    app.onError(pipedriveAuth(createScene().oauth).onError)
    await fake.uninstall()
    const response = await user.send('/deals?x=1')
    expect([response.status, locationOf(response)]).toEqual([302, `${install}?returnTo=%2Fdeals%3Fx%3D1`])
  })
})

describe('errors', () => {
  test('an outage is 503 with a time to come back, as JSON or as a page, and loses nothing', async () => {
    const { clock, fake, user } = await connectedScene()
    await clock.advance(2 * hour)
    fake.faults.add({ endpoint: 'token', times: Infinity, fault: { type: 'status', status: 503 } })
    const asked = user.data('/deals')
    await clock.advance(500)
    const response = await asked
    expect([response.status, await response.json()]).toEqual([
      503,
      { code: 'token_endpoint_unavailable', message: expect.any(String) },
    ])
    const page = await user.send('/deals')
    expect([page.status, page.headers.get('content-type')]).toEqual([503, 'text/html; charset=utf-8'])
    expect(Number(page.headers.get('retry-after'))).toBeGreaterThan(0)
    fake.faults.clear()
    await clock.advance(hour)
    expect((await user.data('/deals')).status).toBe(200)
  })

  test('reach onError as HTTPException with the original as its cause', async () => {
    const app = createApp(createScene().oauth)
    const seen: unknown[] = []
    app.onError((error, c) => {
      seen.push(error)
      return error instanceof HTTPException ? error.getResponse() : c.text('unknown', 500)
    })
    expect((await app.request('/deals')).status).toBe(401)
    expect(seen).toMatchObject([{ status: 401, cause: { code: 'not_signed_in' } }])
    expect(seen[0]).toBeInstanceOf(HTTPException)
    expect((seen[0] as HTTPException).cause).toBeInstanceOf(PipedriveOAuthError)
  })

  test('that `identify` throws reach onError as they are', async () => {
    const own = new RangeError('of the application')
    const identify = () => {
      throw own
    }
    const seen: unknown[] = []
    const app = new Hono()
      .use(pipedriveAuth(createScene().oauth, { identify }).requireInstallation())
      .onError((error, c) => {
        seen.push(error)
        return c.text('unknown', 500)
      })
    await app.request('/deals')
    expect(seen).toHaveLength(1)
    expect(seen[0]).toBe(own)
  })

  test('that `onMissing` answers do not reach onError', async () => {
    const seen: unknown[] = []
    const onMissing = () => new Response('sign in first', { status: 401 })
    const app = new Hono()
      .use(pipedriveAuth(createScene().oauth, { onMissing }).requireInstallation())
      .onError((error, c) => {
        seen.push(error)
        return c.text('unknown', 500)
      })
    expect(await (await app.request('/deals')).text()).toBe('sign in first')
    expect(seen).toEqual([])
  })

  test('that are not ours go where `otherwise` says, by default where Hono sends them', async () => {
    const { client, oauth } = createScene()
    const failing = () =>
      new Hono()
        .get('/teapot', () => {
          throw new HTTPException(418, { message: 'short and stout' })
        })
        .get('/bug', () => {
          throw new Error('a bug')
        })
    const error = vi.fn()
    const app = failing()
    app.onError(pipedriveAuth(client({ logger: { error, warn: vi.fn(), info: vi.fn() } })).onError)
    expect((await app.request('/teapot')).status).toBe(418)
    expect((await app.request('/bug')).status).toBe(500)
    expect(error.mock.calls).toEqual([
      [
        expect.stringMatching(
          /GET \/bug was answered with 500 .*a bug.*Correct what threw this; see the stack\./,
        ),
        expect.objectContaining({ method: 'GET', route: '/bug', status: 500, stack: expect.any(String) }),
      ],
    ])

    const own = failing()
    own.onError(pipedriveAuth(oauth, { otherwise: (error, c) => c.text(error.message, 502) }).onError)
    expect(await (await own.request('/bug')).text()).toBe('a bug')
  })
})

describe('where the function that gives the client throws, onError', () => {
  const missing = new ConfigurationError(['PIPEDRIVE_CLIENT_ID is not set'])
  const bug = new Error('a bug')
  const failing = (own: Error, options: PipedriveAuthOptions = {}) => {
    const auth = pipedriveAuth(() => {
      throw own
    }, options)
    const app = new Hono()
      .route('/pipedrive', auth.routes)
      .get('/deals', auth.requireInstallation(), (c) => c.text('never'))
      .get('/bug', () => {
        throw bug
      })
      .get('/teapot', () => {
        throw new HTTPException(418)
      })
    app.onError(auth.onError)
    return app
  }

  test.each<[string, Error, RegExp]>([
    ['/deals', missing, /GET \/deals was answered with 500 \(invalid_configuration\).*PIPEDRIVE_CLIENT_ID/],
    ['/pipedrive/install', missing, /500 \(invalid_configuration\).*What to do: (?!Correct what threw)/],
    ['/deals', new TypeError('no binding'), /500 \(unexpected_error\).*no binding.*Correct what threw this/],
    ['/bug', missing, /GET \/bug was answered with 500 \(unexpected_error\).*a bug/],
  ])('answers %s with 500 and writes why to the console', async (path, own, line) => {
    using error = vi.spyOn(console, 'error').mockImplementation(() => {})
    const app = failing(own)
    const answer = await app.request(path)
    expect([answer.status, await answer.text()]).toEqual([500, 'Internal Server Error'])
    expect(error.mock.calls).toEqual([[expect.stringMatching(line)]])
    expect((await app.request('/teapot')).status).toBe(418)
  })

  test('gives `otherwise` what was thrown', async () => {
    const seen: Error[] = []
    const otherwise: PipedriveAuthOptions['otherwise'] = (error, c) => {
      seen.push(error)
      return c.text('own', 502)
    }
    const app = failing(missing, { otherwise })
    for (const path of ['/deals', '/bug']) expect((await app.request(path)).status).toBe(502)
    expect(seen).toEqual([missing, bug])
  })
})

test('an error that `onMissing` throws in onError is answered with 500, and logged', async () => {
  const { client } = createScene()
  const error = vi.fn()
  const oauth = client({ logger: { error, warn: vi.fn() } })
  const { onError } = pipedriveAuth(oauth, {
    onMissing: () => {
      throw new Error('of the application')
    },
  })
  const app = new Hono().get('/', async (c) => c.text(await oauth.installation('9:9').accessToken()))
  app.onError(onError)
  expect((await app.request('/')).status).toBe(500)
  expect(error.mock.calls).toEqual([[expect.stringContaining('of the application'), expect.anything()]])
})

describe('the guard in front of everything', () => {
  function guarded(oauth: PipedriveOAuth) {
    const { routes, requireInstallation, onError } = pipedriveAuth(oauth)
    const app = new Hono()
      .use('*', requireInstallation())
      .route('/pipedrive', routes)
      .get('/deals', (c) => c.text(`deals of ${c.var.installation.id}`))
    app.onError(onError)
    return app
  }

  test('F59 lets the library’s own routes pass: a user connects and is let in', async () => {
    const { fake, oauth } = createScene()
    const user = new Browser(guarded(oauth))
    const refused = await user.send('/deals')
    const consent = await user.send(locationOf(refused))
    const back = await user.send(await fake.approve(locationOf(consent)))
    expect(locationOf(back)).toBe('/deals')
    expect(await (await user.send('/deals')).text()).toBe('deals of 1001:11')
  })

  test('F59 lets an uninstall notice pass', async () => {
    const { fake, oauth } = createScene()
    const app = guarded(oauth)
    await new Browser(app).connect(fake)
    const { request } = await fake.uninstall()
    expect((await app.request(request)).status).toBe(200)
    expect(await oauth.installation('1001:11').describe()).toBeUndefined()
  })
})

describe('F60 behind a proxy that strips /crm', () => {
  test('a user comes back to the public address of the page', async () => {
    const { client, fake } = createScene('http://localhost:3000/crm/pipedrive/callback')
    const { routes, requireInstallation } = pipedriveAuth(client(), { path: '/pipedrive' })
    const app = new Hono()
      .route('/pipedrive', routes)
      .get('/deals', requireInstallation(), (c) => c.text(c.var.installation.id))
    const proxied = (request: Request) => app.fetch(new Request(request.url.replace('/crm/', '/'), request))
    const user = new Browser({ fetch: proxied })
    const refused = await user.send('/crm/deals?page=2')
    expect(locationOf(refused)).toBe(`${origin}/crm/pipedrive/install?returnTo=%2Fcrm%2Fdeals%3Fpage%3D2`)
    const back = await user.send(await fake.approve(locationOf(await user.send(locationOf(refused)))))
    expect(locationOf(back)).toBe('/crm/deals?page=2')
    expect(await (await user.send('/crm/deals')).text()).toBe('1001:11')
  })
})

describe('F61 headers and cookies of others', () => {
  test('stay beside ours on routes, refusals and errors', async () => {
    const { fake, oauth } = createScene()
    const { routes, requireInstallation, onError } = pipedriveAuth(oauth)
    const app = new Hono()
      .use(async (c, next) => {
        setCookie(c, 'theme', 'dark')
        c.header('x-request-id', '7')
        await next()
      })
      .route('/pipedrive', routes)
      .get('/deals', requireInstallation(), (c) => c.text('deals'))
      .get('/failing', () => {
        throw new TokenEndpointError('token_endpoint_unavailable')
      })
    app.onError(onError)
    for (const path of ['/pipedrive/install', '/deals', '/failing']) {
      const response = await app.request(path)
      expect([path, response.headers.get('x-request-id')]).toEqual([path, '7'])
      expect([path, response.headers.getSetCookie().some((one) => one.startsWith('theme=dark'))]).toEqual([
        path,
        true,
      ])
    }
    const install = await app.request('/pipedrive/install')
    expect(install.headers.getSetCookie().some((one) => one.includes('pd_attempt_'))).toBe(true)
    expect(fake.calls).toEqual([])
  })
})

describe('F61 an answer of the application’s own', () => {
  type Answer = (c: Context) => Response
  const answers: [string, Answer][] = [
    ['a Response', () => new Response('own', { status: 403, headers: ownHeaders() })],
    [
      'one of Hono',
      (c) => {
        for (const [name, value] of ownHeaders()) c.header(name, value, { append: true })
        return c.text('own', 403)
      },
    ],
  ]
  const ownHeaders = () =>
    new Headers([
      ['set-cookie', 'asked=1'],
      ['set-cookie', 'theme=light'],
      ['vary', 'Cookie'],
    ])
  const setters: [string, (c: Context) => void][] = [
    [
      'on `c`',
      (c) => {
        setCookie(c, 'theme', 'dark')
        setCookie(c, 'lang', 'en')
        c.header('x-request-id', '7')
        c.header('vary', 'Origin')
      },
    ],
    [
      'on `c.res`',
      (c) => {
        c.res.headers.append('set-cookie', 'theme=dark; Path=/')
        c.res.headers.append('set-cookie', 'lang=en; Path=/')
        c.res.headers.set('x-request-id', '7')
        c.res.headers.set('vary', 'Origin')
      },
    ],
  ]
  const cases = answers.flatMap(([what, answer]) =>
    setters.map(([where, set]) => ({ what, answer, where, set })),
  )

  test.each(cases)('keeps the headers and cookies that others set $where: $what', async ({ answer, set }) => {
    const { client, fake, oauth } = createScene()
    const { requireInstallation, onError, routes } = pipedriveAuth(oauth, {
      onMissing: (_error, _request, c) => answer(c),
      onConnected: (_result, _request, c) => answer(c),
    })
    const app = new Hono()
      .use(async (c, next) => {
        set(c)
        await next()
      })
      .route('/pipedrive', routes)
      .get('/deals', requireInstallation(), (c) => c.text('deals'))
      .get('/failing', async (c) => c.text(await client().installation('9:9').accessToken()))
    app.onError(onError)
    const user = new Browser(app)
    const connected = await user.connect(fake)
    const stranger = new Browser(app)
    for (const response of [await stranger.send('/deals'), await stranger.send('/failing'), connected]) {
      expect([response.status, await response.text()]).toEqual([403, 'own'])
      expect(response.headers.get('x-request-id')).toBe('7')
      const ours = /^pd_/
      const cookies = response.headers.getSetCookie().filter((cookie) => !ours.test(cookie))
      expect(cookies.toSorted()).toEqual(['asked=1', 'lang=en; Path=/', 'theme=dark; Path=/', 'theme=light'])
      expect(response.headers.get('vary')?.split(', ').toSorted()).toEqual(['Cookie', 'Origin'])
    }
    expect(connected.headers.getSetCookie().some((cookie) => cookie.startsWith('pd_session_'))).toBe(true)
  })
})

test('requireInstallation({ scopes }) leads to consent again where a scope is missing', async () => {
  const { clock, fake, oauth } = createScene()
  const { routes, requireInstallation } = pipedriveAuth(oauth)
  const app = new Hono()
    .route('/pipedrive', routes)
    .get('/deals', requireInstallation({ scopes: ['deals:read'] }), (c) => c.text('deals'))
    .get('/leads', requireInstallation({ scopes: ['leads:read'] }), (c) => c.text('leads'))
  const user = new Browser(app)
  await user.connect(fake)
  await clock.advance(15 * 60_000)
  expect((await user.send('/deals')).status).toBe(200)
  expect(locationOf(await user.send('/leads'))).toBe(`${install}?returnTo=%2Fleads`)
  fake.changeScopes(['base', 'deals:full', 'leads:read'])
  await user.connect(fake, '/leads')
  expect(await (await user.send('/leads')).text()).toBe('leads')
})

test('pipedriveAuth() names every unknown name and every wrong value of its options', () => {
  const { oauth } = createScene()
  const wrong = { missingState: 'acept', otherwise: 7, identfy: () => undefined } as object
  expect(() => pipedriveAuth(oauth, wrong)).toThrow(
    expect.objectContaining({
      code: 'invalid_configuration',
      problems: [
        'identfy is not a known option',
        'missingState must be restart, accept or reject',
        'otherwise must be a function',
      ],
    }),
  )
})

test('requireInstallation() refuses a misspelt or wrong option when the app is put together', () => {
  const { requireInstallation } = pipedriveAuth(createScene().oauth)
  for (const wrong of [{ scope: ['deals:read'] }, { scopes: 'deals:read' }, { scopes: [7] }])
    expect(() => requireInstallation(wrong as object)).toThrow(
      expect.objectContaining({ code: 'invalid_configuration' }),
    )
})
