/** Follows the quick starts of web applications as they are printed, on the packed packages. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { freePort } from '@pd/test-support/free-port'
import { describe, expect, test } from 'vitest'
import { tabsOf } from '../pages.ts'
import { follow } from './follow.ts'
import { makeProject } from './make-project.ts'
import { runCommand } from './run-command.ts'
import { variablesOf } from './store-servers.ts'
import { walkThrough } from './walk-through.ts'
import { webStarts } from './web-starts.ts'

const isFull = process.env['TEST_SIZE'] === 'full'

describe.each(Object.entries(webStarts))('the quick start %s', (page, start) => {
  const tabs = start.everyStore || isFull ? tabsOf(page) : tabsOf(page).slice(0, 1)
  test.each(tabs.length === 0 ? ['none'] : tabs)(
    'connects a user as it is printed, with the tab %s',
    async (tab) => {
      const ports = { app: await freePort(), fake: await freePort() }
      const project = makeProject(page, tab, ports, start.generated)
      const variables = await variablesOf(tab)
      if (start.variables !== undefined) {
        const lines = Object.entries(variables).map((pair) => `${pair.join('=')}\n`)
        writeFileSync(join(project.folder, start.variables), lines.join(''), { flag: 'a' })
      }
      await follow(project, ports, variables, start.serves)

      const origin = `http://localhost:${ports.app}`
      const { walk = walkThrough, data = '/deals' } = start
      expect(await walk(origin, data)).toEqual({
        stranger: { status: 401, code: 'not_signed_in', install: `${origin}/pipedrive/install` },
        cameBackTo: '/deals',
        showsDeals: true,
      })
      await start.afterwards?.(project, ports, variables, tab)
    },
    300_000,
  )
})

test('an application that is started without its variables names each of them', async () => {
  const { folder } = makeProject('hono-node', 'memory', { app: await freePort(), fake: await freePort() })
  await runCommand('npm init -y && npm pkg set type=module', folder, {})
  await expect(runCommand('node app.ts', folder, {})).rejects.toThrow(
    /Pipedrive OAuth is not configured correctly:\n- clientId .+\n- clientSecret .+\n- redirectUri .+\n- secrets /,
  )
})
