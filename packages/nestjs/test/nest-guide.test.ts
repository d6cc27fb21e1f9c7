/** Runs the specs of docs/guides/nest-tests.md and the code of the guides for Nest, exactly as printed, in the application of the quick start. */
import { execFile } from 'node:child_process'
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { startRedis } from '@pd/test-support/redis'
import { expect, test } from 'vitest'

const folder = fileURLToPath(new URL('../artifacts/nest-guide/', import.meta.url))

function readPage(page: string): string {
  return readFileSync(new URL(`../../../docs/${page}`, import.meta.url), 'utf8')
}

/** Writes the files that a page prints, apart from those in tabs. */
function writeFiles(page: string): void {
  for (const [, path = '', code = ''] of readPage(page).matchAll(/^```ts (\S+)\n([^]*?)^```$/gm))
    write(path, code)
}

function write(path: string, code: string): void {
  mkdirSync(dirname(join(folder, path)), { recursive: true })
  writeFileSync(join(folder, path), code)
}

const storeInMemory = `
import { memoryStore } from '@pd/oauth-core'
export const store = memoryStore()
export const redis = { status: 'ready', quit: async () => console.log('Redis is closed'), disconnect() {} }
`

const settings = `
import 'reflect-metadata'
export default { test: { globals: true, include: ['**/*.spec.ts', '**/*.e2e-spec.ts'] } }
`

/** Nest's logger in tests leaves such lines out. */
const jobs = `
import { ConsoleLogger } from '@nestjs/common'
import { Test } from '@nestjs/testing'
import { PipedriveTesting, PipedriveTestingModule } from '@pd/oauth-nestjs/testing'
import { DealCounts } from './deal-counts.service.js'
import { KeepAliveTask } from './keep-alive.task.js'
test('a job works for a user, and the keep-alive logs a line', async () => {
  const module = await Test.createTestingModule({
    imports: [PipedriveTestingModule.forRoot()],
    providers: [DealCounts, KeepAliveTask],
  }).setLogger(new ConsoleLogger({ colors: false })).compile()
  const { installation } = await module.get(PipedriveTesting).connect()
  expect(await module.get(DealCounts).count(installation.id)).toBeGreaterThan(0)
  expect(await module.get(KeepAliveTask).run()).toMatchObject({ refreshed: 0, failed: 0 })
})
`

const queue = `
import { ConsoleLogger } from '@nestjs/common'
import { getQueueToken } from '@nestjs/bullmq'
import { Test } from '@nestjs/testing'
import { PipedriveTestingModule } from '@pd/oauth-nestjs/testing'
import { KeepAliveModule } from './keep-alive.module.js'
test('the queue runs the keep-alive, keeps its report, and then loses Redis', { timeout: 60_000 }, async () => {
  const module = await Test.createTestingModule({
    imports: [PipedriveTestingModule.forRoot(), KeepAliveModule],
  }).setLogger(new ConsoleLogger({ colors: false })).compile()
  await module.init()
  const queue = module.get(getQueueToken('pipedrive-keep-alive'))
  const job = await queue.add('now', {})
  await expect.poll(() => queue.getJob(job.id).then((done) => done.returnvalue)).toMatchObject({ isComplete: true })
  expect(await queue.getJobSchedulersCount()).toBe(1)

  let errors = 0
  queue.on('error', () => errors++)
  const client = await queue.client
  client.shutdown('NOSAVE').catch(() => {})
  await expect.poll(() => errors, { timeout: 30_000 }).toBeGreaterThan(5)
})
`

/** Begins an application anew, with what the pages print. */
function begin(...pages: readonly string[]): void {
  rmSync(folder, { recursive: true, force: true })
  for (const page of pages) writeFiles(page)
  write('src/store.ts', storeInMemory)
  write('vitest.config.ts', settings)
  write(
    'tsconfig.json',
    '{ "compilerOptions": { "experimentalDecorators": true, "emitDecoratorMetadata": true } }',
  )
}

/** Runs the specs. Resolves to what was printed. */
async function runSpecs(env: NodeJS.ProcessEnv = {}): Promise<string> {
  const vitest = join(dirname(createRequire(import.meta.url).resolve('vitest/package.json')), 'vitest.mjs')
  const { stdout, stderr } = await promisify(execFile)(process.execPath, [vitest, 'run', '--root', folder], {
    env: { PATH: process.env['PATH'], NO_COLOR: '1', ...env },
  })
  return stdout + stderr
}

test(
  'the specs that the guide for Nest prints pass in the application of the quick start alone',
  {
    timeout: 300_000,
  },
  async () => {
    begin('start/nest.md', 'guides/nest-tests.md')
    expect(await runSpecs()).toMatch(/Tests +4 passed \(4\)/)
  },
)

test(
  'they pass with jobs and shutdown, too, which do what the guide says',
  { timeout: 300_000 },
  async () => {
    begin('start/nest.md', 'guides/nest-tests.md', 'guides/nest.md')
    write('src/jobs.spec.ts', jobs)
    const printed = await runSpecs()
    expect(printed).toMatch(/Tests +5 passed \(5\)/)
    expect(printed).toContain('Redis is closed')
    const [, printedLine] = /^```txt\n(.+)$/m.exec(readPage('guides/nest.md')) ?? []
    expect(printed).toContain(printedLine)
  },
)

test(
  'the queue of the guide for BullMQ runs the keep-alive, and logs trouble once',
  { timeout: 300_000 },
  async () => {
    await using server = await startRedis()
    begin('start/nest.md', 'guides/nest-bullmq.md')
    write('src/queue.spec.ts', queue)
    const printed = await runSpecs({ REDIS_URL: `redis://127.0.0.1:${server.port}` })
    expect(printed).toMatch(/Tests +1 passed \(1\)/)
    expect(printed.match(/ECONNREFUSED/g)).toHaveLength(1)
  },
)
