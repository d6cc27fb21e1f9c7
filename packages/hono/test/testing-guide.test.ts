/** Runs the examples of docs/guides/testing.md, exactly as printed. */
import { execFile } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { serve } from '@hono/node-server'
import { createFakePipedrive } from '@pd/fake-pipedrive'
import { PipedriveOAuth } from '@pd/oauth-core'
import { freePort } from '@pd/test-support/free-port'
import { Hono } from 'hono'
import { expect, onTestFinished, test } from 'vitest'
import { pipedriveAuth } from '../src/index.ts'

const run = promisify(execFile)
const page = readFileSync(new URL('../../../docs/guides/testing.md', import.meta.url), 'utf8')
const folder = fileURLToPath(new URL('../artifacts/testing-guide/', import.meta.url))

function block(language: string): string {
  const [, code] = new RegExp(`^\`\`\`${language}\\n([^]*?)^\`\`\`$`, 'm').exec(page) ?? []
  if (code === undefined) throw new Error(`docs/guides/testing.md has no block of ${language}`)
  return code
}

test('the tests that the guide prints pass in vitest', { timeout: 300_000 }, async () => {
  rmSync(folder, { recursive: true, force: true })
  mkdirSync(folder, { recursive: true })
  writeFileSync(join(folder, 'guide.test.ts'), block('ts'))
  const vitest = join(dirname(createRequire(import.meta.url).resolve('vitest/package.json')), 'vitest.mjs')
  const { stdout } = await run(process.execPath, [vitest, 'run', '--root', folder], {
    env: { PATH: process.env['PATH'], NO_COLOR: '1' },
  })
  expect(stdout).toMatch(/Tests +3 passed \(3\)/)
})

test('the program in Python that the guide prints controls a fake over HTTP', async () => {
  const fake = createFakePipedrive()
  onTestFinished(() => fake.close())
  const { origin } = await fake.listen()
  const { stdout } = await run('python3', ['-c', block('python')], {
    env: { PATH: process.env['PATH'], FAKE: origin },
  })
  expect(stdout).toBe('0\n')
  expect(fake.installations()).toEqual([])
})

test('the script that the guide prints connects a user, and gets the page that he wanted', async () => {
  const { fake, script } = await createCurlScene()
  expect(await script()).toMatchObject({ stdout: 'deals of 1001:12' })
  expect(fake.installations().map(({ id }) => id)).toEqual(['1001:12'])
})

test('the script that the guide prints shows why the fake refuses', async () => {
  const { script } = await createCurlScene()
  const { stdout } = await script((text) => text.replace('1001:12', '9:9')).catch(
    (failed: { stdout: string }) => failed,
  )
  expect(stdout).toContain('has no user 9:9')
})

/** An application with a fake Pipedrive, and the script for their ports. */
async function createCurlScene() {
  const port = await freePort()
  const fake = createFakePipedrive({ redirectUri: `http://localhost:${port}/pipedrive/callback` })
  onTestFinished(() => fake.close())
  const { origin } = await fake.listen()
  const oauth = new PipedriveOAuth({
    clientId: fake.app.clientId,
    clientSecret: fake.app.clientSecret,
    redirectUri: fake.app.redirectUri,
    secrets: ['only-for-tests-0123456789-abcdefghij'],
    endpoints: { oauth: origin, api: origin },
  })
  const { routes, requireInstallation } = pipedriveAuth(oauth)
  const app = new Hono()
    .route('/pipedrive', routes)
    .get('/deals', requireInstallation(), (c) => c.text(`deals of ${c.var.installation.id}`))
  const server = serve({ fetch: app.fetch, port })
  onTestFinished(() => void server.close())
  const jar = mkdtempSync(join(tmpdir(), 'cookies-'))
  onTestFinished(() => rmSync(jar, { recursive: true }))
  const printed = block('bash')
    .replace('http://localhost:3000', `http://localhost:${port}`)
    .replace('http://127.0.0.1:4700', origin)
  const script = (change = (text: string) => text) =>
    run('sh', ['-c', change(printed)], { cwd: jar, env: { PATH: process.env['PATH'] } })
  return { fake, script }
}
