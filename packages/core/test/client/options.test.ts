import { inspect } from 'node:util'
import { manualClock } from '@pd/fake-pipedrive'
import { describe, expect, test } from 'vitest'
import { resolveOptions } from '../../src/client/options.ts'
import {
  ConfigurationError,
  PipedriveOAuth,
  memoryStore,
  type PipedriveOAuthOptions,
} from '../../src/index.ts'
import { validOptions } from './settings.ts'

/** Returns the problems of options, which may be any value, as in JavaScript. */
function problems(changes: Record<string, unknown>): readonly string[] {
  return failure({ ...validOptions(), ...changes })?.problems ?? []
}

function failure(options: unknown): ConfigurationError | undefined {
  try {
    resolveOptions(options as PipedriveOAuthOptions)
    return undefined
  } catch (error) {
    if (error instanceof ConfigurationError) return error
    throw error
  }
}

describe('resolveOptions() fills in', () => {
  test('every default', () => {
    const settings = resolveOptions(validOptions()).settings
    expect(settings).toMatchObject({
      clientSecrets: ['client-secret'],
      scopes: [],
      oauthOrigin: 'https://oauth.pipedrive.com',
      apiOrigin: undefined,
      waitUntil: undefined,
    })
    expect(settings.policy).toMatchObject({ leaseMs: 30_000, cacheMs: 5_000, waitMs: 35_000 })
    expect(Math.abs(settings.clock.now() - Date.now())).toBeLessThan(60_000)
    expect(settings.random(16)).toHaveLength(16)
    expect(settings.store.due).toBeTypeOf('function')
  })

  test.each([
    [[0, 7], 7],
    [[1, 0], 256],
    [[5, 15], 1_295],
    [[5, 17], 1],
  ])('a number of two digits in base 36 for this process, by the random bytes %j: %i', (bytes, process) => {
    const random = (length: number) => new Uint8Array(length).map((_, index) => bytes[index] ?? 0)
    expect(resolveOptions(validOptions({ random })).settings.process).toBe(process)
  })

  test('the numbers of the policy that are missing or undefined', () => {
    const { policy } = resolveOptions(validOptions({ policy: { cacheMs: 0, leaseMs: undefined } })).settings
    expect(policy).toMatchObject({ cacheMs: 0, leaseMs: 30_000 })
  })

  test('the default where an option is undefined', () => {
    const names = [
      'store',
      'scopes',
      'endpoints',
      'policy',
      'fetch',
      'clock',
      'random',
      'onEvent',
      'waitUntil',
    ]
    expect(problems(Object.fromEntries(names.map((name) => [name, undefined])))).toEqual([])
  })

  test('the runtime’s fetch of the moment when a request is sent', async () => {
    const { fetch } = resolveOptions(validOptions()).settings
    const before = globalThis.fetch
    globalThis.fetch = async () => new Response('replaced')
    try {
      expect(await (await fetch('https://app.example.com')).text()).toBe('replaced')
    } finally {
      globalThis.fetch = before
    }
  })
})

describe('resolveOptions() accepts', () => {
  test.each([
    'https://app.example.com/callback',
    'https://app.example.com:8443/a/b?tenant=1',
    'https://app.example.com/a//b/callback',
    'http://localhost/callback',
    'http://localhost:33333/',
    'http://127.0.0.1:3000/callback',
    'http://127.8.9.1/callback',
    'http://[::1]:3000/callback',
  ])('the callback address %s', (redirectUri) => {
    expect(problems({ redirectUri })).toEqual([])
  })

  test('several client secrets, and secrets of 32 characters', () => {
    expect(
      problems({
        clientSecret: ['new', 'old'],
        secrets: ['0123456789abcdef'.repeat(2), '0123456789abcdef'.repeat(3)],
      }),
    ).toEqual([])
  })

  test('a store with the two required methods, also as methods of a class', () => {
    const { get, compareAndSet } = memoryStore()
    class OwnStore {
      get = get
      compareAndSet = compareAndSet
    }
    expect(problems({ store: { get, compareAndSet } })).toEqual([])
    expect(problems({ store: new OwnStore() })).toEqual([])
  })

  test('a clock that is Date, a function, or an object with now()', () => {
    for (const clock of [Date, () => 1, { now: () => 1 }, manualClock()])
      expect(problems({ clock })).toEqual([])
  })

  test.each(['https://oauth.example.com', 'https://oauth.example.com/', 'http://localhost:4000'])(
    'the endpoint %s',
    (origin) => {
      expect(problems({ endpoints: { oauth: origin, api: origin } })).toEqual([])
      const { settings } = resolveOptions(validOptions({ endpoints: { oauth: origin, api: origin } }))
      const bare = origin.replace(/\/$/, '')
      expect([settings.oauthOrigin, settings.apiOrigin]).toEqual([bare, bare])
    },
  )
})

describe('resolveOptions() refuses', () => {
  const wrong: readonly [name: string, values: readonly unknown[]][] = [
    ['clientId', [undefined, null, '', '  ', 7, ['id']]],
    ['clientSecret', [undefined, null, '', [], ['ok', ''], ['ok', undefined], 7, {}]],
    [
      'secrets',
      [undefined, null, [], 'x'.repeat(40), ['short'], ['x'.repeat(31)], ['x'.repeat(40), ''], [7]],
    ],
    ['secrets', [[' '.repeat(40)], {}]],
    ['store', [null, {}, { get: () => {} }, { get: 1, compareAndSet: 1 }, new Map(), 'redis://localhost']],
    ['scopes', [null, 'deals:read', [''], [7], ['deals:read', 7]]],
    ['fetch', [null, 'fetch', {}]],
    ['clock', [null, 5, {}, { now: 5 }]],
    ['random', [null, 4, {}]],
    ['onEvent', [null, 'log', {}]],
    ['waitUntil', [null, true, {}]],
  ]
  for (const [name, values] of wrong)
    test.each(values.map((value) => [value]))(`${name}: %j, in one sentence that names it`, (value) => {
      const [sentence, ...others] = problems({ [name]: value })
      expect(sentence).toContain(name)
      expect(others).toEqual([])
    })

  test.each([
    undefined,
    '',
    'callback',
    '/callback',
    'app.example.com/callback',
    'http://app.example.com/callback',
    'http://localhost.evil.example/callback',
    'http://127.0.0.1.evil.example/callback',
    'http://192.168.0.1/callback',
    'http://0.0.0.0/callback',
    'https://app.example.com/callback#part',
    'https://app.example.com/callback#',
    'https://user@app.example.com/callback',
    'https://user:word@app.example.com/callback',
    'myapp://callback',
    'urn:ietf:wg:oauth:2.0:oob',
    'https://',
    ['https://app.example.com/callback'],
    'https://app.example.com//',
    'https://app.example.com//pipedrive/callback',
    'https://app.example.com///evil.example/callback',
    'https://app.example.com/\\\\evil.example/callback',
    'https://app.example.com/.//evil.example/callback',
    'https://app.example.com/a/..//evil.example/callback',
    'https://app.example.com/%2e//evil.example/callback',
    'http://localhost:3000//callback',
  ])('the callback address %j', (redirectUri) => {
    expect(problems({ redirectUri })).toEqual([expect.stringContaining('redirectUri')])
  })

  test.each([
    '',
    'oauth.pipedrive.com',
    'http://oauth.pipedrive.com',
    'https://oauth.pipedrive.com/oauth',
    'https://oauth.pipedrive.com/?a=b',
    'https://oauth.pipedrive.com/#',
    'https://user:word@oauth.pipedrive.com',
    'ftp://oauth.pipedrive.com',
    7,
    null,
  ])('the endpoint %j', (origin) => {
    expect(problems({ endpoints: { oauth: origin } })).toEqual([expect.stringContaining('endpoints.oauth')])
    expect(problems({ endpoints: { api: origin } })).toEqual([expect.stringContaining('endpoints.api')])
  })

  test.each([
    [{ clientID: 'x' }, 'clientID is not a known option'],
    [{ redirectURI: 'x' }, 'redirectURI is not a known option'],
    [{ secret: 'x' }, 'secret is not a known option'],
    [{ endpoints: { oath: 'https://x.example' } }, 'endpoints.oath is not a known option'],
    [{ policy: { leaseMS: 1 } }, 'policy.leaseMS is not a known setting'],
  ])('a name that is misspelled: %j', (changes, sentence) => {
    expect(problems(changes)).toEqual([sentence])
  })

  test.each(['clientId', 'clientSecret', 'redirectUri', 'secrets'])(
    '%s from a variable that is not set, and asks whether it is',
    (name) => {
      const unset = { undefined: undefined, empty: name === 'secrets' ? [''] : ' ' }
      for (const [said, value] of Object.entries(unset))
        expect(problems({ [name]: value })).toEqual([
          expect.stringMatching(
            new RegExp(`^${name} must .*\\(${said}: is the environment variable set\\?\\)$`),
          ),
        ])
      expect(problems({ [name]: 'a b' }).join()).not.toContain('variable')
    },
  )

  test.each([undefined, null, 'options', 7])('options that are %j', (options) => {
    expect(failure(options)?.problems).toEqual(['options must be an object'])
  })

  test.each([[-1], [Number.NaN], [Number.POSITIVE_INFINITY], ['30000'], [null], [{}]])(
    'a number of the policy that is %j',
    (value) => {
      expect(problems({ policy: { cacheMs: value } })).toEqual([
        'policy.cacheMs must be a number of 0 or more',
      ])
    },
  )

  test('all problems in one error', () => {
    const error = failure({
      clientSecret: 7,
      secrets: [],
      endpoints: { api: 'x' },
      policy: { requestsPerRefresh: 0 },
      typo: 1,
    })
    const named = [
      'typo',
      'clientId',
      'clientSecret',
      'redirectUri',
      'endpoints.api',
      'secrets',
      'policy.requestsPerRefresh',
    ]
    expect(error?.problems).toHaveLength(named.length)
    for (const [index, name] of named.entries()) expect(error?.problems[index]).toContain(name)
    for (const problem of error?.problems ?? []) expect(error?.message).toContain(`\n- ${problem}`)
    expect(error).toMatchObject({ code: 'invalid_configuration', retryable: false, status: 500 })
  })
})

test('F32 a ConfigurationError repeats no text that an option held', () => {
  const value = (name: string) => `hunter2-${name}`
  const error = failure({
    clientId: [value('id')],
    clientSecret: ['', value('client-secret')],
    redirectUri: `ftp://${value('redirect')}`,
    secrets: [value('short')],
    store: { url: value('store') },
    scopes: [value('scope'), ''],
    endpoints: { oauth: value('oauth'), api: value('api') },
    policy: { leaseMs: value('lease') },
    fetch: value('fetch'),
    clock: value('clock'),
    random: value('random'),
    onEvent: value('event'),
    waitUntil: value('wait'),
    unknown: value('unknown'),
  })
  expect(error?.problems.length).toBeGreaterThanOrEqual(13)
  const shown = [
    error?.message,
    error?.stack,
    JSON.stringify(error),
    inspect(error, { depth: 9, showHidden: true }),
  ]
  expect(shown.join()).not.toContain('hunter2')
})

describe('F03 new PipedriveOAuth() refuses a policy in which a request can outlive its lease:', () => {
  const refused: readonly Partial<PipedriveOAuthOptions['policy']>[] = [
    { leaseMs: 20_000 },
    { leaseMs: 25_500 },
    { requestTimeoutMs: 15_000 },
    { requestsPerRefresh: 3 },
    { retryPauseMs: 5_000 },
    { clockSkewMs: 9_500, minimumValidityMs: 30_000 },
  ]
  test.each(refused)('%j', (policy) => {
    expect(() => new PipedriveOAuth(validOptions({ policy: { ...policy } }))).toThrow(
      /leaseMs .* must be greater than/,
    )
  })

  test('and accepts a lease one millisecond longer than a refresh plus the clock skew', () => {
    const shortest = 2 * 10_000 + 500 + 5_000
    expect(() => new PipedriveOAuth(validOptions({ policy: { leaseMs: shortest } }))).toThrow(
      ConfigurationError,
    )
    expect(() => new PipedriveOAuth(validOptions({ policy: { leaseMs: shortest + 1 } }))).not.toThrow()
  })
})
