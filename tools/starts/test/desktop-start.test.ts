/** Follows the quick start of programs without a web server as it is printed, on the packed packages. */
import { allowing, browserThat } from '@pd/test-support/browser-that'
import { freePort } from '@pd/test-support/free-port'
import { expect, test } from 'vitest'
import { tabsOf } from '../pages.ts'
import { follow } from './follow.ts'
import { makeProject } from './make-project.ts'
import { runCommand } from './run-command.ts'

test.each(tabsOf('desktop'))(
  'the quick start desktop logs in and prints deals as it is printed, with the tab %s',
  async (tab) => {
    const ports = { app: await freePort(), fake: await freePort() }
    const project = makeProject('desktop', tab, ports)
    const browser = browserThat(allowing)
    const printed = (await follow(project, ports, browser)).at(-1)
    expect(printed).toMatch(/^Annual licence renewal\n/)
    if (tab !== 'SQLite') return
    const again = await runCommand(project.commands.at(-1)!, project.folder, { ...browser, BROWSER: 'false' })
    expect(again).toBe(printed)
  },
)
