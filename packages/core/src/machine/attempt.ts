import type { Account } from './account.ts'
import { constantTimeEqual } from './constant-time-equal.ts'
import type { Policy } from './policy.ts'
import type { Tokens } from './tokens.ts'

/**
 * One attempt of a user to connect, from the consent page to an installation.
 * It is kept in a sealed cookie of the browser that began it, which is what binds `state` to that browser.
 */
export type AttemptState = AwaitingConsent | Exchanging | Identifying | Completed | Failed

interface Attempting {
  /** Where the user goes afterwards: a path of our own. */
  readonly returnTo: string
  readonly startedAt: number
}

/** The user is on Pipedrive's consent page. */
export interface AwaitingConsent extends Attempting {
  readonly status: 'awaiting_consent'
  /** The random value that must come back. Absent when Pipedrive itself began (Marketplace) and the app accepts that. */
  readonly state?: string
}

/** What an attempt knows once the user is back. */
interface Returning extends Attempting {
  readonly state?: string
  /** The code that came back, by which the same callback is known when it comes again. */
  readonly code: string
}

/** The code is being exchanged. It works once. */
export interface Exchanging extends Returning {
  readonly status: 'exchanging'
}

/** Pipedrive is being asked whose tokens these are. */
export interface Identifying extends Returning {
  readonly status: 'identifying'
  readonly tokens: Tokens
}

export interface Completed extends Returning {
  readonly status: 'completed'
  readonly account: Account
}

export interface Failed extends Attempting {
  readonly status: 'failed'
  readonly code: AttemptFailure
}

export type AttemptFailure =
  | 'state_mismatch'
  | 'access_denied'
  | 'attempt_expired'
  | 'invalid_callback'
  | 'code_refused'

export type AttemptEvent =
  | {
      readonly type: 'returned'
      readonly at: number
      readonly state?: string
      readonly code?: string
      readonly error?: string
    }
  | { readonly type: 'exchanged'; readonly at: number; readonly tokens: Tokens }
  | { readonly type: 'code_refused'; readonly at: number }
  | { readonly type: 'identified'; readonly at: number; readonly account: Account }

export type AttemptEffect =
  | { readonly type: 'exchange'; readonly code: string }
  | { readonly type: 'identify'; readonly tokens: Tokens }
  | { readonly type: 'install'; readonly account: Account; readonly tokens: Tokens }
  /** The same callback again, after it has done its work: end where the first one ended. */
  | { readonly type: 'resume'; readonly account: Account }
  | { readonly type: 'fail'; readonly code: AttemptFailure }

export type AttemptStep = readonly [next: AttemptState, effects: readonly AttemptEffect[]]

/** Decides what an event means for an attempt. Total: an event that a state does not expect changes nothing. */
export function transitionAttempt(attempt: AttemptState, event: AttemptEvent, policy: Policy): AttemptStep {
  switch (attempt.status) {
    case 'awaiting_consent':
      return event.type === 'returned' ? returned(attempt, event, policy) : [attempt, []]
    case 'exchanging':
      return exchanging(attempt, event)
    case 'identifying':
      return identifying(attempt, event, policy)
    case 'completed':
      return event.type === 'returned' ? returnedAgain(attempt, event, policy) : [attempt, []]
    case 'failed':
      return [attempt, []]
  }
}

type Returned = Extract<AttemptEvent, { type: 'returned' }>

/**
 * State first: nothing else of a callback means anything before it is known to be an answer to this browser.
 * @see [RFC 6749 §10.12](https://www.rfc-editor.org/rfc/rfc6749.html#section-10.12)
 */
function returned(attempt: AwaitingConsent, event: Returned, policy: Policy): AttemptStep {
  if (!isSameState(attempt.state, event.state)) return fail(attempt, 'state_mismatch')
  if (event.at >= attempt.startedAt + policy.attemptMs) return fail(attempt, 'attempt_expired')
  if (event.code !== undefined && event.error !== undefined) return fail(attempt, 'invalid_callback')
  if (event.error !== undefined)
    return fail(attempt, isDenial(event.error) ? 'access_denied' : 'invalid_callback')
  if (!event.code) return fail(attempt, 'invalid_callback')
  const { code } = event
  return [{ ...attempt, status: 'exchanging', code }, [{ type: 'exchange', code }]]
}

function exchanging(attempt: Exchanging, event: AttemptEvent): AttemptStep {
  switch (event.type) {
    case 'exchanged':
      return [
        { ...attempt, status: 'identifying', tokens: event.tokens },
        [{ type: 'identify', tokens: event.tokens }],
      ]
    case 'code_refused':
      return fail(attempt, 'code_refused')
    default:
      return [attempt, []]
  }
}

function identifying(attempt: Identifying, event: AttemptEvent, policy: Policy): AttemptStep {
  if (event.type === 'returned') return returnedAgain(attempt, event, policy)
  if (event.type !== 'identified') return [attempt, []]
  const { tokens, ...kept } = attempt
  return [
    { ...kept, status: 'completed', account: event.account },
    [{ type: 'install', account: event.account, tokens }],
  ]
}

/** The same callback again: go on from where it got to. A state is good for one code; another one begins nothing. */
function returnedAgain(attempt: Identifying | Completed, event: Returned, policy: Policy): AttemptStep {
  if (!isSameState(attempt.state, event.state)) return [attempt, [{ type: 'fail', code: 'state_mismatch' }]]
  if (event.code !== attempt.code) return [attempt, [{ type: 'fail', code: 'code_refused' }]]
  if (event.at >= attempt.startedAt + policy.attemptMs)
    return [attempt, [{ type: 'fail', code: 'attempt_expired' }]]
  return attempt.status === 'completed'
    ? [attempt, [{ type: 'resume', account: attempt.account }]]
    : [attempt, [{ type: 'identify', tokens: attempt.tokens }]]
}

function fail(attempt: Attempting, code: AttemptFailure): AttemptStep {
  const { returnTo, startedAt } = attempt
  return [{ status: 'failed', returnTo, startedAt, code }, [{ type: 'fail', code }]]
}

function isSameState(expected: string | undefined, received: string | undefined): boolean {
  if (expected === undefined || received === undefined) return expected === received
  return constantTimeEqual(expected, received)
}

/** Pipedrive's documentation says `user_denied`, its SDK and RFC 6749 say `access_denied`. */
function isDenial(error: string): boolean {
  return error === 'user_denied' || error === 'access_denied'
}
