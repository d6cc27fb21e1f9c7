/** Takes the pictures of the playground that the home page and the README show: `pnpm --filter @pd/docs pictures`. */
import { fileURLToPath } from 'node:url'
import { chromium } from 'playwright-core'
import { listen } from '../../apps/playground/src/http/listen.ts'
import { memorySafe } from '../../apps/playground/src/keeping/safe.ts'
import { fakePipedrive } from '../../apps/playground/src/pipedrive.ts'
import { callbackPath } from '../../apps/playground/src/serve.ts'
import { startPlayground } from '../../apps/playground/src/start-playground.ts'

const socket = await listen(0)
const pipedrive = await fakePipedrive(`http://localhost:${socket.port}${callbackPath}`)
const playground = await startPlayground(
  socket,
  pipedrive,
  memorySafe(['a secret for the pictures, long enough']),
)
const browser = await chromium.launch({
  executablePath: process.env['CHROMIUM'] ?? '/usr/bin/chromium',
  args: ['--no-sandbox'],
})

for (const colorScheme of ['light', 'dark'] as const) {
  const context = await browser.newContext({ colorScheme, viewport: { width: 1200, height: 900 } })
  const page = await context.newPage()
  await page.goto(`${playground.origin}/pipedrive/install`)
  await page.selectOption('select[name=user]', '1001:11')
  await page.click('button[value=allow]')
  await page.waitForSelector('#live.on')
  await page.getByRole('button', { name: 'Refresh now', exact: true }).click()
  await page.waitForSelector('#event-list >> text=The tokens were refreshed.')
  await page.evaluate(() => {
    ;(document.activeElement as HTMLElement | null)?.blur()
    window.scrollTo(0, 0)
  })
  const path = fileURLToPath(new URL(`../public/playground-${colorScheme}.png`, import.meta.url))
  await page.screenshot({ path, animations: 'disabled' })
  await context.close()
}

await browser.close()
await playground.close()
