import { globSync } from 'node:fs'
import axe from 'axe-core'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, inject, onTestFinished, test, vi } from 'vitest'
import { startChromium } from '@pd/test-support/chromium'
import { site } from '../../generate/folders.ts'

let browser: Browser
beforeAll(async () => {
  browser = await startChromium()
})
afterAll(() => browser.close())

vi.setConfig({ testTimeout: 120_000 })

const windows = { desktop: { width: 1280, height: 800 }, phone: { width: 360, height: 740 } }

/** Opens a page of the site until the test ends. The test fails if the page reports an error. */
async function openPage(path: string, colorScheme: 'light' | 'dark' = 'light'): Promise<Page> {
  const context = await browser.newContext({
    colorScheme,
    viewport: windows.desktop,
    reducedMotion: 'reduce',
  })
  context.setDefaultTimeout(100_000)
  const page = await context.newPage()
  const complaints: string[] = []
  page.on('pageerror', (error) => complaints.push(String(error)))
  page.on('console', (message) => message.type() === 'error' && complaints.push(message.text()))
  onTestFinished(async () => {
    await context.close()
    expect(complaints).toEqual([])
  })
  await page.goto(`${inject('site')}${path}`)
  // Before the page is mounted, it misses clicks and keys.
  await page.waitForFunction(() => '__vue_app__' in (document.querySelector('#app') ?? {}))
  return page
}

/** Returns what axe finds wrong, and what is wider than the window. */
async function faultsOf(page: Page): Promise<string[]> {
  if (!(await page.evaluate(() => 'axe' in globalThis))) await page.evaluate(axe.source)
  const { violations } = await page.evaluate(() =>
    (globalThis as typeof globalThis & { axe: typeof axe }).axe.run({ exclude: [['.vp-code']] } as never),
  )
  const wide = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth)
  return [
    ...violations.flatMap(({ id, nodes }) => nodes.map(({ html }) => `${id}: ${html.slice(0, 160)}`)),
    ...(wide > 0 ? [`${wide} px wider than the window`] : []),
  ]
}

const looked = [
  '/',
  '/how-it-works/',
  '/how-it-works/machine',
  '/how-it-works/model-check',
  '/reference/policy',
  '/reference/errors/unknown_key',
  '/reference/cli',
]

describe.each(looked)('%s', (path) => {
  test.each(['light', 'dark'] as const)(
    'is clean for axe, fits a phone and follows the colour scheme: %s',
    async (scheme) => {
      const page = await openPage(path, scheme)
      const found: Record<string, string[]> = {}
      for (const [size, viewport] of Object.entries(windows)) {
        await page.setViewportSize(viewport)
        found[size] = await faultsOf(page)
      }
      expect(found).toEqual({ desktop: [], phone: [] })
      expect(await page.evaluate(() => document.documentElement.classList.contains('dark'))).toBe(
        scheme === 'dark',
      )
    },
  )
})

test('no page reports an error or is wider than a phone', async () => {
  const context = await browser.newContext({ viewport: windows.phone })
  const page = await context.newPage()
  const complaints: string[] = []
  page.on('pageerror', (error) => complaints.push(`${page.url()}: ${String(error)}`))
  page.on(
    'console',
    (message) => message.type() === 'error' && complaints.push(`${page.url()}: ${message.text()}`),
  )
  onTestFinished(() => context.close())
  for (const file of globSync('**/*.md', { cwd: site })) {
    await page.goto(`${inject('site')}/${file.replace(/(index)?\.md$/, '')}`)
    const wide = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth)
    if (wide > 0) complaints.push(`${file} is ${wide} px wider than a phone`)
  }
  expect(complaints).toEqual([])
}, 300_000)

describe('the machine', () => {
  test('is played with the keyboard alone', async () => {
    const page = await openPage('/how-it-works/machine')
    await page.locator('.machine .story').first().focus()
    await page.keyboard.press('Enter')
    await page.keyboard.press('Tab')
    await page.getByRole('button', { name: /^Next step/ }).focus()
    for (const _ of [1, 2, 3]) await page.keyboard.press('Enter')
    await expect.poll(() => page.locator('.machine svg').getAttribute('aria-label')).toBe('State: refreshing')
    await expect
      .poll(() => page.locator('.record .changed th').allTextContents())
      .toEqual(['status', 'lease.holder', 'lease.until'])
  })

  test('offers only moves that are possible', async () => {
    const page = await openPage('/how-it-works/machine')
    expect(await page.locator('[data-move=answer_A]').isDisabled()).toBe(true)
    await page.locator('[data-move=connect]').click()
    await page.locator('[data-move=pass_hour]').click()
    await page.locator('[data-move=ask_A]').click()
    await page.locator('[data-move=answer_A]').click()
    await expect.poll(() => page.locator('.machine svg').getAttribute('aria-label')).toBe('State: active')
    await page.getByRole('button', { name: 'Undo' }).click()
    await expect.poll(() => page.locator('.machine svg').getAttribute('aria-label')).toBe('State: refreshing')
  })
})

test('the search finds the page of an error without a service', async () => {
  const page = await openPage('/')
  await page.keyboard.press('Control+k')
  await page.locator('.VPLocalSearchBox input').fill('unknown_key')
  await page.locator('.VPLocalSearchBox .result').first().waitFor()
  expect(await page.locator('.VPLocalSearchBox .result').first().getAttribute('href')).toContain(
    'unknown_key',
  )
})
