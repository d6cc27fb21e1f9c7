import { describe, expect, test } from 'vitest'
import { createWebAuth, type WebOptions } from '../../src/adapter.ts'
import { PipedriveOAuthError, ReauthorizationRequiredError } from '../../src/index.ts'
import { Browser, locationOf } from './browser.ts'
import { ada, createScene, failure, minute, rejection } from '../flow/scene.ts'

const origin = 'https://app.example.com'
const page = { accept: 'text/html' }

/** What a framework would pass along: its own view of the request. */
interface Context {
  readonly tenant: string
}

/** An application behind a guard, as an adapter builds it, and a browser in front of it. */
function createAppScene(
  options: WebOptions<Context> = {},
  callback = '/pipedrive/callback',
  scopes: readonly string[] = [],
) {
  const scene = createScene({ redirectUri: origin + callback })
  const oauth = scene.client()
  const auth = createWebAuth(oauth, options)
  const context = { tenant: 'acme' }
  const serve = async (request: Request): Promise<Response> => {
    try {
      if (!auth.isRoute(request)) {
        const installation = await auth.admit(request, context, { scopes })
        return new Response(`deals of ${installation.id}`)
      }
      return (await auth.handle(request, context)) ?? new Response(null, { status: 404 })
    } catch (error) {
      if (error instanceof PipedriveOAuthError) return auth.answer(error, request, context)
      throw error
    }
  }
  return { ...scene, oauth, auth, context, serve, browser: new Browser(serve) }
}

describe('one web auth', () => {
  test('F59 lets its own routes pass its guard, and the user afterwards', async () => {
    const { browser, fake, store } = createAppScene()
    const refused = await browser.send(`${origin}/deals`)
    const consent = await browser.send(locationOf(refused))
    const back = await browser.send(await fake.approve(locationOf(consent)))
    expect(locationOf(back)).toBe('/deals')
    expect(await (await browser.send(`${origin}/deals`)).text()).toBe('deals of 1001:11')
    expect(await store.get(ada)).toBeDefined()
  })

  test.each([
    ['https://app.example.com/pipedrive/callback', true],
    ['https://app.example.com/pipedrive/callback?code=/../deals', true],
    ['http://localhost:3000/pipedrive/install', true],
    ['/pipedrive/logout?everywhere', true],
    ['/pipedrive/disconnect', true],
    ['/pipedrive/callback/', false],
    ['/Pipedrive/callback', false],
    ['/pipedrive/callback#/deals', false],
    ['//pipedrive/callback', false],
    ['/deals?https://app.example.com/pipedrive/callback', false],
    ['/https://app.example.com/pipedrive/callback', false],
    ['/deals/1\\..\\..\\pipedrive\\callback', false],
    ['/deals/../pipedrive/callback', false],
    ['https://app.example.com/deals/%2e%2e/pipedrive/callback', false],
    ['', false],
  ])('F97 takes an address for a route as it is written: %s, %s', (url, expected) => {
    expect(createAppScene().auth.isRoute({ url })).toBe(expected)
  })

  test('F97 answers a request for a route in every spelling that a browser resolves', async () => {
    const { auth, context } = createAppScene()
    // As a server on Node may make it.
    const request = new Request(`${origin}/pipedrive/install`)
    Object.defineProperty(request, 'url', { value: `${origin}/deals/../pipedrive/install` })
    expect([auth.isRoute(request), (await auth.handle(request, context))?.status]).toEqual([false, 302])
  })

  test('F59 carries out an uninstall notice behind that guard', async () => {
    const { oauth, connect, fake, serve, store } = createAppScene()
    await connect(oauth)
    await fake.uninstall()
    const { clientId, clientSecret } = fake.app
    const notice = await serve(
      new Request(`${origin}/pipedrive/callback`, {
        method: 'DELETE',
        headers: { authorization: `Basic ${btoa(`${clientId}:${clientSecret}`)}` },
        body: JSON.stringify({ client_id: clientId, company_id: 1001, user_id: 11 }),
      }),
    )
    expect([notice.status, await store.get(ada)]).toEqual([200, undefined])
  })

  test('F60 behind a proxy that strips /crm sends the user to public addresses only', async () => {
    const { serve, fake, auth } = createAppScene({ path: '/pipedrive' }, '/crm/pipedrive/callback')
    expect(auth.paths.callback).toBe('/pipedrive/callback')
    // The proxy: public paths begin with /crm, which the application does not see.
    const browser = new Browser((request) => {
      const url = new URL(request.url)
      expect(url.pathname).toMatch(/^\/crm\//)
      return serve(new Request(url.href.replace('/crm/', '/'), request))
    })
    const refused = await browser.send(`${origin}/crm/deals?page=2`)
    expect(locationOf(refused)).toBe(`${origin}/crm/pipedrive/install?returnTo=%2Fcrm%2Fdeals%3Fpage%3D2`)
    const back = await browser.send(await fake.approve(locationOf(await browser.send(locationOf(refused)))))
    expect(locationOf(back)).toBe('/crm/deals?page=2')
    expect(await (await browser.send(`${origin}/crm/deals`)).text()).toBe('deals of 1001:11')
  })

  test('F60 shows the public install link where a connection failed', async () => {
    const { serve, fake } = createAppScene({ path: '/pipedrive' }, '/crm/pipedrive/callback')
    const inside = (url: string) => url.replace('/crm/', '/')
    const browser = new Browser(serve)
    const consent = await browser.send(`${origin}/pipedrive/install?returnTo=%2Fcrm%2Fdeals`)
    const denied = await browser.send(inside(fake.deny(locationOf(consent))))
    expect(await denied.text()).toContain(`href="${origin}/crm/pipedrive/install?returnTo=%2Fcrm%2Fdeals"`)
  })

  test('gives identify, onConnected and onMissing the request and the context they belong to', async () => {
    const seen: string[] = []
    const { browser, fake, oauth, connect } = createAppScene({
      identify: (request, { tenant }) => {
        seen.push(`identify ${new URL(request.url).pathname} ${tenant}`)
        return request.headers.has('x-known') ? ada : undefined
      },
      onMissing: (error, request, { tenant }) => {
        seen.push(`${error.code} ${new URL(request.url).pathname} ${tenant}`)
        return new Response('please connect', { status: 418 })
      },
      onConnected: (result, request, { tenant }) => {
        seen.push(`connected ${result.installation.id} ${new URL(request.url).pathname} ${tenant}`)
      },
    })
    expect((await browser.send(`${origin}/deals`)).status).toBe(418)
    await browser.send(await fake.approve(locationOf(await browser.send(`${origin}/pipedrive/install`))))
    await connect(oauth)
    const known = { origin, 'x-known': '1' }
    await browser.send(`${origin}/pipedrive/disconnect`, { method: 'POST', headers: known })
    expect(seen).toEqual([
      'identify /deals acme',
      'not_signed_in /deals acme',
      'connected 1001:11 /pipedrive/callback acme',
      'identify /pipedrive/disconnect acme',
    ])
  })

  test('asks onMissing also for a disconnect of nobody', async () => {
    const { serve } = createAppScene({ onMissing: ({ code }) => new Response(code, { status: 418 }) })
    const headers = { origin }
    const answer = await serve(new Request(`${origin}/pipedrive/disconnect`, { method: 'POST', headers }))
    expect([answer.status, await answer.text()]).toEqual([418, 'not_signed_in'])
  })

  test('answers as usual if onMissing answers nothing', async () => {
    const { browser } = createAppScene({ onMissing: () => undefined })
    expect(locationOf(await browser.send(`${origin}/deals`))).toContain(
      '/pipedrive/install?returnTo=%2Fdeals',
    )
  })

  test('asks onMissing once for an error of a request, and again for another error or request', async () => {
    const asked: string[] = []
    const { auth, context } = createAppScene({
      onMissing: ({ code }, { url }) => void asked.push(`${code} ${new URL(url).pathname}`),
    })
    const [deals, leads] = [new Request(`${origin}/deals`), new Request(`${origin}/leads`)]
    const error = new ReauthorizationRequiredError('not_signed_in')
    expect(await auth.missing(error, deals, context)).toBeUndefined()
    expect((await auth.answer(error, deals, context)).status).toBe(401)
    expect(asked).toEqual(['not_signed_in /deals'])
    await auth.answer(error, leads, context)
    await auth.answer(new ReauthorizationRequiredError('not_installed'), deals, context)
    expect(asked).toEqual(['not_signed_in /deals', 'not_signed_in /leads', 'not_installed /deals'])
  })

  test('gives the answer of onMissing each time that it is asked for', async () => {
    const { auth, context } = createAppScene({ onMissing: ({ code }) => new Response(code, { status: 418 }) })
    const request = new Request(`${origin}/deals`)
    const error = new ReauthorizationRequiredError('not_signed_in')
    for (const ask of [auth.missing, auth.missing, auth.answer])
      expect((await ask(error, request, context))?.status).toBe(418)
  })

  test('knows the panel of an extension with its own secret, in the guard and on the routes alike', async () => {
    const { oauth, connect, fake, serve, store } = createAppScene({
      extensionSecrets: ['the-secret-of-the-panel'],
    })
    await connect(oauth)
    const token = await fake.extensionToken(undefined, { secret: 'the-secret-of-the-panel' })
    const read = await serve(new Request(`${origin}/deals?token=${token}`))
    expect(await read.text()).toBe('deals of 1001:11')
    const disconnect = new Request(`${origin}/pipedrive/disconnect?token=${token}`, {
      method: 'POST',
      headers: { origin },
    })
    expect([(await serve(disconnect)).status, await store.get(ada)]).toEqual([204, undefined])
  })
})

describe('a page that needs scopes', () => {
  test('lets a user in who has granted them, also by a wider scope', async () => {
    const { oauth, connect, browser, auth, context } = createAppScene({ identify: () => ada })
    await connect(oauth)
    const request = new Request(`${origin}/deals`)
    const installation = await auth.admit(request, context, { scopes: ['base', 'deals:read'] })
    expect(installation.id).toBe(ada)
    expect((await browser.send(`${origin}/deals`)).status).toBe(200)
  })

  test('redirects to consent, with its own address as returnTo', async () => {
    const { oauth, connect, browser, clock } = createAppScene(
      { identify: () => ada },
      '/pipedrive/callback',
      ['contacts:read'],
    )
    await connect(oauth)
    await clock.advance(10 * minute)
    expect(locationOf(await browser.send(`${origin}/contacts`))).toBe(
      `${origin}/pipedrive/install?returnTo=%2Fcontacts`,
    )
  })

  test('says which scopes are missing, without another consent, right after a consent that did not grant them', async () => {
    const { oauth, connect, serve, auth, context } = createAppScene(
      { identify: () => ada },
      '/pipedrive/callback',
      ['contacts:read', 'deals:read', 'leads:full'],
    )
    await connect(oauth)
    const answer = await serve(new Request(`${origin}/contacts`, { headers: page }))
    expect([answer.status, await answer.text()]).toEqual([403, expect.stringContaining('scopes_missing')])
    const json = await serve(new Request(`${origin}/contacts`))
    expect([json.status, await json.json()]).toMatchObject([
      403,
      { code: 'scopes_missing', missingScopes: ['contacts:read', 'leads:full'] },
    ])
    const error = await rejection(
      auth.admit(new Request(`${origin}/contacts`), context, { scopes: ['leads:full'] }),
    )
    expect(error).toMatchObject({
      code: 'scopes_missing',
      installationId: ada,
      missingScopes: ['leads:full'],
    })
  })

  test('refreshes an expired token first', async () => {
    const { oauth, connect, clock, refreshes } = createAppScene()
    await connect(oauth)
    await clock.advance(90 * minute)
    await oauth.installation(ada).requireScopes(['deals:full'])
    expect(refreshes()).toBe(1)
    expect(await failure(oauth.installation('9:9').requireScopes(['base']))).toBe('not_installed')
  })
})
