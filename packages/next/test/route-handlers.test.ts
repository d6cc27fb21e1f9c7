/** The handlers as functions. A built application with its pages and server actions is tested in `apps/next`. */
import { ConfigurationError, TokenEndpointError } from '@pd/oauth-core'
import { NextRequest } from 'next/server.js'
import { describe, expect, test } from 'vitest'
import { pipedriveAuth } from '../src/index.ts'
import { inside } from './inside-next.ts'
import { createConnectedScene, createForeignError, createScene, origin } from './scene.ts'

const context = { params: Promise.resolve({}) }

describe('the routes', () => {
  test('connect a user whatever address Next has', async () => {
    const { back, fake } = await createConnectedScene()
    expect([back.status, back.headers.get('location')]).toEqual([302, '/deals'])
    expect(fake.installations()).toHaveLength(1)
  })

  test('take an uninstall notice with its body', async () => {
    const { fake, oauth, routes } = await createConnectedScene()
    const { request } = await fake.uninstall()
    expect((await routes.DELETE(request)).status).toBe(200)
    expect(await oauth.installation('1001:11').describe()).toBeUndefined()
  })

  test.each([
    ['was read', (request: Request) => request.text()],
    ['is being read', (request: Request) => void request.body?.getReader()],
  ])('F75 refuse an uninstall notice whose body %s by somebody else', async (_, use) => {
    const { fake, oauth, routes } = await createConnectedScene()
    const { request } = await fake.uninstall()
    await use(request)
    expect((await routes.DELETE(request)).status).toBe(400)
    expect(await oauth.installation('1001:11').describe()).toBeDefined()
  })

  test('answer other paths with 404, and HEAD as GET', async () => {
    const { routes } = pipedriveAuth(createScene().oauth)
    expect((await routes.GET(new Request(`${inside}/pipedrive/other`))).status).toBe(404)
    const head = await routes.HEAD(new Request(`${inside}/pipedrive/install`, { method: 'HEAD' }))
    expect([head.status, await head.text()]).toEqual([302, ''])
  })

  test.each([
    ['with `trailingSlash`', `${origin}/pipedrive/callback`, {}, '/pipedrive/install/'],
    [
      'with `basePath`, which Next removes',
      `${origin}/shop/pipedrive/callback`,
      { path: '/pipedrive' },
      '/pipedrive/install',
    ],
  ] as const)('are found %s', async (_, redirectUri, options, path) => {
    const { routes } = pipedriveAuth(createScene(redirectUri).oauth, options)
    const begun = await routes.GET(new Request(inside + path))
    expect(begun.headers.get('location')).toContain(encodeURIComponent(redirectUri))
  })

  test('begin no attempt for Next’s router, which asks before the browser goes there', async () => {
    const { routes } = pipedriveAuth(createScene().oauth)
    const asked = new Request(`${inside}/pipedrive/install`, { headers: { rsc: '1' } })
    const answer = await routes.GET(asked)
    expect([answer.headers.get('location'), answer.headers.getSetCookie()]).toEqual([null, []])
  })
})

describe('requireInstallation() around a handler', () => {
  test('passes the installation, and the handler’s own context', async () => {
    const { requireInstallation, cookie } = await createConnectedScene()
    const handler = requireInstallation<{ params: Promise<{ deal: number }> }>(
      {},
      async (request, { installation, params }) =>
        Response.json([installation.id, (await params).deal, await request.json()]),
    )
    const request = new NextRequest(`${inside}/deals/7`, {
      method: 'POST',
      headers: { cookie },
      body: '"sent"',
    })
    const answer = await handler(request, { params: Promise.resolve({ deal: 7 }) })
    expect(await answer.json()).toEqual(['1001:11', 7, 'sent'])
  })

  test('leads a page to consent and back at the origin of redirectUri, and answers a script with JSON', async () => {
    const { requireInstallation } = pipedriveAuth(createScene().oauth)
    const handler = requireInstallation({}, () => new Response('never'))
    const page = await handler(
      new NextRequest(`${inside}/report?month=2`, { headers: { accept: 'text/html' } }),
      context,
    )
    const install = `${origin}/pipedrive/install`
    expect(page.headers.get('location')).toBe(`${install}?returnTo=%2Freport%3Fmonth%3D2`)
    const script = await handler(new NextRequest(`${inside}/report`), context)
    expect([script.status, await script.json()]).toMatchObject([401, { code: 'not_signed_in', install }])
  })

  test('asks onMissing once, if that has no answer', async () => {
    const asked: string[] = []
    const { requireInstallation } = pipedriveAuth(createScene().oauth, {
      onMissing: ({ code }) => void asked.push(code),
    })
    const handler = requireInstallation({}, () => new Response('never'))
    expect((await handler(new NextRequest(`${inside}/report`), context)).status).toBe(401)
    expect(asked).toEqual(['not_signed_in'])
  })

  test('asks for missing scopes', async () => {
    const { requireInstallation, cookie } = await createConnectedScene()
    const handler = requireInstallation({ scopes: ['contacts:full'] }, () => new Response('never'))
    const answer = await handler(new NextRequest(`${inside}/api/deals`, { headers: { cookie } }), context)
    expect(await answer.json()).toMatchObject({ code: 'scopes_missing', missingScopes: ['contacts:full'] })
  })

  test('answers this library’s errors that the handler throws, and leaves others to Next', async () => {
    const { requireInstallation, cookie } = await createConnectedScene()
    const thrower = (error: Error) =>
      requireInstallation({}, () => {
        throw error
      })(new NextRequest(`${inside}/api/deals`, { headers: { cookie } }), context)
    const answer = await thrower(new TokenEndpointError('token_endpoint_timeout'))
    expect([answer.status, await answer.json()]).toMatchObject([503, { code: 'token_endpoint_timeout' }])
    await expect(thrower(new RangeError('own'))).rejects.toThrow(RangeError)
  })
})

test('F73 the error of another app that a handler throws is left to Next: its consent is elsewhere', async () => {
  const { requireInstallation, cookie } = await createConnectedScene()
  const error = await createForeignError()
  const handler = requireInstallation({}, () => {
    throw error
  })
  const request = new NextRequest(`${inside}/deals`, { headers: { cookie, accept: 'text/html' } })
  await expect(handler(request, context)).rejects.toBe(error)
})

describe('options', () => {
  test('that are unknown or wrong are refused when the application starts', () => {
    const { oauth } = createScene()
    const wrong = { sessionMs: -1, onConnect: () => {} }
    expect(() => pipedriveAuth(oauth, wrong)).toThrow(/onConnect[\s\S]*sessionMs/)
    const { requireInstallation } = pipedriveAuth(oauth)
    const scope: object = { scope: 'deals:read' }
    expect(() => requireInstallation(scope, () => new Response())).toThrow(ConfigurationError)
  })

  test('of a page are refused where it asks', async () => {
    const { requireInstallation, installation } = pipedriveAuth(createScene().oauth)
    const scope: object = { scope: 'deals:read' }
    await expect(requireInstallation(scope)).rejects.toThrow(ConfigurationError)
    await expect(installation(scope)).rejects.toThrow(ConfigurationError)
  })
})
