import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished, vi } from 'vitest'

/** A browser for `xdg-open`, which asks the variable `BROWSER` where there is no display. Returns the variables. */
export function browserThat(script: string): Record<string, string> {
  const folder = mkdtempSync(join(tmpdir(), 'browser-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  const path = join(folder, 'browser')
  writeFileSync(path, `#!${process.execPath}\n${script}`)
  chmodSync(path, 0o755)
  return { BROWSER: path, DISPLAY: '', WAYLAND_DISPLAY: '' }
}

/** Reads the page that it is given, as a browser does, and follows it. */
export const allowing = `
const { readFileSync } = require('node:fs')
const [, address] = / url=([^"]+)"/.exec(readFileSync(process.argv[2].replace('file://', ''), 'utf8'))
const consent = new URL(address.replaceAll('&#38;', '&'))
fetch(consent.origin + consent.pathname, {
  method: 'POST',
  body: new URLSearchParams([...consent.searchParams, ['decision', 'allow']]),
})`

/** Makes it the browser of this process, for one test. Returns the folder that it lies in. */
export function useBrowser(script: string): string {
  const variables = browserThat(script)
  for (const [name, value] of Object.entries(variables)) vi.stubEnv(name, value)
  onTestFinished(() => void vi.unstubAllEnvs())
  return join(variables['BROWSER'] ?? '', '..')
}
