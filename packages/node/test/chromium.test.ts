import { createFakePipedrive } from '@pd/fake-pipedrive'
import { createServer } from 'node:http'
import { PipedriveOAuth, PipedriveOAuthError } from '@pd/oauth-core'
import { createWebAuth } from '@pd/oauth-core/adapter'
import { startChromium } from '@pd/test-support/chromium'
import { freePort } from '@pd/test-support/free-port'
import { afterAll, beforeAll, expect, onTestFinished, test, vi } from 'vitest'
import { toNodeListener } from '../src/index.ts'

vi.setConfig({ testTimeout: 60_000 })

type Chromium = Awaited<ReturnType<typeof startChromium>>
type Page = Awaited<ReturnType<Chromium['newPage']>>

let chromium: Chromium
beforeAll(async () => {
  chromium = await startChromium()
})
afterAll(() => chromium.close())

const worker = 'self.addEventListener("fetch", (event) => event.respondWith(fetch(event.request)))'

/** An application on localhost: `/open` is for everybody, every other page for those who are signed in. */
async function startApp() {
  const port = await freePort()
  const redirectUri = `http://localhost:${port}/pipedrive/callback`
  const fake = createFakePipedrive({ redirectUri })
  const { origin } = await fake.listen()
  const { clientId, clientSecret } = fake.app
  const secrets = ['test-secret-that-is-long-enough-0001']
  const endpoints = { oauth: origin, api: origin }
  const auth = createWebAuth(new PipedriveOAuth({ clientId, clientSecret, redirectUri, secrets, endpoints }))
  const html = (text: string) => new Response(text, { headers: { 'content-type': 'text/html' } })
  const server = createServer(
    toNodeListener(async (request) => {
      const { pathname } = new URL(request.url)
      if (pathname === '/open') return html('<h1>open</h1>')
      if (pathname === '/worker.js')
        return new Response(worker, { headers: { 'content-type': 'text/javascript' } })
      try {
        if (auth.isRoute(request)) return await auth.handle(request, undefined)
        const { id } = await auth.admit(request, undefined)
        return html(`<h1>${pathname} of ${id}</h1>`)
      } catch (error) {
        if (error instanceof PipedriveOAuthError) return auth.answer(error, request, undefined)
        throw error
      }
    }),
  )
  await new Promise<void>((resolve) => server.listen(port, resolve))
  onTestFinished(async () => {
    server.close()
    server.closeAllConnections()
    await fake.close()
  })
  return { fake, at: (host: string, path: string) => `http://${host}:${port}${path}` }
}

async function openPage(): Promise<Page> {
  const context = await chromium.newContext()
  onTestFinished(() => context.close())
  return context.newPage()
}

const decide = (page: Page, decision: 'allow' | 'cancel') => page.click(`button[value=${decision}]`)

test.each([
  ['connecting', 'allow'],
  ['cancelling', 'cancel'],
] as const)('F62 in Chromium a user goes back after %s, allows, and connects', async (_, decision) => {
  const { at } = await startApp()
  const page = await openPage()
  await page.goto(at('localhost', '/deals?page=2'))
  const consent = page.url()
  await decide(page, decision)
  await page.waitForSelector('h1')
  await page.goto(consent)
  await decide(page, 'allow')
  await page.waitForSelector('button[value=allow]')
  await decide(page, 'allow')
  await page.waitForSelector('h1 >> text=/deals of 1001:11')
  expect(page.url()).toBe(at('localhost', '/deals?page=2'))
})

test('F65 in Chromium a user who begins at 127.0.0.1 comes back connected', async () => {
  const { at } = await startApp()
  const page = await openPage()
  await page.goto(at('127.0.0.1', '/pipedrive/install?returnTo=/deals'))
  await decide(page, 'allow')
  await page.waitForSelector('h1 >> text=/deals of 1001:11')
})

test('F69 in Chromium a page that a service worker passes on is redirected, and the user comes back to it', async () => {
  const { at } = await startApp()
  const page = await openPage()
  await page.goto(at('localhost', '/open'))
  await page.evaluate(async () => {
    await navigator.serviceWorker.register('/worker.js')
    await navigator.serviceWorker.ready
  })
  await page.goto(at('localhost', '/deals'))
  await decide(page, 'allow')
  await page.waitForSelector('h1 >> text=/deals of 1001:11')
})

test('F73 in Chromium two programs on two ports of localhost keep their sessions', async () => {
  const [one, other] = [await startApp(), await startApp()]
  const page = await openPage()
  for (const { at } of [one, other]) {
    await page.goto(at('localhost', '/deals'))
    await decide(page, 'allow')
    await page.waitForSelector('h1 >> text=/deals of 1001:11')
  }
  await page.goto(one.at('localhost', '/deals'))
  expect(await page.textContent('h1')).toBe('/deals of 1001:11')
})

test('F74 in Chromium the longest address that is accepted is kept', async () => {
  const { at } = await startApp()
  const page = await openPage()
  const returnTo = `/${'日'.repeat(399)}`
  await page.goto(at('localhost', `/pipedrive/install?${new URLSearchParams({ returnTo })}`))
  await decide(page, 'allow')
  await page.waitForSelector('h1 >> text=of 1001:11')
  expect(decodeURI(new URL(page.url()).pathname)).toBe(returnTo)
})
