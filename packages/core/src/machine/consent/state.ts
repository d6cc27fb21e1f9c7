import type { Account } from '../account.ts'
import type { Tokens } from '../tokens.ts'

/**
 * One attempt of a user to connect, from the consent page to an installation.
 * It is kept in a sealed cookie of the browser that began it, which is what binds `state` to that browser.
 */
export type AttemptState = AwaitingConsent | Exchanging | Identifying | Completed | Failed

export interface Attempting {
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
