import { InvalidArgumentError, PipedriveOAuth } from '@pd/oauth-core'
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { askAtTerminal } from '../../src/login/ask-at-terminal.ts'
import { loginSettings } from '../../src/login/login-settings.ts'
import { sealingSecret } from './desktop.ts'

function clientAt(redirectUri: string): PipedriveOAuth {
  return new PipedriveOAuth({
    clientId: 'app',
    clientSecret: 'secret',
    redirectUri,
    secrets: [sealingSecret],
  })
}

const oauth = clientAt('http://localhost:3000/callback')
const longestMs = oauth.policy.consentTimeoutMs

/** Returns what is wrong with options. They may be of any kind. */
function problemsOf(options: unknown, client = oauth): readonly string[] {
  try {
    loginSettings(client, options as object)
    return []
  } catch (error) {
    if (!(error instanceof InvalidArgumentError)) throw error
    return error.problems
  }
}

/** Lets this process have a terminal or none. */
function useTerminal(isThere: boolean): void {
  for (const name of ['stdin', 'stderr'] as const) {
    const real = process[name]
    const spy = vi
      .spyOn(process, name, 'get')
      .mockReturnValue(
        Object.create(real, { isTTY: { value: isThere || undefined } }) as typeof process.stdin &
          typeof process.stderr,
      )
    onTestFinished(() => spy.mockRestore())
  }
}

test.each([
  [{ opne: false }, 'opne is not a known option'],
  [{ open: 'yes' }, 'open must be true, false or a function'],
  [{ paste: true }, 'paste must be false or a function'],
  [{ timeoutMs: 0.9 }, `timeoutMs must be between 1 and policy.consentTimeoutMs, ${longestMs}`],
  [{ timeoutMs: longestMs + 1 }, `timeoutMs must be between 1 and policy.consentTimeoutMs, ${longestMs}`],
  [{ timeoutMs: Number.NaN }, `timeoutMs must be between 1 and policy.consentTimeoutMs, ${longestMs}`],
  [{ signal: {} }, 'signal must be an AbortSignal'],
  [
    { port: 3001 },
    'port must be the port of redirectUri, 3000, because Pipedrive compares the whole address',
  ],
  [{ pages: 'plain' }, 'pages must be an object'],
  [{ pages: null }, 'pages must be an object'],
  [{ pages: { acent: '#000000' } }, 'pages.acent is not a known option'],
  [{ pages: { connected: 'done' } }, 'pages.connected must be an object with title and text'],
  [null, 'the options must be an object'],
])('%j is refused: %s', (options, problem) => {
  useTerminal(false)
  expect(problemsOf(options)).toEqual([problem])
})

test.each([
  [{ timeoutMs: 1 }],
  [{ timeoutMs: longestMs }],
  [{ port: 3000, open: true, paste: false, pages: {} }],
  [{ open: false, paste: async () => 'code' }],
  [{ pages: { appName: 'Reports', connected: { title: 'Done', text: 'Close this tab.' } } }],
  [{ port: undefined, open: undefined, paste: undefined, timeoutMs: undefined, pages: undefined }],
])('%j can be used', (options) => {
  useTerminal(false)
  expect(problemsOf(options)).toEqual([])
})

test('a redirectUri that is not on this machine is the only problem that is told of it', () => {
  const elsewhere = clientAt('https://app.example.com/callback')
  expect(problemsOf({ port: 3000 }, elsewhere)).toEqual([
    expect.stringContaining('redirectUri must be http on localhost, not https://app.example.com'),
  ])
})

test('the port of an address without one is 80', () => {
  expect(problemsOf({ port: 80 }, clientAt('http://localhost/callback'))).toEqual([])
})

describe.each([
  ['at a terminal, it is asked there', true, askAtTerminal],
  ['without one, nobody is asked', false, undefined],
])('for what is pasted: %s', (_, isThere, paste) => {
  test('by default', () => {
    useTerminal(isThere)
    expect(loginSettings(oauth, {}).paste).toBe(paste)
  })

  test('so `open: false` is or is not enough', () => {
    useTerminal(isThere)
    expect(problemsOf({ open: false })).toEqual(
      isThere ? [] : ['open: false needs paste, because nobody would see the address'],
    )
    expect(problemsOf({ open: false, paste: false })).toHaveLength(1)
  })
})

test('nothing is opened, where the application says so', () => {
  expect(loginSettings(oauth, { open: false, paste: async () => 'code' }).open).toBeUndefined()
})
