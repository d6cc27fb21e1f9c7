import type { Browser } from 'playwright-core'
import { startChromium } from '@pd/test-support/chromium'
import { rawRequest } from '@pd/test-support/raw-request'
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import { build } from './next-server.ts'
import { allow, createScene, openPage, type Scene } from './scene.ts'

let chromium: Browser
let built: string
beforeAll(async () => {
  built = await build()
  chromium = await startChromium()
}, 300_000)
afterAll(() => chromium?.close())

/** A browser with its own cookies, until the test ends. */
async function openBrowser() {
  const context = await chromium.newContext()
  onTestFinished(() => context.close())
  return context
}

/** A page of a new browser, on which a user has connected. */
async function connected({ origin }: Scene, user: string, tolerated?: RegExp) {
  const page = await openPage(await openBrowser(), tolerated)
  await page.goto(`${origin}/deals`)
  await allow(page, user)
  await page.waitForURL(`${origin}/deals`)
  return page
}

test('next build needs no setting of the application, and renders only what knows no user', () => {
  for (const path of ['/', '/api/deals', '/deals', '/panel', '/pipedrive/[...path]'])
    expect(built).toContain(`ƒ ${path}\n`)
})

test('a page leads to consent and back to its query, for two users in two browsers', async () => {
  const scene = await createScene()
  const [ada, bo] = [await openPage(await openBrowser()), await openPage(await openBrowser())]
  for (const page of [ada, bo]) await page.goto(`${scene.origin}/deals?sort=title&token=`)
  await allow(ada, '1001:11')
  await allow(bo, '1001:12')
  for (const [page, id] of [
    [ada, '1001:11'],
    [bo, '1001:12'],
  ] as const) {
    await page.waitForURL(`${scene.origin}/deals?sort=title`)
    await page.getByText(`Deals of ${id}`).waitFor()
    expect(await page.locator('li').count()).toBeGreaterThan(0)
  }
})

test('two tabs of one browser connect at once', async () => {
  const { origin } = await createScene()
  const context = await openBrowser()
  const tabs = [await openPage(context), await openPage(context)] as const
  await tabs[0].goto(`${origin}/deals?tab=1`)
  await tabs[1].goto(`${origin}/deals?tab=2`)
  for (const [index, tab] of tabs.entries()) {
    await allow(tab, '1001:11')
    await tab.waitForURL(`${origin}/deals?tab=${index + 1}`)
    await tab.getByText('Deals of 1001:11').waitFor()
  }
})

test('a click on a link of Next’s router leads to consent and back, and begins one attempt', async () => {
  const scene = await createScene()
  const page = await openPage(await openBrowser())
  await page.goto(scene.origin)
  await page.getByText('Nobody is connected.').waitFor()
  await page.getByText('Show my deals').click()
  await allow(page, '1001:11')
  await page.waitForURL(`${scene.origin}/deals?sort=title`)
  await page.getByText('Deals of 1001:11').waitFor()
  expect(scene.consents()).toBe(1)
  await page.goto(scene.origin)
  await page.getByText('1001:11 is connected.').waitFor()
})

test('a server action acts for its user; after an uninstall it leads to consent and back to its page', async () => {
  const scene = await createScene()
  const page = await connected(scene, '1001:11')
  await page.getByLabel('Title').fill('From a server action')
  await page.getByRole('button', { name: 'Add' }).click()
  await page.getByRole('listitem').filter({ hasText: 'From a server action' }).waitFor()

  expect(await scene.uninstall('1001:11')).toBe(200)
  const before = scene.consents()
  await page.getByLabel('Title').fill('After the uninstall')
  await page.getByRole('button', { name: 'Add' }).click()
  await allow(page, '1001:11')
  await page.waitForURL(`${scene.origin}/deals`)
  await page.getByText('Deals of 1001:11').waitFor()
  expect(scene.consents()).toBe(before + 1)
  expect(await page.getByRole('listitem').filter({ hasText: 'After the uninstall' }).count()).toBe(0)
})

test('a user disconnects by a form, and connects again', async () => {
  const scene = await createScene()
  const page = await connected(scene, '1001:11')
  await page.getByRole('button', { name: 'Disconnect' }).click()
  await page.getByText('Nobody is connected.').waitFor()
  expect(scene.fake.installations()).toEqual([])
  await page.getByText('Show my deals').click()
  await allow(page, '1001:11')
  await page.getByText('Deals of 1001:11').waitFor()
})

test('a guarded route handler answers JSON: with the install link for strangers, with deals for the user', async () => {
  const scene = await createScene()
  const stranger = await fetch(`${scene.origin}/api/deals`)
  expect([stranger.status, await stranger.json()]).toMatchObject([
    401,
    { code: 'not_signed_in', install: `${scene.origin}/pipedrive/install` },
  ])
  const page = await connected(scene, '1001:12')
  const own = await page.request.get(`${scene.origin}/api/deals`)
  expect(await own.json()).toMatchObject({
    deals: expect.arrayContaining([expect.objectContaining({ title: expect.any(String) })]),
  })
})

test('a panel in a frame asks its user to connect in a tab, and knows him without cookies', async () => {
  const scene = await createScene()
  const page = await openPage(await openBrowser())
  await page.goto(`${scene.pipedrive}/__fake/panel?user=1001:12`)
  const panel = page.frameLocator('iframe')
  const [tab] = await Promise.all([
    page.waitForEvent('popup'),
    panel.getByRole('link', { name: 'Connect Pipedrive' }).click(),
  ])
  await allow(tab, '1001:12')
  await tab.waitForURL((url) => url.origin === scene.origin && !url.searchParams.has('token'))
  await page.reload()
  await panel.getByRole('listitem').first().waitFor()
})

test('headers and cookies that others set stay, and the address that a proxy claims decides nothing', async () => {
  const { origin, fake } = await createScene()
  const begun = await fetch(`${origin}/pipedrive/install?returnTo=/deals`, { redirect: 'manual' })
  expect(begun.headers.get('x-request-id')).toMatch(/^[\w-]{36}$/)
  expect(begun.headers.getSetCookie()).toEqual([
    expect.stringMatching(/^visitor=/),
    expect.stringMatching(/^pd_attempt_/),
  ])
  const cookie = begun.headers.getSetCookie().map((line) => line.split(';', 1)[0])
  const callback = await fake.approve(begun.headers.get('location') ?? '')
  const back = await fetch(callback, { redirect: 'manual', headers: { cookie: cookie.join('; ') } })
  expect([back.status, back.headers.get('location')]).toEqual([302, '/deals'])
  expect(back.headers.getSetCookie().toSorted()).toEqual([
    expect.stringMatching(/^pd_attempt_/),
    expect.stringMatching(/^pd_session_[\w-]+=/),
    expect.stringMatching(/^welcome=yes/),
  ])

  const elsewhere = await rawRequest(origin.replace('localhost', '127.0.0.1'), [
    'GET /deals?page=2 HTTP/1.1',
    'Host: internal.example',
    'X-Forwarded-Host: evil.example',
    'Accept: text/html',
  ])
  expect(elsewhere).toMatch(/^HTTP\/1.1 307 /)
  expect(elsewhere).toContain(`ocation: ${origin}/pipedrive/install?returnTo=%2Fdeals%3Fpage%3D2`)
})

test('while Pipedrive is unavailable, the error page gets the code, and the log has one line with it', async () => {
  const scene = await createScene()
  const { faults } = scene.fake
  faults.add({
    endpoint: 'token',
    grantType: 'authorization_code',
    fault: { type: 'override', fields: { expires_in: 1 } },
  })
  faults.add({
    endpoint: 'token',
    grantType: 'refresh_token',
    times: 100,
    fault: { type: 'status', status: 503 },
  })
  const page = await connected(scene, '1001:11', /500|Minified React error #441/)
  await page.getByText('token_endpoint_unavailable').waitFor()
  expect(scene.server().errors.match(/GET \/deals was answered with 503/g)).toHaveLength(1)
})

test('a refresh that a page began outlives the server’s end, and the next server knows its tokens', async () => {
  const scene = await createScene()
  const gate = scene.fake.faults.hold({ endpoint: 'token', grantType: 'refresh_token' })
  const page = await connected(scene, '1001:11')
  await scene.ageTokens()
  let isRefreshing = false
  void gate.reached.then(() => (isRefreshing = true))
  // The server believes its memory for some seconds.
  const shown = async () => {
    await page.reload()
    await page.getByText('Deals of 1001:11').waitFor()
    return isRefreshing
  }
  await expect.poll(shown, { interval: 500 }).toBe(true)

  const { ended } = await scene.replaceServer()
  gate.release()
  await ended
  expect(scene.refreshes()).toMatchObject([{ status: 200, abandoned: false }])
  await page.goto(`${scene.origin}/deals`)
  await page.getByText('Deals of 1001:11').waitFor()
  expect(scene.refreshes()).toHaveLength(1)
})
