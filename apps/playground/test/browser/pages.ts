import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, onTestFinished } from 'vitest'
import type { Browser, BrowserContext, BrowserContextOptions, Page } from 'playwright-core'
import type { Demo } from '../demo.ts'
import { startChromium } from '@pd/test-support/chromium'

/** A Chromium for the tests of a file. */
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
  /** What the page may complain about. */
  readonly tolerated?: RegExp
}

/** Opens a page in cookies and storage of its own. */
export function openPageOf(browser: () => Browser) {
  return async ({ tolerated, ...options }: PageOptions = {}): Promise<Page> =>
    watchedPage(await browser().newContext(options), tolerated)
}

/** A page. What it complains about must be nothing when the test ends, and its browser context ends with the test. */
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

/** Connects a user, as one does it by hand, and waits for the live page. */
export async function connectIn(
  page: Page,
  { origin }: Pick<Demo, 'origin'>,
  user = '1001:11',
): Promise<void> {
  await page.goto(`${origin}/pipedrive/install`)
  await allow(page, user)
  await page.waitForSelector('#live.on')
}

/** What a user does on the consent page. */
export async function allow(page: Page, user = '1001:11'): Promise<void> {
  await page.selectOption('select[name=user]', user)
  await page.click('button[value=allow]')
}

/** How a page looks, for people: `artifacts/<name>.png`. */
export async function keepPicture(page: Page, name: string): Promise<void> {
  const path = fileURLToPath(new URL(`../../artifacts/${name}.png`, import.meta.url))
  await page.screenshot({ path, fullPage: true, animations: 'disabled' })
}
