import { expect, test, vi } from 'vitest'
import type { Page } from 'playwright-core'
import { createScene, type Scene } from '../scene.ts'
import { startProfile } from '@pd/test-support/chromium'
import { allow, connectIn, keepPicture, watchedPage } from './pages.ts'

vi.setConfig({ testTimeout: 60_000 })

/** Returns the content of the panel inside Pipedrive's page. */
const panelOf = (page: Page) => page.frameLocator('iframe').locator('#panel')

async function dealsOf({ fake, playground }: Scene, id: '1001:11' | '1001:12'): Promise<string[]> {
  const { user } = fake.installations().find((installation) => installation.id === id)!
  const { data } = await playground.oauth
    .installation(id)
    .api<{ data: { title: string }[] }>('/api/v2/deals', { query: { owner_id: user.id } })
  return data.map(({ title }) => title)
}

test.each([
  ['blocked', undefined],
  ['allowed', 'probe=1'],
] as const)(
  'a panel framed by another site shows the user’s deals where third-party cookies are %s',
  async (thirdPartyCookies, cookieSent) => {
    const scene = await createScene()
    const page = await watchedPage(await startProfile(thirdPartyCookies))
    await connectIn(page, scene)
    // Only a cookie like this one is sent in frames of other sites. It shows whether the browser blocks them.
    await page.evaluate(() => (document.cookie = 'probe=1; SameSite=None; Secure'))
    const asked = page.waitForRequest((request) => request.url().startsWith(`${scene.origin}/extension?`))
    await page.goto(scene.controls.panelPage('1001:11'))
    expect(new URL(page.url()).hostname).not.toBe(new URL(scene.origin).hostname)
    expect((await (await asked).allHeaders())['cookie']).toBe(cookieSent)

    await panelOf(page).getByText('Deals of Ada Lindqvist').waitFor()
    const shown = await panelOf(page).locator('li').allTextContents()
    const deals = await dealsOf(scene, '1001:11')
    expect(shown).toHaveLength(deals.length)
    for (const [index, title] of deals.entries()) expect(shown[index]).toContain(title)
    await keepPicture(page, `panel-cookies-${thirdPartyCookies}`)
  },
)

test('a user connects from the panel in the top window and comes back to the panel with the deals', async () => {
  const scene = await createScene()
  const page = await watchedPage(await startProfile('blocked'))
  await page.goto(scene.controls.panelPage('1001:12'))
  await panelOf(page).getByText('Your deals, right here').waitFor()
  await keepPicture(page, 'panel-not-connected')
  await panelOf(page).getByRole('link', { name: 'Connect Pipedrive' }).click()
  await page.waitForURL((url) => url.href.startsWith(`${scene.controls.origin}/oauth/authorize`))
  await allow(page, '1001:12')
  await page.waitForURL(scene.controls.panelPage('1001:12'))
  await panelOf(page).getByText('Deals of Bo Tamm').waitFor()
  expect(await panelOf(page).locator('li').count()).toBe((await dealsOf(scene, '1001:12')).length)
})

test('an open panel shows an uninstall at once, and a new connection as well', async () => {
  const scene = await createScene()
  const page = await watchedPage(await startProfile('blocked'))
  await connectIn(page, scene)
  const other = await page.context().newPage()
  await other.goto(scene.controls.panelPage('1001:11'))
  await panelOf(other).getByText('Deals of Ada Lindqvist').waitFor()
  const loads: string[] = []
  other.on('request', (request) => loads.push(new URL(request.url()).pathname))

  expect(await scene.controls.uninstall('1001:11', 'sent')).toBe(200)
  await panelOf(other).getByText('Your deals, right here').waitFor()
  expect(await panelOf(other).locator('li').count()).toBe(0)
  await page.waitForSelector('text=Not installed any more')

  await connectIn(page, scene)
  await panelOf(other).getByText('Deals of Ada Lindqvist').waitFor()
  expect(loads).not.toContain('/extension')
})

test('the panel offers to connect again when the grant has ended', async () => {
  const scene = await createScene()
  const page = await watchedPage(await startProfile('blocked'))
  await connectIn(page, scene)
  await scene.controls.uninstall('1001:11', 'lost')
  await page.goto(scene.controls.panelPage('1001:11'))
  await panelOf(page).getByText('Please connect again').waitFor()
  await keepPicture(page, 'panel-connect-again')
  await panelOf(page).getByRole('link', { name: 'Connect again' }).click()
  await allow(page)
  await panelOf(page).getByText('Deals of Ada Lindqvist').waitFor()
})
