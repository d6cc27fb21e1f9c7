import { fileURLToPath } from 'node:url'
import { startChromium } from '@pd/test-support/chromium'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import { login } from '../../src/index.ts'
import { handedOver, startDesktop } from './desktop.ts'

let browser: Browser
beforeAll(async () => {
  browser = await startChromium()
})
afterAll(() => browser.close())

/** A page. What it complains about must fit when the test ends. */
async function openPage(tolerated: RegExp): Promise<Page> {
  const page = await browser.newPage({ viewport: { width: 900, height: 560 } })
  const complaints: string[] = []
  page.on('pageerror', (error) => complaints.push(String(error)))
  page.on('console', (message) => message.type() === 'error' && complaints.push(message.text()))
  onTestFinished(async () => {
    await page.close()
    expect(complaints.filter((complaint) => !tolerated.test(complaint))).toEqual([])
  })
  return page
}

function keepPicture(page: Page, name: string): Promise<Buffer> {
  return page.screenshot({ path: fileURLToPath(new URL(`../../artifacts/${name}.png`, import.meta.url)) })
}

/** A browser asks for an icon by itself, and gets none. */
const missingIcon = /status of 404/

test('F77 who allows it sees which account is connected, and the program has its installation', async () => {
  const { oauth, fake } = await startDesktop()
  const page = await openPage(missingIcon)
  const running = login(oauth, { open: (file) => page.goto(file) })
  await page.selectOption('select[name=user]', '1002:13')
  await page.click('button[value=allow]')
  await page.waitForSelector('h1 >> text=Pipedrive is connected')
  expect(await page.textContent('p')).toMatch(/connected to .+ of .+ \(1002:13\)\. If that is your account/)
  await keepPicture(page, 'connected')
  const { installation, account } = await running
  expect([installation.id, account.userId]).toEqual(['1002:13', 13])
  expect(await installation.api('/api/v2/deals')).toMatchObject({ success: true })
  expect(fake.tokenRequests()).toHaveLength(1)
})

test('who cancels sees that nothing was changed, and the program hears of it', async () => {
  const { oauth, fake } = await startDesktop()
  const page = await openPage(/status of 40[34]/)
  const outcome = login(oauth, { open: (url) => page.goto(url) }).catch((error: unknown) => error)
  await page.click('button[value=cancel]')
  await page.waitForSelector('h1 >> text=Not connected')
  await keepPicture(page, 'cancelled')
  expect(await page.textContent('p')).toContain('You cancelled')
  expect(await outcome).toMatchObject({ code: 'access_denied' })
  expect(fake.installations()).toEqual([])
})

test('F88 the pages carry the name and the texts of the program, and a wrong look is refused', async () => {
  const { oauth } = await startDesktop()
  const page = await openPage(missingIcon)
  const pages = { appName: 'Ledger \u202Exyz', connected: { title: 'All set', text: 'Back to <Ledger>.' } }
  const running = login(oauth, { open: (url) => page.goto(url), pages })
  await page.click('button[value=allow]')
  await page.waitForSelector('h1 >> text=All set')
  expect(await page.locator('bdi').textContent()).toBe(pages.appName)
  expect(await page.locator('h1 + p').textContent()).toBe('Back to <Ledger>.')
  await running
  await expect(login(oauth, { pages: { connected: { titel: 'x' } as never } })).rejects.toThrow(
    'pages.connected.titel is not a known option',
  )
})

test('who goes away and comes back to the consent page still gets there', async () => {
  const { oauth, redirectUri } = await startDesktop()
  const page = await openPage(/status of 40[034]/)
  const { open, address } = handedOver()
  const running = login(oauth, { open })
  const consent = await address
  await page.goto(redirectUri)
  await page.waitForSelector('h1 >> text=This link was not started here')
  await page.goto(consent)
  await page.click('button[value=allow]')
  await page.waitForSelector('h1 >> text=Pipedrive is connected')
  expect((await running).installation.id).toBe('1001:11')
})
