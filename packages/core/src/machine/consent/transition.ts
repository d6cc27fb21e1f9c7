import type { Account } from '../account.ts'
import { constantTimeEqual } from '../constant-time-equal.ts'
import type { Policy } from '../policy.ts'
import type { AttemptEffect } from './effect.ts'
import type { AttemptEvent } from './event.ts'
import type {
  AttemptFailure,
  Attempting,
  AttemptState,
  AwaitingConsent,
  Exchanging,
  ExpectedAccount,
  Identifying,
} from './state.ts'

export type AttemptStep = readonly [next: AttemptState, effects: readonly AttemptEffect[]]

/** Decides what an event means for an attempt. Total: an event that a state does not expect changes nothing. */
export function transitionAttempt(attempt: AttemptState, event: AttemptEvent, policy: Policy): AttemptStep {
  if (event.type === 'returned') return onReturned(attempt, event, policy)
  switch (attempt.status) {
    case 'exchanging':
      return onExchanging(attempt, event)
    case 'identifying':
      return onIdentifying(attempt, event)
    default:
      return [attempt, []]
  }
}

/**
 * Returns what two processes know of one attempt: the state that is further on its way, the second one if both are as far.
 * Nothing begins again if it did for one of them.
 */
export function furtherAttempt(one: AttemptState, other: AttemptState): AttemptState {
  const further = way.indexOf(one.status) > way.indexOf(other.status) ? one : other
  const isLast = one.isLast ?? other.isLast
  return further.isLast === isLast ? further : { ...further, isLast: true }
}

const way: readonly AttemptState['status'][] = [
  'awaiting_consent',
  'exchanging',
  'identifying',
  'failed',
  'completed',
]

/**
 * Returns whether a callback belongs to no attempt, because it has no `state`: a failure, as a cancelled Marketplace install
 * gives it, which gives nobody anything; and a code, if the app accepts one without `state`.
 */
export function isUnbound({ state, error }: Returned, acceptsMissingState: boolean): boolean {
  return state === undefined && (acceptsMissingState || error !== undefined)
}

/** Returns the attempt that a callback without one answers. */
export function unboundAttempt(at: number): AwaitingConsent {
  return { status: 'awaiting_consent', returnTo: '/', startedAt: at }
}

type Returned = Extract<AttemptEvent, { type: 'returned' }>

/**
 * Checks `state` first: the rest of a callback counts only if it answers an attempt of this browser. What is no answer, or
 * none that can be used, leaves the attempt as it is.
 * @see [RFC 6749 §10.12](https://www.rfc-editor.org/rfc/rfc6749.html#section-10.12)
 */
function onReturned(attempt: AttemptState, event: Returned, policy: Policy): AttemptStep {
  const { code, codeDigest, error } = event
  if (!isSameState(attempt.state, event.state)) return [attempt, [{ type: 'fail', code: 'state_mismatch' }]]
  if (code !== undefined && error !== undefined)
    return [attempt, [{ type: 'fail', code: 'invalid_callback' }]]
  if (isDenial(error)) return onDenied(attempt)
  if (!code || codeDigest === undefined) return [attempt, [{ type: 'fail', code: 'invalid_callback' }]]
  const isLate = event.at >= attempt.startedAt + policy.consentTimeoutMs
  if (attempt.status !== 'awaiting_consent') return onAnsweredAgain(attempt, { code, codeDigest }, isLate)
  if (isLate)
    return onOver({ ...attempt, status: 'failed', failure: 'attempt_expired', codeDigest }, 'attempt_expired')
  return [{ ...attempt, status: 'exchanging', codeDigest }, [{ type: 'exchange', code }]]
}

/** A refusal ends an attempt that waits for an answer. It takes nothing from one that has another answer. */
function onDenied(attempt: AttemptState): AttemptStep {
  const next: AttemptState =
    attempt.status === 'awaiting_consent'
      ? { ...attempt, status: 'failed', failure: 'access_denied' }
      : attempt
  return [next, [{ type: 'fail', code: 'access_denied' }]]
}

/** The same code continues where it stopped. A state serves one code, so another one is never exchanged. */
function onAnsweredAgain(
  attempt: Exclude<AttemptState, AwaitingConsent>,
  { code, codeDigest }: { readonly code: string; readonly codeDigest: string },
  isLate: boolean,
): AttemptStep {
  const failure = attempt.status === 'failed' ? attempt.failure : 'code_refused'
  if (codeDigest !== attempt.codeDigest) return onOver(attempt, failure)
  if (attempt.status === 'failed') return [attempt, [{ type: 'fail', code: failure }]]
  if (isLate) return [attempt, [{ type: 'fail', code: 'attempt_expired' }]]
  switch (attempt.status) {
    case 'exchanging':
      return [attempt, [{ type: 'exchange', code }]]
    case 'identifying':
      return [attempt, [{ type: 'identify', tokens: attempt.tokens }]]
    case 'completed':
      return [attempt, [{ type: 'resume', account: attempt.account }]]
  }
}

/** A new attempt takes the place of one that is over, once: nobody is sent back and forth. */
function onOver(attempt: AttemptState, code: AttemptFailure): AttemptStep {
  if (attempt.isLast === true) return [attempt, [{ type: 'fail', code }]]
  return [{ ...attempt, isLast: true }, [{ type: 'begin_again', code }]]
}

function onExchanging(attempt: Exchanging, event: AttemptEvent): AttemptStep {
  switch (event.type) {
    case 'exchanged':
      return [
        { ...attempt, status: 'identifying', tokens: event.tokens },
        [{ type: 'identify', tokens: event.tokens }],
      ]
    case 'code_refused':
      return onFailed(attempt, 'code_refused')
    default:
      return [attempt, []]
  }
}

function onIdentifying(attempt: Identifying, event: AttemptEvent): AttemptStep {
  if (event.type !== 'identified') return [attempt, []]
  const { tokens, ...kept } = attempt
  const { account } = event
  const { reference } = attempt
  if (!isExpected(account, attempt.expect)) return onFailed(kept, 'unexpected_account')
  return [
    { ...kept, status: 'completed', account, completedAt: event.at },
    [{ type: 'install', account, tokens, ...(reference === undefined ? {} : { reference }) }],
  ]
}

function onFailed(attempt: Attempting, failure: AttemptFailure): AttemptStep {
  return [{ ...attempt, status: 'failed', failure }, [{ type: 'fail', code: failure }]]
}

function isExpected({ companyId, userId }: Account, expected: ExpectedAccount | undefined): boolean {
  if (expected === undefined) return true
  return companyId === expected.companyId && userId === (expected.userId ?? userId)
}

function isSameState(expected: string | undefined, received: string | undefined): boolean {
  if (expected === undefined || received === undefined) return expected === received
  return constantTimeEqual(expected, received)
}

/** Pipedrive's documentation says `user_denied`; its SDK and RFC 6749 say `access_denied`. */
function isDenial(error: string | undefined): boolean {
  return error === 'user_denied' || error === 'access_denied'
}
