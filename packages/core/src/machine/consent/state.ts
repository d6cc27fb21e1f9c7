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
  /** The application's own name of the tenant or user, for the installation. */
  readonly reference?: string
  /** Only this account may connect. Absent: any. */
  readonly expect?: ExpectedAccount
  /** No new attempt may take the place of this one: it took the place of another, or another has taken its place. */
  readonly isLast?: true
}

/** The account that must come back: one user, or any user of one company. */
export interface ExpectedAccount {
  readonly companyId: number
  readonly userId?: number
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
  /** A digest of the code that came back, by which the same callback is known when it comes again. */
  readonly codeDigest: string
}

/** The code is being exchanged, or the exchange had no result. The state serves no other code. */
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
  readonly completedAt: number
  /** The name of the installation's sessions when it was stored. Absent until then. */
  readonly sessions?: string
}

/** The attempt is over, and no code that comes back is exchanged. */
export interface Failed extends Attempting {
  readonly status: 'failed'
  readonly failure: AttemptFailure
  readonly state?: string
  /** A digest of the code that came back. Absent if the user refused. */
  readonly codeDigest?: string
}

export type AttemptFailure =
  | 'state_mismatch'
  | 'access_denied'
  | 'attempt_expired'
  | 'invalid_callback'
  | 'code_refused'
  | 'unexpected_account'
