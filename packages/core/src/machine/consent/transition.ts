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
  Completed,
  Exchanging,
  ExpectedAccount,
  Identifying,
} from './state.ts'

export type AttemptStep = readonly [next: AttemptState, effects: readonly AttemptEffect[]]

/** Decides what an event means for an attempt. Total: an event that a state does not expect changes nothing. */
export function transitionAttempt(attempt: AttemptState, event: AttemptEvent, policy: Policy): AttemptStep {
  switch (attempt.status) {
    case 'awaiting_consent':
      return event.type === 'returned' ? onReturned(attempt, event, policy) : [attempt, []]
    case 'exchanging':
      return onExchanging(attempt, event)
    case 'identifying':
      return onIdentifying(attempt, event, policy)
    case 'completed':
      return event.type === 'returned' ? onReturnedAgain(attempt, event, policy) : [attempt, []]
    case 'failed':
      return [attempt, []]
  }
}

type Returned = Extract<AttemptEvent, { type: 'returned' }>

/**
 * Checks `state` first: the rest of a callback counts only if it answers an attempt of this browser.
 * @see [RFC 6749 §10.12](https://www.rfc-editor.org/rfc/rfc6749.html#section-10.12)
 */
function onReturned(attempt: AwaitingConsent, event: Returned, policy: Policy): AttemptStep {
  if (!isSameState(attempt.state, event.state)) return onFailed(attempt, 'state_mismatch')
  if (event.at >= attempt.startedAt + policy.consentTimeoutMs) return onFailed(attempt, 'attempt_expired')
  if (event.code !== undefined && event.error !== undefined) return onFailed(attempt, 'invalid_callback')
  if (event.error !== undefined)
    return onFailed(attempt, isDenial(event.error) ? 'access_denied' : 'invalid_callback')
  if (!event.code) return onFailed(attempt, 'invalid_callback')
  const { code } = event
  return [{ ...attempt, status: 'exchanging', code }, [{ type: 'exchange', code }]]
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

function onIdentifying(attempt: Identifying, event: AttemptEvent, policy: Policy): AttemptStep {
  if (event.type === 'returned') return onReturnedAgain(attempt, event, policy)
  if (event.type !== 'identified') return [attempt, []]
  if (!isExpected(event.account, attempt.expect)) return onFailed(attempt, 'unexpected_account')
  const { tokens, ...kept } = attempt
  const { account } = event
  const { reference } = attempt
  return [
    { ...kept, status: 'completed', account },
    [{ type: 'install', account, tokens, ...(reference === undefined ? {} : { reference }) }],
  ]
}

/** Continues where the same callback stopped. A state works for one code; another code starts nothing. */
function onReturnedAgain(attempt: Identifying | Completed, event: Returned, policy: Policy): AttemptStep {
  if (!isSameState(attempt.state, event.state)) return [attempt, [{ type: 'fail', code: 'state_mismatch' }]]
  if (event.code !== attempt.code) return [attempt, [{ type: 'fail', code: 'code_refused' }]]
  if (event.at >= attempt.startedAt + policy.consentTimeoutMs)
    return [attempt, [{ type: 'fail', code: 'attempt_expired' }]]
  return attempt.status === 'completed'
    ? [attempt, [{ type: 'resume', account: attempt.account }]]
    : [attempt, [{ type: 'identify', tokens: attempt.tokens }]]
}

function onFailed(attempt: Attempting, code: AttemptFailure): AttemptStep {
  const { returnTo, startedAt } = attempt
  return [{ status: 'failed', returnTo, startedAt, code }, [{ type: 'fail', code }]]
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
function isDenial(error: string): boolean {
  return error === 'user_denied' || error === 'access_denied'
}
