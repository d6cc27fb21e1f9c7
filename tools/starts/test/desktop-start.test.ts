/** Follows the quick start of programs without a web server as it is printed, on the packed packages. */
import { chmodSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { freePort } from '@pd/test-support/free-port'
import { expect, test } from 'vitest'
import { tabsOf } from '../pages.ts'
import { follow } from './follow.ts'
import { makeProject } from './make-project.ts'
import { runCommand } from './run-command.ts'

/** A browser for `xdg-open`: it reads the page that it is given, follows it and allows access. */
const browser = `#!${process.execPath}
import { readFileSync } from 'node:fs'
const [, address] = / url=([^"]+)"/.exec(readFileSync(process.argv[2].replace('file://', ''), 'utf8'))
const consent = new URL(address.replaceAll('&#38;', '&'))
fetch(consent.origin + consent.pathname, {
  method: 'POST',
  body: new URLSearchParams([...consent.searchParams, ['decision', 'allow']]),
})`

test.each(tabsOf('desktop'))(
  'the quick start desktop logs in and prints deals as it is printed, with the tab %s',
  async (tab) => {
    const ports = { app: await freePort(), fake: await freePort() }
    const project = makeProject('desktop', tab, ports)
    const path = join(project.folder, 'browser')
    writeFileSync(path, browser)
    chmodSync(path, 0o755)
    const display = { DISPLAY: '', WAYLAND_DISPLAY: '' }
    const printed = (await follow(project, ports, { ...display, BROWSER: path })).at(-1)
    expect(printed).toMatch(/^Annual licence renewal\n/)
    if (tab !== 'SQLite') return
    const again = await runCommand(project.commands.at(-1)!, project.folder, { ...display, BROWSER: 'false' })
    expect(again).toBe(printed)
  },
)
