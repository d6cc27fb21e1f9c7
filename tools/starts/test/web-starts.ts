import { fileURLToPath } from 'node:url'
import { freePort } from '@pd/test-support/free-port'
import { expect } from 'vitest'
import { follow } from './follow.ts'
import { addPage, commandsOf, type Ports, type Project } from './make-project.ts'
import { readPage } from '../pages.ts'
import { installedHere } from './installed-here.ts'
import { runCommand, startCommand } from './run-command.ts'
import { browseThrough, walkThrough, type Walk } from './walk-through.ts'

/** How to follow a page whose application serves `/deals`. */
export interface WebStart {
  /** The commands that serve until they are ended. */
  readonly serves: RegExp
  /** Whether every tab is run. Default: the first one; each if TEST_SIZE is `full`. */
  readonly everyStore?: true
  /** The folder with what the framework's generator makes. */
  readonly generated?: string
  /** The file that the variables of the store are added to. Default: they are in the environment. */
  readonly variables?: string
  /** Where scripts get the deals. Default: `/deals`. */
  readonly data?: string
  /** Default: `walkThrough`. */
  readonly walk?: (origin: string, data: string) => Promise<Walk>
  /** What else is tried when a user is connected. */
  readonly afterwards?: (
    project: Project,
    ports: Ports,
    env: NodeJS.ProcessEnv,
    store: string,
  ) => Promise<void>
}

const tool = (path: string) => fileURLToPath(new URL(`../../${path}`, import.meta.url))

export const webStarts: Readonly<Record<string, WebStart>> = {
  index: { serves: /demo\.ts$/ },
  'hono-node': { serves: /app\.ts$/, everyStore: true, afterwards: runJobs },
  express: { serves: /app\.ts$/ },
  fastify: { serves: /app\.ts$/ },
  lambda: { serves: /local\.ts$/, everyStore: true, afterwards: tryFunction },
  workers: { serves: /^npx wrangler dev/, everyStore: true, variables: '.dev.vars', afterwards: tryWorker },
  nest: { serves: /^npm start/, generated: tool('packed/applications/nest-12') },
  next: {
    serves: /^npm start/,
    generated: tool('starts/applications/next'),
    data: '/api/deals',
    walk: browseThrough,
    afterwards: tryDevelopment,
  },
}

/** Follows the page about jobs in the project of an application, whose user is connected. */
async function runJobs({ folder }: Project, ports: Ports, env: NodeJS.ProcessEnv, store: string) {
  if (store === 'memory') return
  addPage(folder, 'script', store, ports)
  const printed = await follow({ folder, commands: commandsOf('script') }, ports, env)
  expect(printed).toEqual([
    expect.stringMatching(/^1001:11: [1-9]\d* deals\n$/),
    '0 refreshed, 0 failed, 0 left\n',
  ])
}

/** Runs the daily job, checks the types without those of Node, and runs the test that the guide prints, with D1. */
async function tryWorker({ folder }: Project, ports: Ports, env: NodeJS.ProcessEnv, store: string) {
  const job = await fetch(`http://localhost:${ports.app}/cdn-cgi/mf/scheduled`)
  expect([job.status, await job.text()]).toEqual([200, 'ok'])
  if (store !== 'D1') return
  addPage(folder, '../guides/worker-tests', store, ports)
  const [, printed] = /tsc needs `([^`]+)`/.exec(readPage('workers'))!
  const flags = `--strict --target es2023 --lib es2023,dom,dom.iterable --module esnext ${printed}`
  const tsc = installedHere('typescript')!
  await runCommand(`node ${tsc}/bin/tsc ${flags} --skipLibCheck false src/index.ts`, folder, {})
  expect(await runCommand('npx vitest run --testTimeout 60000', folder, { ...env, NO_COLOR: '1' })).toMatch(
    /Tests +2 passed \(2\)/,
  )
}

/** Walks through the file that is uploaded to AWS, with another browser. */
async function tryFunction({ folder }: Project, { app }: Ports, env: NodeJS.ProcessEnv) {
  const port = await freePort()
  const command = `node --env-file=.env ${tool('starts/test/serve-lambda.ts')} dist/lambda.mjs ${port}`
  await startCommand(command, folder, env, `http://127.0.0.1:${port}`)
  const walk = await walkThrough(`http://127.0.0.1:${port}`, '/deals', `http://localhost:${app}`)
  expect(walk.showsDeals).toBe(true)
}

/** Starts Next's server for development beside the built application. */
async function tryDevelopment({ folder }: Project, { app }: Ports, env: NodeJS.ProcessEnv) {
  const origin = `http://localhost:${await freePort()}`
  await startCommand(`npm run dev -- --port ${new URL(origin).port}`, folder, env, `${origin}/api/deals`)
  const answer = await fetch(`${origin}/api/deals`)
  expect(await answer.json()).toMatchObject({ install: `http://localhost:${app}/pipedrive/install` })
}
