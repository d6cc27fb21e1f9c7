import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { chromium, type Browser, type BrowserContext } from 'playwright-core'
import { inject, onTestFinished } from 'vitest'

declare module 'vitest' {
  interface ProvidedContext {
    /** The path of Chromium. */
    chromium: string
    /** The path of the headless shell of Chromium, or of Chromium itself where there is no such package. */
    headlessShell: string
  }
}

/** Chromium opens no window and makes no requests of its own. */
const args = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--no-first-run',
]

export function startChromium(): Promise<Browser> {
  return chromium.launch({ executablePath: inject('headlessShell'), args })
}

/**
 * Starts a Chromium that blocks or allows third-party cookies, with a profile that is removed when the test ends. Its headless
 * shell has no such setting.
 */
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
