import { chmodSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import * as fc from 'fast-check'
import { quote } from 'shell-quote'
import { describe, expect, test } from 'vitest'
import { commandsOf } from '../src/browser.ts'
import { createScene, runProgram, type Scene } from './command-line.ts'

/** A word of a command: anything visible, also spaces, quotes, backslashes, `%s`, `$`, `*`, `;` and colons. */
const word = fc.stringMatching(/^[ -~äß€]{1,12}$/)
const single = (text: string) => `'${text.replaceAll("'", `'\\''`)}'`
const double = (text: string) => `"${text.replaceAll(/["\\$]/g, '\\$&')}"`
const escaped = (text: string) => text.replaceAll(/[^\w%äß€-]/g, '\\$&')
const quoted = fc
  .tuple(
    word,
    fc.constantFrom(single, double, escaped, (text: string) => quote([text])),
  )
  .map(([text, quoting]) => ({ text, written: quoting(text) }))
const command = fc.array(quoted, { minLength: 1, maxLength: 4 })
const written = (words: readonly { readonly written: string }[]) =>
  words.map(({ written }) => written).join('  ')
const texts = (words: readonly { readonly text: string }[]) => words.map(({ text }) => text)

describe.runIf(process.platform !== 'win32')('a browser command', () => {
  test('F81 is read as the words that its quotes make', () => {
    fc.assert(
      fc.property(command, (words) => {
        expect(commandsOf(written(words), false)).toEqual([texts(words)])
      }),
    )
  })

  test('F81 of the variable BROWSER is a list with colons between, which quotes protect', () => {
    fc.assert(
      fc.property(fc.array(command, { minLength: 1, maxLength: 3 }), (commands) => {
        expect(commandsOf(commands.map(written).join(':'), true)).toEqual(commands.map(texts))
      }),
    )
  })

  test.each([
    'firefox | cat',
    'firefox; rm -rf x',
    'firefox > x',
    '(firefox)',
    'firefox & x',
    ' ',
    ':',
    '# x',
  ])('F81 that is more than words is no command: %j', (text) =>
    expect(commandsOf(text, true).flat()).toEqual([]),
  )
})

/** Writes a stand-in for a browser. It notes its arguments and cancels the login, as its user would. */
function standIn(path: string): void {
  mkdirSync(dirname(path), { recursive: true })
  writeFileSync(
    path,
    `#!${process.execPath}
const { readFileSync, readdirSync, writeFileSync } = require('node:fs')
const page = process.argv.find((word) => word.endsWith('.html')).replace(/^.*?file:\\/\\//, '')
const [, address] = / url=([^"]+)"/.exec(readFileSync(decodeURIComponent(page), 'utf8'))
const consent = new URL(address.replaceAll('&#38;', '&'))
const state = consent.searchParams.get('state')
const commands = readdirSync('/proc').filter((name) => /^\\d+$/.test(name)).map((pid) => {
  try { return readFileSync('/proc/' + pid + '/cmdline', 'utf8') } catch { return '' }
})
const tells = commands.filter((command) => command.includes(state) || command.includes('/oauth/authorize'))
writeFileSync(process.env.HOME + '/seen', JSON.stringify({ words: process.argv.slice(2), tells }))
const callback = new URL(consent.searchParams.get('redirect_uri'))
callback.search = new URLSearchParams({ error: 'access_denied', state })
fetch(callback)
`,
  )
  chmodSync(path, 0o755)
}

async function loginWith(scene: Scene, env: Record<string, string>, args: readonly string[] = []) {
  const ended = await runProgram(['login', ...args], {
    env: { ...scene.env, DISPLAY: '', WAYLAND_DISPLAY: '', ...env },
  })
  const seen = JSON.parse(readFileSync(join(scene.home, 'seen'), 'utf8')) as {
    words: string[]
    tells: string[]
  }
  return { ...ended, ...seen }
}

describe.runIf(process.platform === 'linux')('login opens', () => {
  const path = expect.stringMatching(/^\/.+\/pipedrive-login-\d+\.html$/)
  const page = expect.stringMatching(/^file:\/\/\/.+\/pipedrive-login-\d+\.html$/)
  const cancelled = { code: 4, stderr: expect.stringContaining('[access_denied]') }

  test.each([
    ['a path with spaces, unquoted', (path: string) => path, [page]],
    ['a path with spaces, in quotes', (path: string) => `"${path}"`, [page]],
    ['a path with spaces, escaped', (path: string) => path.replaceAll(' ', '\\ '), [page]],
    [
      'quoted words',
      (path: string) => `'${path}' --profile "my own" $HOME`,
      ['--profile', 'my own', '$HOME', page],
    ],
    [
      'the place of the address',
      (path: string) => `'${path}' "--app=%s" 100%%`,
      [expect.stringMatching(/^--app=file:.*\.html$/), '100%'],
    ],
  ] as const)('F81 a browser that PD_OAUTH_BROWSER names by %s', async (_, commandOf, words) => {
    const scene = await createScene()
    const path = join(scene.home, 'my own apps', 'browser')
    standIn(path)
    const ended = await loginWith(scene, { PD_OAUTH_BROWSER: commandOf(path) })
    expect(ended).toMatchObject({ ...cancelled, words, tells: [] })
    expect((await loginWith(scene, {}, ['--browser', commandOf(path)])).words).toEqual(words)
  })

  test.each([
    [
      'the first of BROWSER that works',
      (path: string) => `no-such-browser %s:false:"${path}" one:other`,
      ['one', page],
    ],
    ['the system’s browser if the variable holds no command', (path: string) => `${path} | cat`, [path]],
  ] as const)(
    'F81 %s, and F77 no process has the state among its arguments',
    async (what, commandOf, words) => {
      const scene = await createScene()
      const path = join(scene.home, 'browser')
      standIn(path)
      const env = what.startsWith('the first')
        ? { BROWSER: commandOf(path) }
        : { PD_OAUTH_BROWSER: commandOf(path), BROWSER: path } // xdg-open reads BROWSER
      expect(await loginWith(scene, env)).toMatchObject({ ...cancelled, words, tells: [] })
      expect(readdirSync(scene.home).filter((name) => name.endsWith('.html'))).toEqual([])
    },
  )
})
