import { describe, expect, test } from 'vitest'
import { defaultPolicy } from '../../src/machine/policy.ts'
import { isUsable, renewTokens } from '../../src/machine/tokens.ts'
import { days, minutes, now, seconds, tokensWith } from './fixtures.ts'

describe('renewTokens()', () => {
  const previous = tokensWith(0)
  const answer = {
    accessToken: 'access-1',
    obtainedAt: now,
    expiresAt: now + 60 * minutes,
    refreshTokenExpiresAt: now + 60 * days,
  }

  test('F11 an answer without refresh token, scope and API domain leaves them as they were', () => {
    expect(renewTokens(previous, answer)).toEqual({ ...previous, ...answer })
  })

  test.each([
    { refreshToken: 'refresh-1' },
    { scopes: ['base', 'deals:full'] },
    { scopes: [] },
    { apiDomain: 'https://moved.pipedrive.com' },
  ])('what an answer says is taken: %o', (said) => {
    expect(renewTokens(previous, { ...answer, ...said })).toEqual({ ...previous, ...answer, ...said })
  })

  test('the tokens it is given stay as they are', () => {
    const before = structuredClone(previous)
    renewTokens(previous, answer)
    expect(previous).toEqual(before)
  })
})

describe('isUsable()', () => {
  test.each([
    ['with exactly minimumValidityMs left it is', 30 * seconds, undefined, 30 * seconds, true],
    ['with one millisecond less it is not', 30 * seconds - 1, undefined, 30 * seconds, false],
    ['at its expiry it is not, whatever the minimum', 0, undefined, 0, false],
    ['a millisecond before its expiry it is, without a minimum', 1, undefined, 0, true],
    ['after its expiry it is not', -1, undefined, 0, false],
    ['the one that was rejected is not', 60 * minutes, 'access-0', 0, false],
    ['when another one was rejected it is', 60 * minutes, 'access-9', 0, true],
  ])('%s', (_, left, rejected, minimumValidityMs, usable) => {
    expect(isUsable(tokensWith(left), now, rejected, { ...defaultPolicy, minimumValidityMs })).toBe(usable)
  })
})
