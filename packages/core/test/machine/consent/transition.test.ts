import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { AttemptEffect } from '../../../src/machine/consent/effect.ts'
import type { AttemptEvent } from '../../../src/machine/consent/event.ts'
import type { AttemptFailure, AttemptState } from '../../../src/machine/consent/state.ts'
import {
  furtherAttempt,
  isUnbound,
  transitionAttempt,
  unboundAttempt,
} from '../../../src/machine/consent/transition.ts'
import { defaultPolicy } from '../../../src/machine/policy.ts'
import { account, minutes, now, renewedTokens as tokens } from '../fixtures.ts'

const begun = { returnTo: '/deals', startedAt: now, state: 'random' }
const { state: _, ...begunElsewhere } = begun
const last = { ...begun, isLast: true } as const
const code = 'code-1'
const codeDigest = 'digest-1'

const awaiting: AttemptState = { ...begun, status: 'awaiting_consent' }
const unasked: AttemptState = { ...begunElsewhere, status: 'awaiting_consent' }
const exchanging: AttemptState = { ...begun, status: 'exchanging', codeDigest }
const identifying: AttemptState = { ...begun, status: 'identifying', codeDigest, tokens }
const completed: AttemptState = {
  ...begun,
  status: 'completed',
  codeDigest,
  account,
  completedAt: now + 1 * minutes,
}

const returned = { type: 'returned', at: now + 1 * minutes, state: 'random', code, codeDigest } as const
const { state: _state, ...stateless } = returned
const { code: _code, codeDigest: _digest, ...codeless } = returned
const late = { ...returned, at: now + 10 * minutes } as const
const exchanged = { type: 'exchanged', at: now + 1 * minutes, tokens } as const
const codeRefused = { type: 'code_refused', at: now + 1 * minutes } as const
const identified = { type: 'identified', at: now + 1 * minutes, account } as const

const denied: AttemptState = { ...begun, status: 'failed', failure: 'access_denied' }
const refused: AttemptState = { ...begun, status: 'failed', failure: 'code_refused', codeDigest }
const unexpected: AttemptState = { ...begun, status: 'failed', failure: 'unexpected_account', codeDigest }
const expired: AttemptState = { ...last, status: 'failed', failure: 'attempt_expired', codeDigest }
const other = { ...returned, code: 'code-2', codeDigest: 'digest-2' } as const
const denial = { ...codeless, error: 'user_denied' } as const

function beginAgain(code: AttemptFailure): AttemptEffect {
  return { type: 'begin_again', code }
}

function fail(code: AttemptFailure): AttemptEffect {
  return { type: 'fail', code }
}

type Row = [
  title: string,
  attempt: AttemptState,
  event: AttemptEvent,
  next: AttemptState | 'same',
  ...AttemptEffect[],
]

function table(title: string, rows: readonly Row[]): void {
  describe(title, () => {
    test.each(rows)('%s', (_, attempt, event, expected, ...effects) => {
      const [next, done] = transitionAttempt(attempt, event, defaultPolicy)
      if (expected === 'same') expect(next).toBe(attempt)
      else expect(next).toEqual(expected)
      expect(done).toEqual(effects)
    })
  })
}

table('a user who comes back', [
  ['with a code leads to its exchange', awaiting, returned, exchanging, { type: 'exchange', code }],
  [
    'F24 with another state is refused',
    awaiting,
    { ...returned, state: 'other' },
    'same',
    fail('state_mismatch'),
  ],
  [
    'F24 with a state that only begins like it is refused',
    awaiting,
    { ...returned, state: 'randomrandom' },
    'same',
    fail('state_mismatch'),
  ],
  ['F24 without state is refused, if one was sent', awaiting, stateless, 'same', fail('state_mismatch')],
  ['F24 with a state is refused, if none was sent', unasked, returned, 'same', fail('state_mismatch')],
  [
    'without state is accepted, if none was sent',
    unasked,
    stateless,
    { ...begunElsewhere, status: 'exchanging', codeDigest },
    { type: 'exchange', code },
  ],
  [
    'just in time is accepted',
    awaiting,
    { ...late, at: late.at - 1 },
    exchanging,
    { type: 'exchange', code },
  ],
  [
    'F62 too late begins a new attempt in place of this one',
    awaiting,
    late,
    expired,
    beginAgain('attempt_expired'),
  ],
  [
    'F62 too late a second time, in the attempt that took the place, is refused',
    { ...last, status: 'awaiting_consent' },
    late,
    expired,
    fail('attempt_expired'),
  ],
  [
    'after saying no too late has denied access all the same',
    awaiting,
    { ...denial, at: late.at },
    denied,
    fail('access_denied'),
  ],
  [
    'F66 after saying no without a state, to no attempt, has denied access',
    unasked,
    { type: 'returned', at: returned.at, error: 'access_denied' },
    { ...begunElsewhere, status: 'failed', failure: 'access_denied' },
    fail('access_denied'),
  ],
  [
    'F66 with a code and a refusal, without a state, is an invalid callback',
    unasked,
    { ...stateless, error: 'access_denied' },
    'same',
    fail('invalid_callback'),
  ],
  [
    'too late and with another state is told only about the state',
    awaiting,
    { ...late, state: 'other' },
    'same',
    fail('state_mismatch'),
  ],
  [
    'after saying no has denied access, as the documentation spells it',
    awaiting,
    { ...codeless, error: 'user_denied' },
    denied,
    fail('access_denied'),
  ],
  [
    'after saying no has denied access, as RFC 6749 spells it',
    awaiting,
    { ...codeless, error: 'access_denied' },
    denied,
    fail('access_denied'),
  ],
  [
    'with any other error is an invalid callback',
    awaiting,
    { ...codeless, error: 'server_error' },
    'same',
    fail('invalid_callback'),
  ],
  [
    'with a code and an error is an invalid callback',
    awaiting,
    { ...returned, error: 'access_denied' },
    'same',
    fail('invalid_callback'),
  ],
  ['with neither is an invalid callback', awaiting, codeless, 'same', fail('invalid_callback')],
  [
    'with an empty code is an invalid callback',
    awaiting,
    { ...returned, code: '' },
    'same',
    fail('invalid_callback'),
  ],
  [
    'with an empty error is an invalid callback',
    awaiting,
    { ...codeless, error: '' },
    'same',
    fail('invalid_callback'),
  ],
])

table('an exchange', [
  [
    'that succeeds leads to the question who the tokens belong to',
    exchanging,
    exchanged,
    identifying,
    { type: 'identify', tokens },
  ],
  ['whose code is refused fails', exchanging, codeRefused, refused, fail('code_refused')],
  [
    'F23 without a result is tried once more when the callback is requested again',
    exchanging,
    returned,
    'same',
    { type: 'exchange', code },
  ],
  ['does not go on when it is too late', exchanging, late, 'same', fail('attempt_expired')],
  [
    'F63 serves one code: for another one, a new attempt begins',
    exchanging,
    other,
    { ...last, status: 'exchanging', codeDigest },
    beginAgain('code_refused'),
  ],
  [
    'F63 serves one code, also in an attempt that took the place of another',
    { ...last, status: 'exchanging', codeDigest },
    other,
    'same',
    fail('code_refused'),
  ],
])

table('an identification', [
  ['installs', identifying, identified, completed, { type: 'install', account, tokens }],
  [
    'F23 that was interrupted goes on when the callback is requested again',
    identifying,
    returned,
    'same',
    { type: 'identify', tokens },
  ],
  [
    'F63 does not go on for another code: a new attempt begins',
    identifying,
    other,
    { ...last, status: 'identifying', codeDigest, tokens },
    beginAgain('code_refused'),
  ],
  [
    'of another account than expected fails, and gives the tokens up',
    { ...identifying, expect: { companyId: 1 } },
    identified,
    { ...unexpected, expect: { companyId: 1 } },
    fail('unexpected_account'),
  ],
  [
    'does not go on for another state',
    identifying,
    { ...returned, state: 'other' },
    'same',
    fail('state_mismatch'),
  ],
  ['does not go on when it is too late', identifying, late, 'same', fail('attempt_expired')],
])

table('an attempt that is completed', [
  [
    'F23 ends in the same place when the callback is requested again',
    completed,
    returned,
    'same',
    { type: 'resume', account },
  ],
  [
    'F62 with another code is over: a new attempt begins',
    completed,
    other,
    { ...last, status: 'completed', codeDigest, account, completedAt: now + 1 * minutes },
    beginAgain('code_refused'),
  ],
  [
    'F62 with another code a second time is refused',
    { ...last, status: 'completed', codeDigest, account, completedAt: now + 1 * minutes },
    other,
    'same',
    fail('code_refused'),
  ],
  [
    'F62 with another code is over, also when it is late',
    completed,
    { ...other, at: late.at },
    { ...last, status: 'completed', codeDigest, account, completedAt: now + 1 * minutes },
    beginAgain('code_refused'),
  ],
  ['is not undone by a user who says no on the same page', completed, denial, 'same', fail('access_denied')],
  [
    'does not end there for another state',
    completed,
    { ...returned, state: 'other' },
    'same',
    fail('state_mismatch'),
  ],
  ['does not end there without state', completed, stateless, 'same', fail('state_mismatch')],
  ['does not end there when it is too late', completed, late, 'same', fail('attempt_expired')],
])

table('an attempt that failed', [
  [
    'F62 because the user said no, begins anew with a code',
    denied,
    returned,
    { ...denied, isLast: true },
    beginAgain('access_denied'),
  ],
  [
    'because the user said no, fails in the same way when that is said again',
    denied,
    denial,
    'same',
    fail('access_denied'),
  ],
  [
    'F23 because its code was refused, fails in the same way when that code comes again',
    refused,
    returned,
    'same',
    fail('code_refused'),
  ],
  [
    'F62 because its code was refused, begins anew with another code',
    refused,
    other,
    { ...refused, isLast: true },
    beginAgain('code_refused'),
  ],
  [
    'F62 because another account came, begins anew with another code',
    unexpected,
    other,
    { ...unexpected, isLast: true },
    beginAgain('unexpected_account'),
  ],
  ['F62 because it expired, begins anew once only', expired, other, 'same', fail('attempt_expired')],
  [
    'F62 because it expired, fails in the same way when its code comes again',
    expired,
    returned,
    'same',
    fail('attempt_expired'),
  ],
  [
    'with another state is another attempt',
    denied,
    { ...returned, state: 'other' },
    'same',
    fail('state_mismatch'),
  ],
])

describe('furtherAttempt()', () => {
  test.each([
    [awaiting, exchanging],
    [awaiting, completed],
    [exchanging, identifying],
    [exchanging, refused],
    [identifying, completed],
    [refused, completed],
  ])('F23 prefers the state that is further, in either order: %o, %o', (less, more) => {
    expect(furtherAttempt(less, more)).toBe(more)
    expect(furtherAttempt(more, less)).toBe(more)
  })

  test('F62 does not begin anew what has begun anew elsewhere', () => {
    const known = { ...completed, isLast: true } as const
    expect(furtherAttempt(completed, known)).toBe(known)
    expect(furtherAttempt(known, completed)).toEqual(known)
    expect(furtherAttempt({ ...refused, isLast: true }, completed)).toEqual(known)
    expect(furtherAttempt(completed, { ...refused, isLast: true })).toEqual(known)
  })
})

describe('every attempt and every event', () => {
  const attempts = fc.constantFrom(awaiting, unasked, exchanging, identifying, completed, denied)
  const events = fc.oneof(
    fc.constantFrom<AttemptEvent[]>(exchanged, codeRefused, identified),
    fc
      .record(
        {
          type: fc.constant('returned' as const),
          at: fc.constantFrom(now - 1, now, late.at - 1, late.at),
          state: fc.constantFrom('random', 'other', ''),
          code: fc.constantFrom('code-1', 'code-2', ''),
          error: fc.constantFrom('access_denied', 'user_denied', 'server_error', ''),
        },
        { requiredKeys: ['type', 'at'] },
      )
      .map((event) =>
        Object.assign(event, event.code ? { codeDigest: event.code.replace('code', 'digest') } : {}),
      ),
  )

  function law(
    title: string,
    holds: (
      attempt: AttemptState,
      event: AttemptEvent,
      next: AttemptState,
      effects: readonly AttemptEffect[],
    ) => boolean,
  ): void {
    test(title, () => {
      fc.assert(
        fc.property(attempts, events, (attempt, event) => {
          const [next, effects] = transitionAttempt(attempt, event, defaultPolicy)
          return holds(attempt, event, next, effects)
        }),
        { numRuns: 2_000 },
      )
    })
  }

  const expected: Record<AttemptState['status'], readonly AttemptEvent['type'][]> = {
    awaiting_consent: ['returned'],
    exchanging: ['exchanged', 'code_refused', 'returned'],
    identifying: ['identified', 'returned'],
    completed: ['returned'],
    failed: ['returned'],
  }

  law(
    'an event that a state does not expect changes nothing and orders nothing',
    (attempt, event, next, effects) =>
      expected[attempt.status].includes(event.type) || (next === attempt && effects.length === 0),
  )

  law(
    'an event that a state expects orders something',
    (attempt, event, _next, effects) =>
      !expected[attempt.status].includes(event.type) || effects.length === 1,
  )

  law(
    'F24 no code is exchanged without the state that was sent',
    (attempt, event, _next, effects) =>
      effects.every(({ type }) => type !== 'exchange') ||
      (event.type === 'returned' && event.state === attempt.state),
  )

  law(
    'F63 no code is exchanged but the first one that came',
    (attempt, event, _next, effects) =>
      effects.every(({ type }) => type !== 'exchange') ||
      attempt.status === 'awaiting_consent' ||
      (attempt.status === 'exchanging' &&
        event.type === 'returned' &&
        event.codeDigest === attempt.codeDigest),
  )

  law(
    'F62 a new attempt begins at most once in place of another, and never without its state',
    (attempt, event, next, effects) =>
      effects.every(({ type }) => type !== 'begin_again') ||
      (attempt.isLast === undefined &&
        next.isLast === true &&
        event.type === 'returned' &&
        event.state === attempt.state),
  )

  law(
    'F24 what does not carry the state of an attempt changes nothing in it',
    (attempt, event, next) => event.type !== 'returned' || event.state === attempt.state || next === attempt,
  )

  law(
    'an attempt never changes its returnTo and its start',
    (attempt, _event, next) => next.returnTo === attempt.returnTo && next.startedAt === attempt.startedAt,
  )

  law(
    'a failed attempt stays failed',
    (attempt, _event, next) => attempt.status !== 'failed' || next.status === 'failed',
  )

  law(
    'tokens leave the attempt once they are installed',
    (_attempt, _event, next) => 'tokens' in next === (next.status === 'identifying'),
  )

  law('it survives its cookie', (attempt, event, next) => {
    expect(JSON.parse(JSON.stringify(next))).toEqual(next)
    const read: AttemptState = JSON.parse(JSON.stringify(attempt))
    expect(transitionAttempt(read, event, defaultPolicy)).toEqual(
      transitionAttempt(attempt, event, defaultPolicy),
    )
    return true
  })
})

describe('F66 a callback belongs to no attempt', () => {
  const at = returned.at
  const withError = { type: 'returned', at, error: 'user_denied' } as const
  test.each([
    [true, 'without state, with an error', withError, false],
    [true, 'without state, with an error and a code', { ...stateless, error: 'access_denied' }, false],
    [true, 'without state, with a code, if the app accepts that', stateless, true],
    [false, 'without state, with a code', stateless, false],
    [false, 'with a state and an error', { ...withError, state: '' }, true],
    [false, 'with a state and a code', returned, true],
  ] as const)('%j: %s', (isOne, _, event, acceptsMissingState) => {
    expect(isUnbound(event, acceptsMissingState)).toBe(isOne)
  })

  test('and answers one that began nowhere', () => {
    expect(unboundAttempt(now)).toEqual({ ...begunElsewhere, returnTo: '/', status: 'awaiting_consent' })
  })
})
