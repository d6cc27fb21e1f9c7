import { existsSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { join } from 'node:path'
import { expect, onTestFinished, test, vi } from 'vitest'
import { connect, press, textOf } from './scene.ts'
import { runMain, startMain, temporaryFolder } from './run-main.ts'

// Each test starts processes, which is slow on a busy machine.
vi.setConfig({ testTimeout: 60_000 })

const aSecret = 'a-secret-that-was-given-and-is-long-enough'

interface Started {
  readonly origin: string
  readonly fakeOrigin: string
  end(signal: NodeJS.Signals): Promise<void>
  /** Starts it again on the port that it had: a session belongs to its origin. */
  again(): Promise<Started>
}

/** Starts the playground as a process with a data folder. */
async function startOn(folder: string, environment: Readonly<Record<string, string>> = {}): Promise<Started> {
  const { child, ended, says } = startMain([], { PORT: '0', PLAYGROUND_DATA: folder, ...environment })
  const [, origin = '', fakeOrigin = ''] = await says(
    /Open {2}(http:\/\/localhost:\d+)[\s\S]*a fake one, on (http:\/\/127\.0\.0\.1:\d+)/,
  )
  const end = async (signal: NodeJS.Signals) => {
    child.kill(signal)
    await ended
  }
  const again = () => startOn(folder, { ...environment, PORT: new URL(origin).port })
  return { origin, fakeOrigin, end, again }
}

test.each(['SIGKILL', 'SIGINT'] as const)('a restart after %s loses nothing', async (signal) => {
  const folder = temporaryFolder()
  const first = await startOn(folder)
  const { browser, page } = await connect(first)
  await connect(first, '1002:13', browser)
  await press(browser, await browser.get(first.origin), '/switch')
  const [, deals = ''] = /(Deals Read with .*?) Events /.exec(textOf(page)) ?? []
  expect(deals).toMatch(/€[\d,]+/)
  await first.end(signal)

  const second = await first.again()
  expect(second.fakeOrigin).toBe(first.fakeOrigin)
  const shown = await browser.get(second.origin)
  const text = textOf(shown)
  expect(text).toMatch(/Ada Lindqvist Acme Trading .*Cleo Marsh Globex Logistics .*Active .*Refreshes 0 /)
  const withoutTime = (text: string) => text.replace(/at \d\d:\d\d:\d\d/, '')
  expect(withoutTime(text)).toContain(withoutTime(deals))
  const refreshed = await press(browser, shown, 'refresh')
  expect(textOf(refreshed)).toMatch(/The library has a new access token\. token requests 1 /)
  expect(textOf(await press(browser, refreshed, 'read-deals'))).toMatch(/API answered\. deals [1-9]/)
})

test('the clock is still ahead after a restart', async () => {
  const folder = temporaryFolder()
  const first = await startOn(folder)
  const { browser, page } = await connect(first)
  await press(browser, page, 'expire')
  await first.end('SIGKILL')
  const second = await first.again()
  const shown = await browser.get(second.origin)
  expect(textOf(shown)).toMatch(/an hour ahead .*Active .*Refreshes 1 /)
})

test('an installation that ended before a restart does not come back', async () => {
  const folder = temporaryFolder()
  const first = await startOn(folder)
  const { browser, page } = await connect(first)
  await press(browser, page, 'uninstall-notice-lost')
  await first.end('SIGKILL')
  const second = await first.again()
  const after = await press(browser, await browser.get(second.origin), 'refresh')
  expect(after.text).toContain('data-state="reauthorization_required"')
  await connect(second, '1001:11', browser)
  await press(browser, await browser.get(second.origin), 'uninstall')
  await second.end('SIGKILL')
  const third = await second.again()
  expect(textOf(await browser.get(third.origin))).toContain('Connect once.')
})

test('the fake takes another port if its own is in use, and no request goes to the old port', async () => {
  const folder = temporaryFolder()
  const first = await startOn(folder)
  const { browser } = await connect(first)
  await first.end('SIGKILL')
  const heard: (string | undefined)[] = []
  const squatter = createServer((request, response) => {
    heard.push(request.url)
    response.end('{}')
  })
  await new Promise<void>((resolve) =>
    squatter.listen(Number(new URL(first.fakeOrigin).port), '127.0.0.1', resolve),
  )
  onTestFinished(() => void squatter.close())

  const second = await first.again()
  expect(second.fakeOrigin).not.toBe(first.fakeOrigin)
  const shown = await browser.get(second.origin)
  expect(textOf(shown)).toMatch(/Active .*Refreshes 0 .*€[\d,]+/)
  const refreshed = await press(browser, shown, 'refresh')
  expect(textOf(refreshed)).toContain(`API domain ${second.fakeOrigin}`)
  expect(textOf(refreshed)).toContain('Refreshes 1')
  expect(heard).toEqual([])
})

test('only the owner can read the kept files, and the database holds no token in plain text', async () => {
  const folder = temporaryFolder()
  const { end } = await startOn(folder).then(async (playground) => {
    await connect(playground)
    return playground
  })
  await end('SIGINT')
  const modeOf = (name: string) => (statSync(join(folder, name)).mode & 0o777).toString(8)
  expect(['secret', 'fake.db', 'fake-pipedrive.json'].map(modeOf)).toEqual(['600', '600', '600'])
  expect(readFileSync(join(folder, 'secret'), 'utf8')).toMatch(/^[\w-]{43}\n$/)
  const [ada] = (
    JSON.parse(readFileSync(join(folder, 'fake-pipedrive.json'), 'utf8')) as {
      installations: { refreshToken: string; accessTokens: string[] }[]
    }
  ).installations
  const database = readFileSync(join(folder, 'fake.db'), 'latin1')
  for (const token of [ada!.refreshToken, ...ada!.accessTokens]) expect(database).not.toContain(token)
})

test('demo does not start with a secret that does not open the installations', async () => {
  const folder = temporaryFolder()
  const first = await startOn(folder)
  const { browser } = await connect(first)
  await first.end('SIGINT')
  const secret = readFileSync(join(folder, 'secret'), 'utf8').trim()
  const start = (environment: Readonly<Record<string, string>>) =>
    runMain([], { PORT: '0', PLAYGROUND_DATA: folder, ...environment })
  const given = await start({ PD_OAUTH_SECRETS: aSecret })
  expect(given).toMatchObject({ code: 1, stdout: '' })
  expect(given.stderr).toMatch(
    /^The installations in \S+fake\.db are sealed with a secret that PD_OAUTH_SECRETS does not hold\. Add that secret /,
  )
  rmSync(join(folder, 'secret'))
  const made = await start({})
  expect(made).toMatchObject({ code: 1, stdout: '' })
  expect(made.stderr).toMatch(
    /^The installations in \S+fake\.db are sealed with another secret .* Set PD_OAUTH_SECRETS to that secret, or delete /,
  )
  expect(given.stderr + made.stderr).not.toMatch(/at file:/)

  const rotated = await startOn(folder, { PD_OAUTH_SECRETS: `${aSecret},${secret}` })
  expect(textOf(await browser.get(rotated.origin))).toContain('Ada Lindqvist')
})

test('two playgrounds cannot use one data folder', async () => {
  const folder = temporaryFolder()
  const first = await startOn(folder)
  const { code, stderr } = await runMain([], { PORT: '0', PLAYGROUND_DATA: folder })
  expect(code).toBe(1)
  expect(stderr).toBe(
    `Another playground uses ${folder}. End it, or give this one a folder of its own: ` +
      'PLAYGROUND_DATA=/a/folder pnpm demo\n',
  )
  expect((await fetch(first.origin)).status).toBe(200)
})

test.each([
  ['a data folder that is a file', 'file'],
  ['a data folder inside a file', 'file/folder'],
  ['a data folder in a missing folder', 'missing/folder'],
])('%s is an error that names it', async (_, name) => {
  const folder = temporaryFolder()
  writeFileSync(join(folder, 'file'), '')
  const path = join(folder, name)
  const { code, stdout, stderr } = await runMain([], { PORT: '0', PLAYGROUND_DATA: path })
  expect({ code, stdout }).toEqual({ code: 1, stdout: '' })
  expect(stderr).toContain(`The playground keeps its installations in ${path}, but cannot write there: `)
  expect(stderr).toMatch(/choose another one: PLAYGROUND_DATA=\/a\/folder pnpm demo\n$/)
})

test.each([
  ['fake.db', /fake\.db cannot be used: [\s\S]*not a SQLite database[\s\S]* delete it to start again\.\n$/],
  ['fake-pipedrive.json', /fake-pipedrive\.json is not a file of the fake Pipedrive: /],
  ['secret', /secret must hold a secret of 32 characters or more\. Restore the earlier secret/],
])('a damaged %s is an error that says what to do', async (name, sentence) => {
  const folder = temporaryFolder()
  writeFileSync(join(folder, name), 'damage '.repeat(4))
  const { code, stderr } = await runMain([], { PORT: '0', PLAYGROUND_DATA: folder })
  expect(code).toBe(1)
  expect(stderr).toMatch(sentence)
  expect(stderr).not.toMatch(/at file:/)
})

test('demo --once keeps nothing', async () => {
  const folder = join(temporaryFolder(), 'not-there')
  const { code } = await runMain(['--once'], { PLAYGROUND_DATA: folder })
  expect(code).toBe(0)
  expect(existsSync(folder)).toBe(false)
})
