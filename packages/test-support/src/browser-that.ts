import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'

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
