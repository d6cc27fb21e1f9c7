import { once } from 'node:events'
import { connect as dial } from 'node:net'
import { text } from 'node:stream/consumers'
import type { CallbackResult } from '@pd/oauth-core'
import { drive, expectedJourney, redirectUri } from '@pd/test-support/journey'
import { describe, expect, test } from 'vitest'
import { connect } from '../../connect.ts'
import { createWorld, platforms, startApp } from '../../start-app.ts'
import type { FastifyReplyLike } from '@pd/oauth-node/listener'
import type { PipedriveContext, PlatformRequest } from '../../../src/index.ts'
import { appModule, scopesModule } from './app.module.ts'

/** What Express's response and Fastify's reply have in common. */
interface OfBothPlatforms extends FastifyReplyLike {
  status(code: number): OfBothPlatforms
  header(name: string, value: string): OfBothPlatforms
  send(payload: unknown): unknown
}
type Context = PipedriveContext<PlatformRequest, OfBothPlatforms>

describe.each(platforms)('on %s', (platform) => {
  test('F02 an application goes the whole way: connect, read, 100 readers with an expired token, uninstall', async () => {
    await using world = await createWorld()
    await using running = await startApp(appModule(world.options), { platform })
    const journey = await drive(world.fake, [running.origin], { callers: 100 })
    expect(journey).toEqual(expectedJourney(journey.deals))
    expect(journey.deals).toBeGreaterThan(0)
  })

  test('a page in a frame is not redirected: it shows the install link', async () => {
    await using world = await createWorld()
    await using running = await startApp(appModule(world.options), { platform })
    const headers = { accept: 'text/html', 'sec-fetch-dest': 'iframe' }
    const response = await running.browser.send('/deals', { headers })
    expect(response.status).toBe(401)
    expect(response.headers.get('content-type')).toBe('text/html; charset=utf-8')
    expect(await response.text()).toContain('/pipedrive/install')
  })

  test('an extension page is known by its signed token', async () => {
    await using world = await createWorld()
    await using running = await startApp(appModule(world.options), { platform })
    await connect(world.fake, running.browser)
    const stranger = `${running.origin}/deals?token=${await world.fake.extensionToken()}`
    expect((await fetch(stranger)).status).toBe(200)
    expect((await fetch(`${running.origin}/deals?token=forged`)).status).toBe(401)
  })

  test('an outage of Pipedrive is 503 with the time to come back, and the user stays connected', async () => {
    await using world = await createWorld()
    await using running = await startApp(appModule(world.options), { platform })
    const { browser } = running
    await connect(world.fake, browser, { expiresIn: 1 })
    world.fake.faults.add({ endpoint: 'token', fault: { type: 'status', status: 503 }, times: 10 })

    expect((await browser.data('/deals')).status).toBe(503)
    const cooling = await browser.data('/deals')
    expect([cooling.status, (await cooling.json()).code]).toEqual([503, 'token_endpoint_unavailable'])
    expect(Number(cooling.headers.get('retry-after'))).toBeGreaterThan(0)
    expect(world.fake.installations().length).toBe(1)
  })

  test('a disconnect from a page of our own ends the installation on both sides; from elsewhere it is refused', async () => {
    await using world = await createWorld()
    await using running = await startApp(appModule(world.options), { platform })
    const { browser } = running
    await connect(world.fake, browser)
    const disconnect = (site: string) =>
      browser.send('/pipedrive/disconnect', { method: 'POST', headers: { 'sec-fetch-site': site } })
    expect((await disconnect('cross-site')).status).toBe(403)
    expect(world.fake.installations().length).toBe(1)
    expect((await disconnect('same-origin')).status).toBe(204)
    expect(world.fake.installations()).toEqual([])
    expect((await browser.data('/deals')).status).toBe(401)
  })

  test('onConnected may answer, and what it throws is the application’s own error', async () => {
    await using world = await createWorld()
    const onConnected = ({ account }: CallbackResult) => {
      if (account.userId === 12) throw new Error('the welcome mail could not be sent')
      return new Response(`Welcome, ${account.userName}`, { status: 201 })
    }
    await using running = await startApp(appModule({ ...world.options, onConnected }), { platform })
    const arrive = async (user: string) => {
      const install = await running.browser.page('/pipedrive/install')
      return running.browser.page(await world.fake.approve(install.headers.get('location')!, { user }))
    }
    const welcome = await arrive('1001:11')
    expect([welcome.status, await welcome.text()]).toEqual([201, 'Welcome, Ada Lindqvist'])
    expect((await running.browser.data('/deals')).status).toBe(200)
    const failed = await arrive('1001:12')
    expect([failed.status, await failed.text()]).toEqual([500, expect.not.stringContaining('welcome mail')])
  })

  test('onConnected gets the name that referenceOf read from the request of the platform', async () => {
    await using world = await createWorld()
    const names: unknown[] = []
    const options = {
      ...world.options,
      referenceOf: (_: globalThis.Request, { request }: PipedriveContext) =>
        `tenant of ${request.headers.host}`,
      onConnected: ({ reference }: CallbackResult) => void names.push(reference),
    }
    await using running = await startApp(appModule(options), { platform })
    await connect(world.fake, running.browser)
    expect(names).toEqual([expect.stringMatching(/^tenant of .+:\d+$/)])
  })

  test('callbacks see every address at the origin of redirectUri, whatever the Host', async () => {
    await using world = await createWorld()
    const seen: string[] = []
    const see = ({ url }: globalThis.Request) => void seen.push(url)
    const options = {
      ...world.options,
      referenceOf: see,
      identify: see,
      onMissing: (_: unknown, of: globalThis.Request) => see(of),
    }
    await using running = await startApp(appModule(options), { platform })
    await fetch(`${running.origin}/pipedrive/install?from=menu`, { redirect: 'manual' })
    await fetch(`${running.origin}/deals?page=2`)
    const { origin } = new URL(redirectUri)
    expect(running.origin).not.toBe(origin)
    expect([...new Set(seen)]).toEqual([`${origin}/pipedrive/install?from=menu`, `${origin}/deals?page=2`])
  })

  test('onConnected and onMissing may answer through the response of the platform, beside our cookies', async () => {
    await using world = await createWorld()
    const answer = ({ response }: Context, status: number, text: string) =>
      void response.status(status).header('x-own', 'yes').send(text)
    await using running = await startApp(
      appModule({
        ...world.options,
        onConnected: ({ account }, _request, context: Context) =>
          answer(context, 201, `Hello ${account.userName}`),
        onMissing: ({ code }, _request, context: Context) => answer(context, 418, code),
      }),
      { platform },
    )
    const missing = await running.browser.data('/deals')
    expect([missing.status, await missing.text()]).toEqual([418, 'not_signed_in'])
    const install = await running.browser.page('/pipedrive/install')
    const welcome = await running.browser.page(await world.fake.approve(install.headers.get('location')!))
    expect([welcome.status, await welcome.text()]).toEqual([201, 'Hello Ada Lindqvist'])
    expect(welcome.headers.get('x-own')).toBe('yes')
    expect(welcome.headers.getSetCookie().some((cookie) => cookie.startsWith('pd_session_'))).toBe(true)
    expect((await running.browser.data('/deals')).status).toBe(200)
  })

  test('scopes that the controller or the handler requires are checked, and the missing ones named', async () => {
    await using world = await createWorld()
    await using running = await startApp(scopesModule(world.options), { platform })
    const { browser } = running
    await connect(world.fake, browser)
    expect((await browser.data('/webhooks')).status).toBe(200)
    const response = await browser.data('/webhooks/all')
    expect([response.status, await response.json()]).toMatchObject([
      403,
      { code: 'scopes_missing', missingScopes: ['admin'] },
    ])
    // The consent has just been given: another one would end the same way.
    const page = await browser.page('/webhooks/all')
    expect([page.status, await page.text()]).toEqual([403, expect.stringContaining('/pipedrive/install')])
  })

  test('F60 behind a proxy that strips a prefix every address that leaves is the public one', async () => {
    const publicUri = 'https://app.example.com/crm/pipedrive/callback'
    await using world = await createWorld({ redirectUri: publicUri })
    const options = { ...world.options, path: '/pipedrive' }
    await using running = await startApp(appModule(options), { platform, publicUri })
    const { browser } = running
    /** What the proxy does. */
    const inside = (address: string | null) => new URL(address ?? '', publicUri).href.replace('/crm/', '/')
    const refused = await browser.page('/deals?page=2')
    const install = refused.headers.get('location')
    expect(install).toBe('https://app.example.com/crm/pipedrive/install?returnTo=%2Fcrm%2Fdeals%3Fpage%3D2')
    const consent = (await browser.page(inside(install))).headers.get('location') ?? ''
    expect(new URL(consent).searchParams.get('redirect_uri')).toBe(publicUri)
    const back = await browser.page(inside(await world.fake.approve(consent)))
    expect(back.headers.get('location')).toBe('/crm/deals?page=2')
    expect((await browser.data('/deals')).status).toBe(200)
    expect((await browser.page('/crm/pipedrive/install')).status).toBe(404)
  })

  test('TRACE, and a body of no bytes that a parser has read before, are answered', async () => {
    await using world = await createWorld()
    const options = { ...world.options, sharingNotices: true }
    await using running = await startApp(appModule(options), { platform })
    const { hostname, port } = new URL(running.origin)
    const answerTo = async (...lines: string[]) => {
      const socket = dial(Number(port), hostname)
      await once(socket, 'connect')
      socket.write([...lines, 'Host: localhost', 'Connection: close', '', ''].join('\r\n'))
      return text(socket)
    }
    expect(await answerTo('TRACE /deals HTTP/1.1')).toMatch(/^HTTP\/1.1 404/)
    const empty = ['Content-Type: application/json', 'Content-Length: 0']
    expect(await answerTo('POST /pipedrive/callback HTTP/1.1', ...empty)).toMatch(/^HTTP\/1.1 400/)
    expect((await running.browser.data('/deals')).status).toBe(401)
  })

  test('other paths are the application’s own, and 404 is its answer', async () => {
    await using world = await createWorld()
    await using running = await startApp(appModule(world.options), { platform })
    for (const path of ['/', '/pipedrive', '/pipedrive/other', '//evil.example/pipedrive/install'])
      expect([path, (await fetch(running.origin + path)).status]).toEqual([path, 404])
    expect((await fetch(running.origin + new URL(redirectUri).pathname, { method: 'PUT' })).status).toBe(405)
  })
})

test('the routes can be left to the team', async () => {
  await using world = await createWorld()
  await using running = await startApp(appModule({ ...world.options, routes: false }))
  expect((await running.browser.page('/pipedrive/install')).status).toBe(404)
})
