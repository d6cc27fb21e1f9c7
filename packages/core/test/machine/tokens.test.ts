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
  ])('an answer replaces what it names: %o', (said) => {
    expect(renewTokens(previous, { ...answer, ...said })).toEqual({ ...previous, ...answer, ...said })
  })

  test('the previous tokens do not change', () => {
    const before = structuredClone(previous)
    renewTokens(previous, answer)
    expect(previous).toEqual(before)
  })
})

describe('isUsable()', () => {
  test.each([
    ['is true with exactly minimumValidityMs left', 30 * seconds, undefined, 30 * seconds, true],
    ['is false with one millisecond less', 30 * seconds - 1, undefined, 30 * seconds, false],
    ['is false at the expiry, whatever the minimum', 0, undefined, 0, false],
    ['is true one millisecond before the expiry, without a minimum', 1, undefined, 0, true],
    ['is false after the expiry', -1, undefined, 0, false],
    ['is false for the rejected token', 60 * minutes, 'access-0', 0, false],
    ['is true if another token was rejected', 60 * minutes, 'access-9', 0, true],
  ])('%s', (_, left, rejected, minimumValidityMs, usable) => {
    expect(isUsable(tokensWith(left), now, rejected, { ...defaultPolicy, minimumValidityMs })).toBe(usable)
  })
})
