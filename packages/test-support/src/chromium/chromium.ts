import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { chromium, type Browser, type BrowserContext } from 'playwright-core'
import { inject, onTestFinished } from 'vitest'

declare module 'vitest' {
  interface ProvidedContext {
    /** Where Chromium is. */
    chromium: string
  }
}

/** No window, and no talk with anybody by itself. */
const args = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--no-first-run',
]

export function startChromium(): Promise<Browser> {
  return chromium.launch({ executablePath: inject('chromium'), args })
}

/** A Chromium with a profile, in which cookies of other sites in frames are blocked or not, until the test ends. */
export async function startProfile(thirdPartyCookies: 'blocked' | 'allowed'): Promise<BrowserContext> {
  const profile = mkdtempSync(join(tmpdir(), 'chromium-'))
  onTestFinished(() => rmSync(profile, { recursive: true, force: true, maxRetries: 5 }))
  const cookies = thirdPartyCookies === 'blocked' ? 1 : 0
  mkdirSync(join(profile, 'Default'))
  writeFileSync(
    join(profile, 'Default', 'Preferences'),
    JSON.stringify({ profile: { cookie_controls_mode: cookies } }),
  )
  return chromium.launchPersistentContext(profile, { executablePath: inject('chromium'), args })
}
