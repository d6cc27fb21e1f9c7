import { describe, expect, test, vi } from 'vitest'
import type { Page } from 'playwright-core'
import { createFakePipedrive } from '@pd/fake-pipedrive'
import { createScene, type Scene } from '../scene.ts'
import { axeViolations, bareNames, overflowing, weakFocus } from './look.ts'
import { allow, connectIn, keepPicture, openPageOf, useChromium } from './pages.ts'

vi.setConfig({ testTimeout: 120_000 })

const openPage = openPageOf(useChromium())

const long = 'Aleksandra-Wilhelmina'.repeat(8)
const names = [`Eve \u202Egnp.exe`, long, 'شركة التجارة العالمية', `<i>O'Neil & Sons</i> "Ltd"`]

/** A scene in which every name is hard to show. */
async function createHardScene() {
  return createScene({
    companies: names.map((name, index) => ({ id: index + 1, name, domain: `company-${index + 1}` })),
    users: names.map((name, index) => ({
      id: 10 + index,
      companyId: index + 1,
      name,
      email: `${'x'.repeat(40)}-${index}@${'y'.repeat(60)}.example`,
    })),
  })
}

/** How to get to each page that we serve. */
const pages: Readonly<Record<string, (page: Page, scene: Scene) => Promise<unknown>>> = {
  'playground-welcome': (page, { origin }) => page.goto(origin),
  'playground-connected': async (page, scene) => {
    for (const user of ['1:10', '2:11', '3:12', '4:13']) await connectIn(page, scene, user)
    await page.getByRole('button', { name: 'Refresh now', exact: true }).click()
    await page.waitForSelector('#event-list >> text=The tokens were refreshed.')
    await page.locator('.tab').nth(1).click()
    await page.waitForSelector('#live.on')
  },
  'playground-not-found': (page, { origin }) => page.goto(`${origin}/nothing-here`),
  'playground-panel': async (page, scene) => {
    await connectIn(page, scene, '1:10')
    await page.goto(scene.controls.panelPage('1:10'))
    await page.frameLocator('iframe').locator('.deals').waitFor()
  },
  'fake-index': async (page, { controls, fake }) => {
    for (const user of fake.users) fake.install(user)
    await page.goto(controls.origin)
  },
  'fake-index-with-calls': async (page, scene) => {
    await connectIn(page, scene, '2:11')
    await page.goto(scene.controls.origin)
  },
  'fake-consent': (page, { origin }) => page.goto(`${origin}/pipedrive/install`),
  'fake-refusal': (page, { controls }) =>
    page.goto(`${controls.origin}/oauth/authorize?client_id=${long}&redirect_uri=x`),
  'core-cancelled': async (page, { origin }) => {
    await page.goto(`${origin}/pipedrive/install`)
    await page.click('button[value=cancel]')
  },
  'core-error': (page, { origin }) => page.goto(`${origin}/pipedrive/callback?code=${long}&state=${long}`),
  'core-our-fault': async (page, { origin, fake }) => {
    fake.resetClientSecret('another one')
    await page.goto(`${origin}/pipedrive/install`)
    await allow(page, '1:10')
  },
}

const tolerated = /status of (401|403|404|400|500|503)/
const windows = {
  desktop: { width: 1280, height: 800 },
  phone: { width: 360, height: 740 },
  zoomed: { width: 640, height: 400 },
}

describe.each(Object.keys(pages))('%s', (name) => {
  test.each(['light', 'dark'] as const)(
    'F88 fits 360 px and a zoom of two, keeps names apart, is clean for axe and shows the focus: %s',
    async (colorScheme) => {
      const scene = await createHardScene()
      const page = await openPage({ colorScheme, viewport: windows.desktop, tolerated })
      await pages[name]!(page, scene)
      const found: Record<string, unknown> = {}
      for (const [size, viewport] of Object.entries(windows)) {
        await page.setViewportSize(viewport)
        found[`${size}, too wide`] = await overflowing(page)
        await keepPicture(page, `look-${name}-${size}-${colorScheme}`)
      }
      await page.setViewportSize(windows.phone)
      found['axe, phone'] = await axeViolations(page)
      await page.setViewportSize(windows.desktop)
      found['axe, desktop'] = await axeViolations(page)
      found['bare names'] = await bareNames(page, names)
      const { weak } = await weakFocus(page)
      found['weak focus'] = weak
      expect(found).toEqual(Object.fromEntries(Object.keys(found).map((key) => [key, []])))
      // A page without a dark form would pass all this in its light one.
      const background = await page.evaluate(() => getComputedStyle(document.body).backgroundColor)
      const [red = 0] = /\d+/.exec(background)?.map(Number) ?? []
      expect([background, red < 128]).toEqual([background, colorScheme === 'dark'])
    },
  )
})

describe('F88 the focus after "Uninstall"', () => {
  test('F88 goes to the user on the page of the fake, which says what happened', async () => {
    const scene = await createHardScene()
    scene.fake.install('1:10')
    const page = await openPage()
    await page.goto(scene.controls.origin)
    await page.locator('li[data-user="1:10"] button[data-order=expire]').focus()
    await page.keyboard.press('Enter')
    await page.waitForSelector('li[data-user="1:10"] .said >> text=The access tokens have expired.')
    expect(await page.evaluate(() => (document.activeElement as HTMLElement).dataset['order'])).toBe('expire')
    await page.keyboard.press('Tab')
    await page.keyboard.press('Enter')
    await page.waitForSelector(
      'li[data-user="1:10"] .said >> text=Uninstalled. The app answered the notice with 200.',
    )
    expect(await page.evaluate(() => document.activeElement?.textContent)).toBe(names[0])
    scene.fake.expectNotInstalled('1:10')
  })

  test('F88 goes to the sentence that says so in the playground', async () => {
    const scene = await createScene()
    const page = await openPage()
    await connectIn(page, scene)
    await page.getByRole('button', { name: 'Uninstall at Pipedrive', exact: true }).focus()
    await page.keyboard.press('Enter')
    await page.waitForSelector('text=Not installed any more')
    await expect.poll(() => page.evaluate(() => document.activeElement?.id)).toBe('status-title')
  })
})

test('F88 the page with the "Connect" link is shown in a frame of this fake, and not in one of a stranger', async () => {
  const scene = await createScene()
  await using stranger = createFakePipedrive({ panelUrl: `${scene.origin}/extension` })
  const { origin } = await stranger.listen()
  const page = await openPage({ tolerated: /frame-ancestors|status of/ })
  const shownIn = async (host: string) => {
    await page.goto(`${host}/__fake/panel?user=1001:11`)
    const answered = page.waitForResponse((answer) => answer.url().includes('/pipedrive/callback'))
    await page.locator('iframe').evaluate((frame: HTMLIFrameElement, src) => {
      frame.src = src
    }, `${scene.origin}/pipedrive/callback?state=x&code=y`)
    await answered
    const frame = page.frames()[1]
    await frame?.waitForURL(/pipedrive\/callback|chrome-error/)
    return frame?.locator('body').textContent()
  }
  expect(await shownIn(scene.controls.origin)).toContain('Connect Pipedrive')
  expect(await shownIn(origin)).not.toContain('Connect Pipedrive')
})
