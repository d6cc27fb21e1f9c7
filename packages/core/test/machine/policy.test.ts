import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import type { Policy } from '../../src/machine/policy.ts'
import { defaultPolicy, longestRefreshMs, policyProblems } from '../../src/machine/policy.ts'

function problemsOf(changes: Partial<Policy>): string[] {
  return policyProblems({ ...defaultPolicy, ...changes })
}

test('the defaults agree with each other', () => {
  expect(policyProblems(defaultPolicy)).toEqual([])
})

test('the defaults are the documented ones', () => {
  expect(defaultPolicy).toMatchObject({
    refreshAheadMs: 300_000,
    minimumValidityMs: 30_000,
    requestTimeoutMs: 10_000,
    requestsPerRefresh: 2,
    leaseMs: 30_000,
    clockSkewMs: 5_000,
    waitMs: 35_000,
    cacheMs: 5_000,
    cacheEntries: 10_000,
    watchHeartbeatMs: 1_000,
    watchRetryMs: 5_000,
    watchIdleMs: 60_000,
    keepAliveWithinMs: 15 * 86_400_000,
    consentTimeoutMs: 600_000,
  })
})

test.each([
  [1, 10_000, 500, 10_000],
  [2, 10_000, 500, 20_500],
  [3, 1_000, 250, 3_500],
])(
  '%i requests of %i ms with pauses of %i ms take %i ms at the longest',
  (requestsPerRefresh, requestTimeoutMs, retryPauseMs, ms) => {
    expect(longestRefreshMs({ ...defaultPolicy, requestsPerRefresh, requestTimeoutMs, retryPauseMs })).toBe(
      ms,
    )
  },
)

describe('F03 a request cannot outlive its lease', () => {
  const neededMs = longestRefreshMs(defaultPolicy) + defaultPolicy.clockSkewMs

  test('a lease that is one millisecond longer is accepted', () => {
    expect(problemsOf({ leaseMs: neededMs + 1 })).toEqual([])
  })

  test('the sentence gives the sum, each of its parts, and the reason', () => {
    expect(problemsOf({ leaseMs: neededMs })).toEqual([
      'policy.leaseMs (25500) must be greater than 25500: a refresh of 2 × requestTimeoutMs (10000) with its pauses, ' +
        'plus clockSkewMs (5000); otherwise two processes could send the same refresh token',
    ])
  })

  test.each([
    ['a lease that is exactly as long', { leaseMs: neededMs }],
    ['requests that take too long', { requestTimeoutMs: 13_000 }],
    ['too many requests', { requestsPerRefresh: 3 }],
    ['pauses that are too long', { retryPauseMs: 5_000 }],
    ['clocks that differ too much', { clockSkewMs: 9_500 }],
  ])('%s is refused, and the sentence names the numbers', (_, changes) => {
    const policy = { ...defaultPolicy, ...changes }
    const [problem, ...others] = policyProblems(policy)
    expect(others).toEqual([])
    expect(problem).toContain(`policy.leaseMs (${policy.leaseMs}) must be greater than`)
    expect(problem).toContain(String(longestRefreshMs(policy) + policy.clockSkewMs))
  })
})

test('every disagreement is named at once', () => {
  const problems = problemsOf({ leaseMs: 1, minimumValidityMs: 0, maximumCooldownMs: 0 })
  expect(problems).toHaveLength(3)
  expect(problems.map((problem) => /policy\.\w+/.exec(problem)?.[0])).toEqual([
    'policy.leaseMs',
    'policy.minimumValidityMs',
    'policy.maximumCooldownMs',
  ])
})

test('minimumValidityMs must cover the clock skew', () => {
  expect(problemsOf({ minimumValidityMs: 5_000, clockSkewMs: 5_000 })).toEqual([])
  expect(problemsOf({ minimumValidityMs: 4_999, clockSkewMs: 5_000 })).toHaveLength(1)
})

test('minimumValidityMs must leave something of the hour that a token of Pipedrive lives', () => {
  expect(problemsOf({ minimumValidityMs: 3_000_000 })).toEqual([])
  for (const minimumValidityMs of [3_000_001, 3_599_000, 3_600_000, 2 ** 40])
    expect(problemsOf({ minimumValidityMs })).toEqual([
      `policy.minimumValidityMs (${minimumValidityMs}) must be at most 3000000: Pipedrive's access tokens live for an hour, ` +
        'so nearly every call would refresh',
    ])
})

test('the longest cooldown must not be shorter than the first one', () => {
  expect(problemsOf({ cooldownMs: 60_000 })).toEqual([])
  expect(problemsOf({ cooldownMs: 60_001 })).toHaveLength(1)
})

describe('each number is checked by itself first', () => {
  const names = Object.keys(defaultPolicy) as (keyof Policy)[]

  test.each(names)('policy.%s must be a number of 0 or more', (name) => {
    for (const value of [-1, NaN, Infinity, '10', null, undefined])
      expect(policyProblems({ ...defaultPolicy, [name]: value })).toEqual([
        `policy.${name} must be a number of 0 or more`,
      ])
  })

  test.each([
    'requestTimeoutMs',
    'requestsPerRefresh',
    'leaseMs',
    'cooldownMs',
    'cacheEntries',
    'storeTimeoutMs',
    'consentTimeoutMs',
    'watchHeartbeatMs',
    'watchRetryMs',
    'watchIdleMs',
  ] as const)('policy.%s must be at least 1', (name) =>
    expect(problemsOf({ [name]: 0 })).toEqual([`policy.${name} must be at least 1`]),
  )

  test.each(names)('policy.%s has the range that its doc comment gives', (name) => {
    const source = readFileSync(new URL('../../src/machine/policy.ts', import.meta.url), 'utf8')
    const doc = new RegExp(`\\/\\*\\*((?:(?!\\*\\/)[^])*)\\*\\/\\s+readonly ${name}:`).exec(source)?.[1] ?? ''
    const isRefused = policyProblems({ ...defaultPolicy, [name]: 0 }).length > 0
    const hasRange = /at least (1|`|\n)|must (exceed|cover)/i.test(doc.replaceAll(/\s+\*\s+/g, ' '))
    expect(hasRange).toBe(isRefused)
  })

  const longestTimerMs = 2 ** 31 - 1
  const tooLong = (name: keyof Policy, value: number) =>
    problemsOf({ [name]: value }).includes(
      `policy.${name} must be at most ${longestTimerMs}, because a longer timer fires at once`,
    )

  test.each([
    'requestTimeoutMs',
    'retryPauseMs',
    'cooldownMs',
    'maximumCooldownMs',
    'waitMs',
    'storeTimeoutMs',
    'storeGraceMs',
    'watchHeartbeatMs',
    'rateLimitWaitMs',
  ] as const)('F14 policy.%s is a time that a timer can wait for', (name) => {
    for (const value of [2 ** 31, 60 * 86_400_000, Number.MAX_SAFE_INTEGER, Number.MAX_VALUE])
      expect(tooLong(name, value)).toBe(true)
    expect(tooLong(name, longestTimerMs)).toBe(false)
  })

  test.each(['keepAliveWithinMs', 'forgetAfterMs', 'consentTimeoutMs', 'watchIdleMs'] as const)(
    'policy.%s may be longer than a timer, because nothing waits for it',
    (name) => expect(problemsOf({ [name]: 60 * 86_400_000 })).toEqual([]),
  )

  test.each(['refreshAheadMs', 'waitMs', 'cacheMs', 'keepAliveWithinMs', 'rateLimitWaitMs'] as const)(
    'policy.%s may be 0, which turns it off',
    (name) => expect(problemsOf({ [name]: 0 })).toEqual([]),
  )

  test.each(['requestsPerRefresh', 'cacheEntries'] as const)('policy.%s must be a whole number', (name) => {
    expect(problemsOf({ [name]: 1.5 })).toEqual([`policy.${name} must be a whole number`])
  })

  test('an unknown setting is named, so that a misspelled one does not become its default', () => {
    expect(policyProblems(Object.assign({ leaseMS: 60_000 }, defaultPolicy))).toEqual([
      'policy.leaseMS is not a known setting',
    ])
  })

  test('all problems are named', () => {
    expect(problemsOf({ requestsPerRefresh: 0, waitMs: -1, cacheEntries: 2.5 })).toEqual([
      'policy.requestsPerRefresh must be at least 1',
      'policy.waitMs must be a number of 0 or more',
      'policy.cacheEntries must be a whole number',
    ])
  })
})
