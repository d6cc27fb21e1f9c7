import { expect, test, vi } from 'vitest'
import type { Page } from 'playwright-core'
import { createScene } from '../scene.ts'
import { connectIn, keepPicture, openPageOf, useChromium } from './pages.ts'

vi.setConfig({ testTimeout: 60_000 })

const chromium = useChromium()
const openPage = openPageOf(chromium)

const button = (page: Page, name: string) => page.getByRole('button', { name, exact: true })

test('a click connects, and the access token counts down', async () => {
  const scene = await createScene()
  const page = await openPage()
  await page.goto(scene.origin)
  await page.click('text=Connect Pipedrive')
  await page.click('button[value=allow]')
  await page.waitForSelector('text=Ada Lindqvist')
  const shown = await page.textContent('.countdown')
  expect(shown?.trim()).toMatch(/^59:5\d$/)
  await page.waitForFunction((before) => document.querySelector('.countdown')?.textContent !== before, shown)
})

test('the page shows a refresh from the first caller to the last without reloading', async () => {
  const scene = await createScene()
  const page = await openPage()
  await connectIn(page, scene)
  await page.evaluate(() => (document.body.dataset['kept'] = 'yes'))

  await button(page, 'Expire now').click()
  await page.waitForSelector('.countdown >> text=expired')
  const gate = scene.fake.faults.hold({ endpoint: 'token' })
  await button(page, '100 callers at once').click()
  await gate.reached
  await page.waitForSelector('#machine[data-state=refreshing]')
  await page.waitForSelector('.landscape .arrow.lit >> text=token_requested')
  await page.waitForSelector('#status .pill >> text=Refreshing')

  gate.release()
  await page.waitForSelector('#machine[data-state=active]')
  await page.waitForSelector('#result >> text=one refresh served all callers')
  expect(await page.locator('.landscape .arrow.lit').evaluateAll(eventNames)).toEqual(['refreshed'])
  expect((await page.locator('#result dd').allTextContents()).slice(0, 4)).toEqual(['100', '100', '1', '1'])
  await page.waitForSelector('#event-list li:first-child >> text=The tokens were refreshed.')
  await keepPicture(page, 'connected')
  expect(await page.evaluate(() => document.body.dataset['kept'])).toBe('yes')
  expect(
    await button(page, '100 callers at once').evaluate((element) => element === document.activeElement),
  ).toBe(true)
})

test('an outage lights the arrow refresh_failed and starts the countdown of the cooldown', async () => {
  const scene = await createScene()
  const page = await openPage()
  await connectIn(page, scene)
  await button(page, 'Simulate outage').click()
  await button(page, 'End the outage').waitFor()
  await button(page, 'Expire now').click()
  await page.waitForSelector('.countdown >> text=expired')
  await button(page, 'Read deals again').click()
  await page.waitForSelector('#deals .notice >> text=token_endpoint_unavailable')
  await page.waitForSelector('.landscape .arrow.lit[data-event=refresh_failed]')
  expect(await page.locator('.landscape .arrow.lit').evaluateAll(eventNames)).toEqual(['refresh_failed'])
  await page.waitForSelector('#status .notice strong >> text=with the next caller')
})

test('every page of an installation shows its uninstall', async () => {
  const scene = await createScene()
  const page = await openPage()
  await connectIn(page, scene)
  const other = await page.context().newPage()
  await other.goto(scene.origin)
  await other.waitForSelector('#live.on')
  await button(page, 'Uninstall at Pipedrive').click()
  for (const shown of [page, other]) {
    await shown.waitForSelector('text=Not installed any more')
    expect(await shown.getAttribute('#machine', 'data-state')).toBe('not_installed')
    expect(await shown.locator('#actions').evaluate((element: HTMLElement) => element.inert)).toBe(true)
  }
})

test('markup in names never runs, on the page or in the stream', async () => {
  const attack = `<img src=x onerror="alert('1')">`
  const scene = await createScene({
    companies: [{ id: 5, name: `Inc ${attack}`, domain: 'inc' }],
    users: [{ id: 6, companyId: 5, name: `Eve ${attack}` }],
  })
  const page = await openPage()
  await connectIn(page, scene, '5:6')
  await button(page, 'Refresh now').click()
  await page.waitForSelector('#event-list >> text=The tokens were refreshed.')
  await button(page, 'Uninstall at Pipedrive').click()
  await page.waitForSelector('#event-list >> text=uninstalled the app at Pipedrive.')
  expect(await page.locator('img').count()).toBe(0)
})

test('without JavaScript the buttons work by reloading the page', async () => {
  const scene = await createScene()
  const page = await openPage({ javaScriptEnabled: false })
  await page.goto(scene.origin)
  await page.click('text=Connect Pipedrive')
  await page.click('button[value=allow]')
  await button(page, 'Refresh now').click()
  await page.waitForSelector('text=The library has a new access token.')
  await button(page, 'Disconnect').click()
  await page.waitForSelector('text=Connect Pipedrive')
})

test.each(['light', 'dark'] as const)('nothing is cut off on a narrow %s screen', async (colorScheme) => {
  const scene = await createScene()
  const page = await openPage({ viewport: { width: 390, height: 844 }, colorScheme })
  await connectIn(page, scene)
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(390)
  expect(await page.locator('svg.landscape').isVisible()).toBe(false)
  expect(await page.locator('svg.portrait').isVisible()).toBe(true)
  await keepPicture(page, `narrow-${colorScheme}`)
})

function eventNames(arrows: (SVGElement | HTMLElement)[]): (string | undefined)[] {
  return arrows.map((arrow) => arrow.dataset['event'])
}
