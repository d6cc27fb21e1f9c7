import { once } from 'node:events'
import { chmodSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { dirname, join } from 'node:path'
import { text } from 'node:stream/consumers'
import { startChromium } from '@pd/test-support/chromium'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import { createScene, expectNoSecret, startProgram, type Scene } from './command-line.ts'

let chromium: Browser
beforeAll(async () => {
  chromium = await startChromium()
})
afterAll(() => chromium.close())

/** Returns a command to use in place of the browser. It passes the address to the test. */
function browserCommand({ home }: Scene): { command: string; opened: () => Promise<string> } {
  const file = join(home, 'opened')
  const command = join(home, 'browser.sh')
  writeFileSync(command, `#!/bin/sh\nprintf %s "$1" > ${file}.part && mv ${file}.part ${file}\n`)
  chmodSync(command, 0o755)
  const opened = async () => {
    await expect.poll(() => statSync(file, { throwIfNoEntry: false })?.isFile()).toBe(true)
    const url = readFileSync(file, 'utf8')
    rmSync(file)
    return url
  }
  return { command, opened }
}

/** Starts `pd-oauth login` and opens in Chromium the address that it gave to the browser command. */
async function beginLogin(scene: Scene, args: readonly string[] = []) {
  const { command, opened } = browserCommand(scene)
  const child = startProgram(['login', ...args], { env: { ...scene.env, PD_OAUTH_BROWSER: command } })
  const ended = Promise.all([text(child.stdout), text(child.stderr), once(child, 'exit')])
  const page = await chromium.newPage()
  onTestFinished(() => page.close())
  await page.goto(await opened())
  const end = async () => {
    const [stdout, stderr, [code]] = await ended
    expectNoSecret(stdout + stderr, scene.secrets())
    return { code, stdout, stderr }
  }
  return { child, page, end }
}

const heading = (page: Page) => page.textContent('h1')

test('login connects a user who allows access in the browser, and the browser says so', async () => {
  const scene = await createScene()
  const { page, end } = await beginLogin(scene)
  await page.click('button[value=allow]')
  await page.waitForURL((url) => url.pathname === '/callback')
  expect(await heading(page)).toBe('Pipedrive is connected')
  expect(await end()).toMatchObject({ code: 0, stdout: expect.stringMatching(/^Connected 1001:11 \(/) })
  const { code, stdout } = await scene.run(['token'])
  expect([code, scene.fake.serverAccepts(stdout.trim())]).toEqual([0, true])
})

test('login stores nothing when the user cancels in the browser', async () => {
  const scene = await createScene()
  const { page, end } = await beginLogin(scene)
  await page.click('button[value=cancel]')
  await page.waitForURL((url) => url.pathname === '/callback')
  expect(await heading(page)).toBe('Not connected')
  expect(await end()).toMatchObject({
    code: 4,
    stdout: '',
    stderr: expect.stringContaining('[access_denied]'),
  })
  expect((await scene.run(['status', '--json'])).stdout).toBe('[]\n')
})

test('login --save saves the settings, and the next command needs none', async () => {
  const scene = await createScene()
  const { page, end } = await beginLogin(scene, ['--save', '--json'])
  await page.click('button[value=allow]')
  expect(JSON.parse((await end()).stdout)).toMatchObject({ id: '1001:11', status: 'active' })
  expect(statSync(scene.configFile).mode & 0o777).toBe(0o600)
  const { PATH = '', HOME = '', XDG_CONFIG_HOME = '', XDG_DATA_HOME = '', XDG_STATE_HOME = '' } = scene.env
  const unset = Object.fromEntries(Object.keys(scene.env).map((name) => [name, '']))
  const env = { ...unset, PATH, HOME, XDG_CONFIG_HOME, XDG_DATA_HOME, XDG_STATE_HOME }
  const { code, stdout, stderr } = await scene.run(['token'], { env })
  expect({ code, stderr, isLive: scene.fake.serverAccepts(stdout.trim()) }).toEqual({
    code: 0,
    stderr: '',
    isLive: true,
  })
})

/** Runs `pd-oauth login --no-browser` in pipes, for a user who allows access and pastes the code. */
async function loginInPipes(
  scene: Scene,
  args: readonly string[] = [],
  env: Readonly<Record<string, string>> = {},
) {
  const child = startProgram(['login', '--no-browser', ...args], { env: { ...scene.env, ...env } })
  const exited = once(child, 'close')
  const stdout = text(child.stdout)
  let told = ''
  const address = new Promise<string>((resolve) =>
    child.stderr.on('data', (chunk) => {
      told += String(chunk)
      const [, found] = /^ {2}(http\S+)\n/m.exec(told) ?? []
      if (found !== undefined) resolve(found)
    }),
  )
  const callback = await scene.fake.approve(await address)
  child.stdin.end(`${new URL(callback).searchParams.get('code')}\n`)
  const [code] = await exited
  return { code: code as number, stdout: await stdout, stderr: told }
}

test('login --no-browser in a pipe prints the address and reads the callback from standard input', async () => {
  const { code, stdout } = await loginInPipes(await createScene())
  expect([code, stdout]).toEqual([0, expect.stringMatching(/^Connected 1001:11 /)])
})

test('login --save keeps the secretsFile of the file if the secrets come from a variable, and says that it is needed', async () => {
  const scene = await createScene()
  const kept = { secretsFile: 'keys', browser: 'firefox', installation: '7:7' }
  mkdirSync(dirname(scene.configFile), { recursive: true, mode: 0o700 })
  writeFileSync(scene.configFile, JSON.stringify(kept), { mode: 0o600 })
  const env = { PD_OAUTH_SECRETS: 'secret-of-a-variable-0123456789-0123456789' }
  const { code, stderr } = await loginInPipes(scene, ['--save'], env)
  expect([code, stderr]).toEqual([0, expect.stringContaining('Only with the same PD_OAUTH_SECRETS can')])
  expect(stderr).not.toContain(env.PD_OAUTH_SECRETS)
  const saved: unknown = JSON.parse(readFileSync(scene.configFile, 'utf8'))
  expect(saved).toMatchObject({ ...kept, clientId: scene.fake.app.clientId })

  const named = { PD_OAUTH_SECRETS_FILE: join(scene.home, 'named') }
  await scene.run(['secret', '--add'], { env: named })
  const again = await loginInPipes(scene, ['--save'], named)
  expect([again.code, again.stderr]).toEqual([0, expect.not.stringContaining('PD_OAUTH_SECRETS')])
  expect(JSON.parse(readFileSync(scene.configFile, 'utf8'))).toMatchObject({
    secretsFile: named.PD_OAUTH_SECRETS_FILE,
  })
})

test('login --timeout ends the login with a sentence if the browser never comes back', async () => {
  const scene = await createScene()
  const { end } = await beginLogin(scene, ['--timeout', '1'])
  expect(await end()).toMatchObject({
    code: 4,
    stdout: '',
    stderr: expect.stringMatching(/Nobody came back .* within 1 seconds?\. \[login_timeout\]/),
  })
})

test('login says that its port is in use, and opens no browser', async () => {
  const scene = await createScene()
  const { command } = browserCommand(scene)
  const other = createServer()
  other.listen(Number(new URL(scene.redirectUri).port), '127.0.0.1')
  await once(other, 'listening')
  onTestFinished(() => void other.close())
  const ended = await scene.run(['login'], { env: { PD_OAUTH_BROWSER: command } })
  expect(ended).toMatchObject({ code: 3, stdout: '', stderr: expect.stringContaining('[port_taken]') })
  expect(statSync(join(scene.home, 'opened'), { throwIfNoEntry: false })).toBeUndefined()
})

test('login says how to connect without a browser if it cannot start one', async () => {
  const scene = await createScene()
  const ended = await scene.run(['login'], { env: { PD_OAUTH_BROWSER: 'no-such-browser-anywhere' } })
  expect(ended).toMatchObject({ code: 3, stderr: expect.stringContaining('pd-oauth login --no-browser') })
})

test('Ctrl-C ends a login and frees its port', async () => {
  const scene = await createScene()
  const { child, end } = await beginLogin(scene)
  child.kill('SIGINT')
  expect(await end()).toMatchObject({ code: 130, stdout: '' })
  const again = await beginLogin(scene)
  await again.page.click('button[value=allow]')
  expect(await again.end()).toMatchObject({ code: 0 })
})

test('login --expect stores nothing when somebody else connects', async () => {
  const scene = await createScene()
  const { page, end } = await beginLogin(scene, ['--expect', '1002:13'])
  await page.click('button[value=allow]')
  await page.waitForURL((url) => url.pathname === '/callback')
  expect(await heading(page)).toBe('Another account is signed in')
  const { code, stdout, stderr } = await end()
  expect([code, stdout, stderr]).toEqual([4, '', expect.stringContaining('[unexpected_account]')])
  expect((await scene.run(['status', '--json'])).stdout).toBe('[]\n')
})
