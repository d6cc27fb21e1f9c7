import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, onTestFinished } from 'vitest'
import type { Browser, BrowserContext, BrowserContextOptions, Page } from 'playwright-core'
import type { Scene } from '../scene.ts'
import { startChromium } from '@pd/test-support/chromium'

/** Starts a Chromium for the tests of a file. */
export function useChromium(): () => Browser {
  let browser: Browser | undefined
  beforeAll(async () => {
    browser = await startChromium()
  }, 60_000)
  afterAll(() => browser?.close())
  return () => {
    if (browser === undefined) throw new Error('There is a browser only while tests run')
    return browser
  }
}

export interface PageOptions extends BrowserContextOptions {
  /** Errors that the page may report. */
  readonly tolerated?: RegExp
}

/** Returns a function that opens a page with its own cookies and storage. */
export function openPageOf(browser: () => Browser) {
  return async ({ tolerated, ...options }: PageOptions = {}): Promise<Page> =>
    watchedPage(await browser().newContext(options), tolerated)
}

/** Opens a page until the test ends. The test fails if the page has reported an error that is not tolerated. */
export async function watchedPage(context: BrowserContext, tolerated = /(?!)/): Promise<Page> {
  const page = await context.newPage()
  const complaints: string[] = []
  page.on('pageerror', (error) => complaints.push(String(error)))
  page.on('console', (message) => message.type() === 'error' && complaints.push(message.text()))
  page.on('dialog', (dialog) => {
    complaints.push(`dialog: ${dialog.message()}`)
    void dialog.dismiss()
  })
  onTestFinished(async () => {
    await context.close()
    expect(complaints.filter((complaint) => !tolerated.test(complaint))).toEqual([])
  })
  return page
}

/** Connects a user by hand and waits until the page is live. */
export async function connectIn(
  page: Page,
  { origin }: Pick<Scene, 'origin'>,
  user = '1001:11',
): Promise<void> {
  await page.goto(`${origin}/pipedrive/install`)
  await allow(page, user)
  await page.waitForSelector('#live.on')
}

/** Allows access as a user on the consent page. */
export async function allow(page: Page, user = '1001:11'): Promise<void> {
  await page.selectOption('select[name=user]', user)
  await page.click('button[value=allow]')
}

/** Saves a picture of a page for people to look at: `artifacts/<name>.png`. */
export async function keepPicture(page: Page, name: string): Promise<void> {
  const path = fileURLToPath(new URL(`../../artifacts/${name}.png`, import.meta.url))
  await page.screenshot({ path, fullPage: true, animations: 'disabled' })
}
