/** The search of the site finds the page that explains what somebody sees. */
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, expect, inject, onTestFinished, test, vi } from 'vitest'
import { startChromium } from '@pd/test-support/chromium'

let browser: Browser
beforeAll(async () => {
  browser = await startChromium()
})
afterAll(() => browser.close())

vi.setConfig({ testTimeout: 120_000 })

test('words of pages, of logs and of SQLite lead to the page that explains them', async () => {
  const context = await browser.newContext()
  context.setDefaultTimeout(100_000)
  onTestFinished(() => context.close())
  const page = await context.newPage()
  await page.goto(`${inject('site')}/`)
  await page.waitForFunction(() => '__vue_app__' in (document.querySelector('#app') ?? {}))
  await page.click('.VPNavBarSearch button')
  const found = () =>
    page.$$eval('.VPLocalSearchBox .result', (links) => links.map((link) => link.getAttribute('href') ?? ''))
  for (const [words, path] of expected) {
    await page.fill('.search-input', words)
    const isFound = async () => (await found()).slice(0, 3).some((href) => href.includes(path))
    await vi.waitUntil(isFound, { timeout: 20_000, interval: 100 }).catch(async () => {
      expect.fail(`${words} leads to ${(await found()).slice(0, 5).join(' ')}`)
    })
  }
})

const expected = [
  ['Pipedrive is not answering', '/reference/errors/token_endpoint_unavailable'],
  ['Not connected', '/reference/errors/access_denied'],
  ['You cancelled', '/reference/errors/access_denied'],
  ['This link no longer works', '/reference/errors/code_refused'],
  ['This link was not started here', '/reference/errors/state_mismatch'],
  ['FetchError', '/reference/errors/api_unavailable'],
  ['unable to open database file', '/reference/sql'],
  ['attempt to write a readonly database', '/reference/sql'],
  ['consent page comes again', '/guides/connecting-fails'],
  ['ERR_SSL_PROTOCOL_ERROR', '/guides/connecting-fails'],
  ['session_lost', '/guides/connecting-fails'],
] as const
