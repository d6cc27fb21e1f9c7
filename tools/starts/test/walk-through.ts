import { startChromium } from '@pd/test-support/chromium'
import { Browser } from '@pd/test-support/journey'
import { onTestFinished } from 'vitest'

/** What a visitor meets, from the first page to the deals. */
export interface Walk {
  /** The answer to a script that nobody has connected. */
  readonly stranger: { readonly status: number; readonly code: string; readonly install: string }
  /** The path of the page after the consent. */
  readonly cameBackTo: string
  /** Whether this page shows the title of the first deal. */
  readonly showsDeals: boolean
}

/**
 * Opens `/deals` of an application, allows access on the consent page of the fake Pipedrive, and comes back. `data`: where
 * scripts get the deals. `publicOrigin`: that of the callback address. Default: `origin`.
 */
export async function walkThrough(origin: string, data: string, publicOrigin = origin): Promise<Walk> {
  const browser = new Browser(origin, publicOrigin)
  const stranger = await strangerAt(origin + data)
  const installLink = locationOf(await browser.page('/deals'))
  const consent = new URL(locationOf(await browser.page(installLink)))
  const decided = await fetch(consent.origin + consent.pathname, {
    method: 'POST',
    body: new URLSearchParams([...consent.searchParams, ['decision', 'allow']]),
    redirect: 'manual',
  })
  const back = locationOf(await browser.page(locationOf(decided)))
  const text = await (await browser.page(back)).text()
  const title = await titleIn(await browser.data(data))
  return { stranger, cameBackTo: back, showsDeals: text.includes(title) }
}

/** Does the same in Chromium, for pages that redirect by script. */
export async function browseThrough(origin: string, data: string): Promise<Walk> {
  const stranger = await strangerAt(origin + data)
  const chromium = await startChromium()
  onTestFinished(() => chromium.close())
  const page = await chromium.newPage()
  await page.goto(`${origin}/deals`)
  await page.click('button[value=allow]')
  await page.locator('li').first().waitFor()
  const text = await page.innerText('body')
  const title = await titleIn(await page.request.get(origin + data))
  return { stranger, cameBackTo: page.url().replace(origin, ''), showsDeals: text.includes(title) }
}

async function strangerAt(url: string): Promise<Walk['stranger']> {
  const response = await fetch(url, { headers: { accept: 'application/json' } })
  const { code, install } = (await response.json()) as Walk['stranger']
  return { status: response.status, code, install }
}

async function titleIn(response: { json(): Promise<unknown> }): Promise<string> {
  const { data } = (await response.json()) as { data: readonly { title: string }[] }
  return data[0]!.title
}

function locationOf(response: Response): string {
  const location = response.headers.get('location')
  if (location === null) throw new Error(`${response.url} answered ${response.status} without a location`)
  return location
}
