/** Follows the quick starts of web frameworks as they are printed, on the packed packages. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { freePort } from '@pd/test-support/free-port'
import { describe, expect, test } from 'vitest'
import { stores, type Store } from '../snippets.ts'
import { makeProject, type Ports, type Project } from './make-project.ts'
import { runCommand, startCommand } from './run-command.ts'
import { variablesOf } from './store-servers.ts'
import { browseThrough, walkThrough, type Walk } from './walk-through.ts'

/** A page whose application serves `/deals`. */
interface WebStart {
  /** The tabs that are run. */
  readonly stores: readonly Store[]
  /** The commands that serve until they are ended. */
  readonly serves: RegExp
  /** The file that the variables of the store are added to. Default: they are in the environment. */
  readonly variables?: string
  /** What the framework's generator makes. */
  readonly generated?: string
  /** Where scripts get the deals. Default: `/deals`. */
  readonly data?: string
  /** Default: `walkThrough`. */
  readonly walk?: (origin: string, data: string) => Promise<Walk>
}

const onNode = (Object.keys(stores) as Store[]).filter((store) => store !== 'D1' && store !== 'Upstash')
const tool = (path: string) => fileURLToPath(new URL(`../../${path}`, import.meta.url))

const pages: Readonly<Record<string, WebStart>> = {
  'hono-node': { stores: onNode, serves: /app\.ts$/ },
  express: { stores: onNode, serves: /app\.ts$/ },
  fastify: { stores: onNode, serves: /app\.ts$/ },
  workers: { stores: ['D1', 'Upstash'], serves: /^npx wrangler dev/, variables: '.dev.vars' },
  nest: {
    stores: ['Redis: ioredis'],
    serves: /^npm start/,
    generated: tool('packed/applications/nest-12'),
  },
  next: {
    stores: ['SQLite'],
    serves: /^npm start/,
    generated: tool('starts/applications/next'),
    data: '/api/deals',
    walk: browseThrough,
  },
}

describe.each(Object.entries(pages))('the quick start for %s', (page, start) => {
  test.each(start.stores)(
    'connects a user, with the store in the tab %s',
    async (store) => {
      const ports = { app: await freePort(), fake: await freePort() }
      const project = makeProject(page, store, ports, start.generated)
      const variables = await variablesOf(store)
      if (start.variables !== undefined) writeVariables(join(project.folder, start.variables), variables)
      await follow(project, start.serves, ports, variables)

      const origin = `http://localhost:${ports.app}`
      const { walk = walkThrough, data = '/deals' } = start
      expect(await walk(origin, data)).toEqual({
        stranger: { status: 401, code: 'not_signed_in', install: `${origin}/pipedrive/install` },
        cameBackTo: '/deals',
        showsDeals: true,
      })
    },
    300_000,
  )
})

function writeVariables(file: string, variables: Readonly<Record<string, string>>): void {
  const lines = Object.entries(variables).map((pair) => `${pair.join('=')}\n`)
  writeFileSync(file, lines.join(''), { flag: 'a' })
}

/** Gives the commands of a page to a terminal, one after the other. Those that serve go on until the test ends. */
async function follow({ folder, commands }: Project, serves: RegExp, ports: Ports, env: NodeJS.ProcessEnv) {
  for (const command of commands)
    if (command.startsWith('npx fake-pipedrive')) {
      const flags = `--port ${ports.fake} --redirect-uri http://localhost:${ports.app}/pipedrive/callback`
      await startCommand(`${command} ${flags}`, folder, env, `http://127.0.0.1:${ports.fake}`)
    } else if (serves.test(command)) {
      const settings = { PORT: String(ports.app), ...env }
      await startCommand(command, folder, settings, `http://localhost:${ports.app}/deals`)
    } else await runCommand(command, folder, env)
}
