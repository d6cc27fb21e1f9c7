import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { AttemptEffect } from '../../../src/machine/consent/effect.ts'
import type { AttemptEvent } from '../../../src/machine/consent/event.ts'
import type { AttemptFailure, AttemptState } from '../../../src/machine/consent/state.ts'
import { transitionAttempt } from '../../../src/machine/consent/transition.ts'
import { defaultPolicy } from '../../../src/machine/policy.ts'
import { account, minutes, now, renewedTokens as tokens } from '../fixtures.ts'

const begun = { returnTo: '/deals', startedAt: now, state: 'random' }
const { state: _, ...begunElsewhere } = begun
const code = 'code-1'

const awaiting: AttemptState = { ...begun, status: 'awaiting_consent' }
const unasked: AttemptState = { ...begunElsewhere, status: 'awaiting_consent' }
const exchanging: AttemptState = { ...begun, status: 'exchanging', code }
const identifying: AttemptState = { ...begun, status: 'identifying', code, tokens }
const completed: AttemptState = { ...begun, status: 'completed', code, account }

const returned = { type: 'returned', at: now + 1 * minutes, state: 'random', code } as const
const { state: _state, ...stateless } = returned
const { code: _code, ...codeless } = returned
const late = { ...returned, at: now + 10 * minutes } as const
const exchanged = { type: 'exchanged', at: now + 1 * minutes, tokens } as const
const codeRefused = { type: 'code_refused', at: now + 1 * minutes } as const
const identified = { type: 'identified', at: now + 1 * minutes, account } as const

function failed(code: AttemptFailure): AttemptState {
  return { ...begunElsewhere, status: 'failed', code }
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
    failed('state_mismatch'),
    fail('state_mismatch'),
  ],
  [
    'F24 with a state that only begins like it is refused',
    awaiting,
    { ...returned, state: 'randomrandom' },
    failed('state_mismatch'),
    fail('state_mismatch'),
  ],
  [
    'F24 without state is refused, if one was sent',
    awaiting,
    stateless,
    failed('state_mismatch'),
    fail('state_mismatch'),
  ],
  [
    'F24 with a state is refused, if none was sent',
    unasked,
    returned,
    failed('state_mismatch'),
    fail('state_mismatch'),
  ],
  [
    'without state is accepted, if none was sent',
    unasked,
    stateless,
    { ...begunElsewhere, status: 'exchanging', code },
    { type: 'exchange', code },
  ],
  [
    'just in time is accepted',
    awaiting,
    { ...late, at: late.at - 1 },
    exchanging,
    { type: 'exchange', code },
  ],
  ['too late is refused', awaiting, late, failed('attempt_expired'), fail('attempt_expired')],
  [
    'too late and with another state is told only about the state',
    awaiting,
    { ...late, state: 'other' },
    failed('state_mismatch'),
    fail('state_mismatch'),
  ],
  [
    'after saying no has denied access, as the documentation spells it',
    awaiting,
    { ...codeless, error: 'user_denied' },
    failed('access_denied'),
    fail('access_denied'),
  ],
  [
    'after saying no has denied access, as RFC 6749 spells it',
    awaiting,
    { ...codeless, error: 'access_denied' },
    failed('access_denied'),
    fail('access_denied'),
  ],
  [
    'with any other error is an invalid callback',
    awaiting,
    { ...codeless, error: 'server_error' },
    failed('invalid_callback'),
    fail('invalid_callback'),
  ],
  [
    'with a code and an error is an invalid callback',
    awaiting,
    { ...returned, error: 'access_denied' },
    failed('invalid_callback'),
    fail('invalid_callback'),
  ],
  [
    'with neither is an invalid callback',
    awaiting,
    codeless,
    failed('invalid_callback'),
    fail('invalid_callback'),
  ],
  [
    'with an empty code is an invalid callback',
    awaiting,
    { ...returned, code: '' },
    failed('invalid_callback'),
    fail('invalid_callback'),
  ],
  [
    'with an empty error is an invalid callback',
    awaiting,
    { ...codeless, error: '' },
    failed('invalid_callback'),
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
  ['whose code is refused fails', exchanging, codeRefused, failed('code_refused'), fail('code_refused')],
  ['F23 is not begun twice: a code works once', exchanging, returned, 'same'],
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
    'F23 does not go on for another code',
    identifying,
    { ...returned, code: 'code-2' },
    'same',
    fail('code_refused'),
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
    'does not end there for another code',
    completed,
    { ...returned, code: 'code-2' },
    'same',
    fail('code_refused'),
  ],
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

describe('every attempt and every event', () => {
  const attempts = fc.constantFrom(
    awaiting,
    unasked,
    exchanging,
    identifying,
    completed,
    failed('access_denied'),
  )
  const events = fc.oneof(
    fc.constantFrom<AttemptEvent[]>(exchanged, codeRefused, identified),
    fc.record(
      {
        type: fc.constant('returned' as const),
        at: fc.constantFrom(now - 1, now, late.at - 1, late.at),
        state: fc.constantFrom('random', 'other', ''),
        code: fc.constantFrom('code-1', 'code-2', ''),
        error: fc.constantFrom('access_denied', 'user_denied', 'server_error', ''),
      },
      { requiredKeys: ['type', 'at'] },
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
    exchanging: ['exchanged', 'code_refused'],
    identifying: ['identified', 'returned'],
    completed: ['returned'],
    failed: [],
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
      (event.type === 'returned' && attempt.status === 'awaiting_consent' && event.state === attempt.state),
  )

  law(
    'an attempt never changes its returnTo and its start',
    (attempt, _event, next) => next.returnTo === attempt.returnTo && next.startedAt === attempt.startedAt,
  )

  law(
    'a failed attempt has no state, so that it can never be used again',
    (_attempt, _event, next) => next.status !== 'failed' || !('state' in next),
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
