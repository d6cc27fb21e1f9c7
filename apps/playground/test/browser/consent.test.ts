import { expect, test, vi } from 'vitest'
import type { Page } from 'playwright-core'
import { createScene, type Scene } from '../scene.ts'
import { allow, connectIn, keepPicture, openPageOf, useChromium } from './pages.ts'

vi.setConfig({ testTimeout: 60_000 })

const openPage = openPageOf(useChromium())

const ada = '1001:11'
const cleo = '1002:13'

const whoIsShown = (page: Page) => page.textContent('#status-title')
const exchanges = ({ fake }: Scene) => fake.tokenRequests({ grantType: 'authorization_code' })

test('a user who cancels on the consent page gets a page with a way back', async () => {
  const scene = await createScene()
  const page = await openPage({ tolerated: /status of 403/ })
  await page.goto(scene.origin)
  await page.click('text=Connect Pipedrive')
  await page.waitForSelector('text=Allow Playground to use your account?')
  await keepPicture(page, 'consent')
  await page.click('button[value=cancel]')
  await page.waitForSelector('h1 >> text=Not connected')
  expect(await page.textContent('h1 + p')).toBe('You cancelled on Pipedrive’s page. Nothing was changed.')
  await keepPicture(page, 'cancelled')
  expect(scene.fake.installations()).toEqual([])

  await page.click('text=Connect Pipedrive')
  await allow(page)
  await page.waitForSelector('#live.on')
  expect(await whoIsShown(page)).toBe('Ada Lindqvist')
})

test.each([
  ['the one that began first ends first', [0, 1]],
  ['the one that began last ends first', [1, 0]],
])('F22 two tabs connect at once, and both complete: %s', async (_, order) => {
  const scene = await createScene()
  const first = await openPage()
  const tabs = [
    { page: first, user: ada, name: 'Ada Lindqvist' },
    { page: await first.context().newPage(), user: cleo, name: 'Cleo Marsh' },
  ]
  for (const { page } of tabs) await page.goto(`${scene.origin}/pipedrive/install`)
  for (const index of order) {
    const { page, user, name } = tabs[index]!
    await allow(page, user)
    await page.waitForSelector('#live.on')
    expect(await whoIsShown(page)).toBe(name)
  }
  expect(scene.fake.installations().map(({ id }) => id)).toEqual(order.map((index) => tabs[index]!.user))
  await keepPicture(first, 'two-users')
})

test('F22 two tabs with callbacks in flight at the same time both complete', async () => {
  const scene = await createScene()
  const first = await openPage()
  const second = await first.context().newPage()
  for (const page of [first, second]) await page.goto(`${scene.origin}/pipedrive/install`)
  const gates = [scene.fake.faults.hold({ endpoint: 'token' }), scene.fake.faults.hold({ endpoint: 'token' })]
  const allowed = [allow(first, ada), allow(second, cleo)]
  await Promise.all(gates.map(({ reached }) => reached))
  for (const gate of gates.toReversed()) gate.release()
  await Promise.all(allowed)
  for (const page of [first, second]) await page.waitForSelector('#live.on')
  // A browser shows one installation: the one whose callback was answered last.
  const names = ['Ada Lindqvist', 'Cleo Marsh']
  expect(names).toContain(await whoIsShown(second))
  await first.reload()
  expect(await first.locator('#people .tab span').allTextContents()).toEqual(names)
  expect(exchanges(scene)).toHaveLength(2)
})

test('F23 a callback that is loaded again leads to the same page', async () => {
  const scene = await createScene()
  const page = await openPage()
  const callback = callbackOf(page)
  await connectIn(page, scene)
  const answer = await page.goto(await callback)
  expect([answer?.status(), page.url()]).toEqual([200, `${scene.origin}/`])
  expect(await whoIsShown(page)).toBe('Ada Lindqvist')
  await page.reload()
  expect(await whoIsShown(page)).toBe('Ada Lindqvist')
  expect(exchanges(scene)).toHaveLength(1)
  expect(scene.fake.installations()).toHaveLength(1)
})

test('F23 a callback that is reloaded while it is in flight connects the user once', async () => {
  const scene = await createScene()
  const page = await openPage()
  const callback = callbackOf(page)
  await page.goto(`${scene.origin}/pipedrive/install`)
  const gate = scene.fake.faults.hold({ endpoint: 'token' })
  await page.click('button[value=allow]', { noWaitAfter: true })
  await gate.reached
  const asksAgain = page.waitForRequest((request) => request.url().includes('/pipedrive/callback'))
  const again = page.goto(await callback)
  await asksAgain
  gate.release()
  await again
  await page.waitForSelector('#live.on')
  expect([page.url(), await whoIsShown(page)]).toEqual([`${scene.origin}/`, 'Ada Lindqvist'])
  expect(exchanges(scene)).toHaveLength(1)
})

test('F23 going back to the consent page and forward again leads to the same page', async () => {
  const scene = await createScene()
  const page = await openPage()
  await connectIn(page, scene)
  await page.goBack()
  expect(page.url()).toContain(`${scene.controls.origin}/oauth/authorize`)
  await page.goForward()
  await page.waitForSelector('#live.on')
  expect([page.url(), await whoIsShown(page)]).toEqual([`${scene.origin}/`, 'Ada Lindqvist'])
  expect(exchanges(scene)).toHaveLength(1)
})

/** Resolves to the callback address with which Pipedrive sends the user back. */
async function callbackOf(page: Page): Promise<string> {
  const request = await page.waitForRequest((request) => request.url().includes('/pipedrive/callback?'))
  return request.url()
}
