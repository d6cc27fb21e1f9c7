import type { Account } from '../machine/account.ts'
import type { ConsentAnswer } from './connect/consent.ts'
import type { GrantOutcome } from './connect/grants.ts'
import type { Installation } from './installation.ts'

/** An installation that has just been connected, and the account it belongs to. */
export interface Connected {
  readonly installation: Installation
  readonly account: Account
  /** Whether there was no record of this user in this company before. */
  readonly firstTime: boolean
}

/** The result of `adopt()`. */
export interface Adoption {
  readonly installation: Installation
  readonly account: Account
  /**
   * `created`: there was no such installation. `replaced`: these tokens replaced the stored ones. `kept`: the stored
   * tokens stay, because these are not known to be newer; names of the account that the record lacks are added.
   */
  readonly outcome: GrantOutcome
}

/** The result of `callback()`. */
export interface CallbackResult extends Connected {
  /** The path of this application that was given to `authorize()`. */
  readonly returnTo: string
  /** The application's own name of the tenant or user that was given to `authorize()`. */
  readonly reference?: string
  /**
   * The sealed attempt after this callback. Put it into the cookie: a repeat of the same callback then gives this
   * result again.
   */
  readonly attempt: string
}

/**
 * What came of a callback. `attempt`: what to keep in the attempt's cookie from now on. Undefined: leave it as it is.
 * `sessions`: for `issueSession()`, the name of the sessions that counted when it was answered first, also in a repeat.
 */
export type CallbackAnswer =
  | {
      readonly type: 'connected'
      readonly result: CallbackResult
      readonly sessions: string | undefined
      readonly attempt: string
    }
  | Exclude<ConsentAnswer, { readonly type: 'connected' }>
