import { once } from 'node:events'
import { connect as dial } from 'node:net'
import { text } from 'node:stream/consumers'
import type { CallbackResult } from '@pd/oauth-core'
import { drive, expectedJourney, redirectUri } from '@pd/test-support/journey'
import { describe, expect, test } from 'vitest'
import { connect } from '../../connect.ts'
import { createWorld, platforms, startApp } from '../../start-app.ts'
import { appModule } from './app.module.ts'

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

  test('TRACE, and a body of no bytes that a parser has read before, are answered', async () => {
    await using world = await createWorld()
    await using running = await startApp(appModule(world.options), { platform })
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

test('behind a proxy that changes paths, the routes are where `path` says', async () => {
  const publicUri = 'https://app.example.com/api/pipedrive/callback'
  await using world = await createWorld({ redirectUri: publicUri })
  const options = { ...world.options, path: '/connect' }
  await using running = await startApp(appModule(options), { publicUri })
  const { browser } = running
  expect((await browser.page('/api/pipedrive/install')).status).toBe(404)
  const install = await browser.page('/connect/install?returnTo=/deals')
  const consent = new URL(install.headers.get('location')!)
  expect(consent.searchParams.get('redirect_uri')).toBe(publicUri)
  const { search } = new URL(await world.fake.approve(consent))
  const back = await browser.page(`/connect/callback${search}`)
  expect([back.status, back.headers.get('location')]).toEqual([302, '/deals'])
  expect((await browser.data('/deals')).status).toBe(200)
})
