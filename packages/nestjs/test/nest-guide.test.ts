/** Runs the specs of docs/guides/nest-tests.md, exactly as printed, in the application of the quick start and of docs/guides/nest.md. */
import { execFile } from 'node:child_process'
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
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
const keepAliveInTheLog = `
import { ConsoleLogger } from '@nestjs/common'
import { Test } from '@nestjs/testing'
import { PipedriveTestingModule } from '@pd/oauth-nestjs/testing'
import { KeepAliveTask } from './keep-alive.task.js'
test('a run logs a line', async () => {
  const module = await Test.createTestingModule({
    imports: [PipedriveTestingModule.forRoot()],
    providers: [KeepAliveTask],
  }).setLogger(new ConsoleLogger({ colors: false })).compile()
  await module.get(KeepAliveTask).run()
})
`

test('the specs that the guide for Nest prints pass', { timeout: 300_000 }, async () => {
  rmSync(folder, { recursive: true, force: true })
  writeFiles('start/nest.md')
  writeFiles('guides/nest.md')
  writeFiles('guides/nest-tests.md')
  write('src/store.ts', storeInMemory)
  write('src/keep-alive.spec.ts', keepAliveInTheLog)
  write('vitest.config.ts', settings)
  write(
    'tsconfig.json',
    '{ "compilerOptions": { "experimentalDecorators": true, "emitDecoratorMetadata": true } }',
  )
  const vitest = join(dirname(createRequire(import.meta.url).resolve('vitest/package.json')), 'vitest.mjs')
  const { stdout } = await promisify(execFile)(process.execPath, [vitest, 'run', '--root', folder], {
    env: { PATH: process.env['PATH'], NO_COLOR: '1' },
  })
  expect(stdout).toMatch(/Tests +4 passed \(4\)/)
  expect(stdout).toContain('Redis is closed')
  const [, printedLine] = /^```txt\n(.+)$/m.exec(readPage('guides/nest.md')) ?? []
  expect(stdout).toContain(printedLine)
})
