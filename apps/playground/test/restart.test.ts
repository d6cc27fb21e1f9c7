import { existsSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { join } from 'node:path'
import { expect, onTestFinished, test, vi } from 'vitest'
import { connect, press, textOf } from './demo.ts'
import { runMain, startMain, temporaryFolder } from './run-main.ts'

// Each of these starts processes, which take their time on a busy machine.
vi.setConfig({ testTimeout: 60_000 })

const aSecret = 'a secret that was given and is long enough'

/** The playground as a process, on a data folder. */
async function startOn(folder: string, environment: Readonly<Record<string, string>> = {}) {
  const { child, ended, says } = startMain([], { PORT: '0', PLAYGROUND_DATA: folder, ...environment })
  const [, origin = '', fakeOrigin = ''] = await says(
    /Open {2}(http:\/\/localhost:\d+)[\s\S]*a fake one, on (http:\/\/127\.0\.0\.1:\d+)/,
  )
  const end = async (signal: NodeJS.Signals) => {
    child.kill(signal)
    await ended
  }
  return { origin, fakeOrigin, end }
}

test.each(['SIGKILL', 'SIGINT'] as const)('a restart after %s loses nothing', async (signal) => {
  const folder = temporaryFolder()
  const first = await startOn(folder)
  const { browser, page } = await connect(first)
  await connect(first, '1002:13', browser)
  await press(browser, await browser.get(first.origin), '/switch')
  const [, deals = ''] = /(Deals Read through .*?) Events /.exec(textOf(page)) ?? []
  expect(deals).toMatch(/€[\d,]+/)
  await first.end(signal)

  const second = await startOn(folder)
  expect(second.fakeOrigin).toBe(first.fakeOrigin)
  const shown = await browser.get(second.origin)
  const text = textOf(shown)
  expect(text).toMatch(/Ada Lindqvist Acme Trading .*Cleo Marsh Globex Logistics .*Active .*Refreshes 0 /)
  const withoutTime = (text: string) => text.replace(/at \d\d:\d\d:\d\d/, '')
  expect(withoutTime(text)).toContain(withoutTime(deals))
  const refreshed = await press(browser, shown, 'refresh')
  expect(textOf(refreshed)).toMatch(/The access token is a new one\. token requests 1 /)
  expect(textOf(await press(browser, refreshed, 'read-deals'))).toMatch(/The API answered\. deals [1-9]/)
})

test('the hours that have passed have still passed after a restart', async () => {
  const folder = temporaryFolder()
  const first = await startOn(folder)
  const { browser, page } = await connect(first)
  await press(browser, page, 'expire')
  await first.end('SIGKILL')
  const second = await startOn(folder)
  const shown = await browser.get(second.origin)
  expect(textOf(shown)).toMatch(/an hour ahead .*Active .*Refreshes 1 /)
})

test('what ended before a restart stays ended', async () => {
  const folder = temporaryFolder()
  const first = await startOn(folder)
  const { browser, page } = await connect(first)
  await press(browser, page, 'uninstall-unheard')
  await first.end('SIGKILL')
  const second = await startOn(folder)
  const after = await press(browser, await browser.get(second.origin), 'refresh')
  expect(after.text).toContain('data-state="reauthorization_required"')
  await connect(second, '1001:11', browser)
  await press(browser, await browser.get(second.origin), 'uninstall')
  await second.end('SIGKILL')
  const third = await startOn(folder)
  expect(textOf(await browser.get(third.origin))).toContain('Connect once.')
})

test('when the fake’s port is taken, it moves, and nothing is sent to who has it now', async () => {
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

  const second = await startOn(folder)
  expect(second.fakeOrigin).not.toBe(first.fakeOrigin)
  const shown = await browser.get(second.origin)
  expect(textOf(shown)).toMatch(/Active .*Refreshes 0 .*€[\d,]+/)
  const refreshed = await press(browser, shown, 'refresh')
  expect(textOf(refreshed)).toContain(`API domain ${second.fakeOrigin}`)
  expect(textOf(refreshed)).toContain('Refreshes 1')
  expect(heard).toEqual([])
})

test('what is kept is for its owner only, and holds no token in the clear but the fake’s own', async () => {
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

test('a secret that does not open the installations is said before anything is served', async () => {
  const folder = temporaryFolder()
  const first = await startOn(folder)
  const { browser } = await connect(first)
  await first.end('SIGINT')
  const secret = readFileSync(join(folder, 'secret'), 'utf8').trim()
  const start = (environment: Readonly<Record<string, string>>) =>
    runMain([], { PORT: '0', PLAYGROUND_DATA: folder, ...environment })
  const given = await start({ PD_SECRETS: aSecret })
  expect(given).toMatchObject({ code: 1, stdout: '' })
  expect(given.stderr).toMatch(
    /^PD_SECRETS does not hold the secret with which installations in \S+fake\.db are sealed\. Add it /,
  )
  rmSync(join(folder, 'secret'))
  const made = await start({})
  expect(made).toMatchObject({ code: 1, stdout: '' })
  expect(made.stderr).toMatch(
    /^The secret in \S+secret is not the one .* Give that one as PD_SECRETS, or delete /,
  )
  expect(given.stderr + made.stderr).not.toMatch(/at file:/)

  const rotated = await startOn(folder, { PD_SECRETS: `${aSecret},${secret}` })
  expect(textOf(await browser.get(rotated.origin))).toContain('Ada Lindqvist')
})

test('two playgrounds do not share a data folder', async () => {
  const folder = temporaryFolder()
  const first = await startOn(folder)
  const { code, stderr } = await runMain([], { PORT: '0', PLAYGROUND_DATA: folder })
  expect(code).toBe(1)
  expect(stderr).toBe(
    `Another playground is running on ${folder}. End it, or give this one a folder of its own: ` +
      'PLAYGROUND_DATA=/a/folder pnpm demo\n',
  )
  expect((await fetch(first.origin)).status).toBe(200)
})

test.each([
  ['a data folder that is a file', 'file'],
  ['a data folder where none can be made', 'file/folder'],
  ['a data folder in one that is missing', 'missing/folder'],
])('%s is said in a sentence', async (_, name) => {
  const folder = temporaryFolder()
  writeFileSync(join(folder, 'file'), '')
  const path = join(folder, name)
  const { code, stdout, stderr } = await runMain([], { PORT: '0', PLAYGROUND_DATA: path })
  expect({ code, stdout }).toEqual({ code: 1, stdout: '' })
  expect(stderr).toContain(`The playground keeps its installations in ${path}, and cannot write there: `)
  expect(stderr).toMatch(/choose another one: PLAYGROUND_DATA=\/a\/folder pnpm demo\n$/)
})

test.each([
  ['fake.db', /fake\.db cannot be used: .*not a database[\s\S]* delete it to begin anew\.\n$/],
  ['fake-pipedrive.json', /fake-pipedrive\.json is not what a fake Pipedrive has left there: /],
  ['secret', /secret should hold a secret of 32 characters or more\. Put the former one back/],
])('a damaged %s is said in a sentence', async (name, sentence) => {
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
