import type { Lease, RefreshFailure } from './state.ts'
import type { Account } from '../account.ts'
import type { Tokens } from '../tokens.ts'

/** An order to the driver, to be carried out only once the state it came with is stored. */
export type InstallationEffect = Deliver | Refresh | Wait | Fail | Notify

/** Hand this access token to whoever asked. */
export interface Deliver {
  readonly type: 'deliver'
  readonly accessToken: string
  readonly apiDomain: string
}

/** Ask Pipedrive for new tokens, under this lease, and report the answer with these particulars. */
export interface Refresh {
  readonly type: 'refresh'
  readonly grantId: string
  readonly generation: number
  readonly tokens: Tokens
  readonly lease: Lease
}

/** Ask again when the record has changed, at the latest at `until`. */
export interface Wait {
  readonly type: 'wait'
  readonly until: number
}

/** Tell whoever asked that there is no token. */
export interface Fail {
  readonly type: 'fail'
  readonly code: 'not_installed' | 'reauthorization_required' | RefreshFailure
  readonly retryAfterMs?: number
}

/** Tell the application what changed. */
export interface Notify {
  readonly type: 'notify'
  readonly change: InstallationChange
}

/** What changed about an installation, as the application hears it. */
export type InstallationChange =
  | {
      readonly type: 'installed'
      readonly account: Account
      readonly scopes: readonly string[]
      readonly firstTime: boolean
    }
  | { readonly type: 'refreshed'; readonly expiresAt: number }
  | {
      readonly type: 'refresh_failed'
      readonly code: RefreshFailure
      readonly failures: number
      readonly retryAfterMs: number
    }
  | { readonly type: 'refresh_contested'; readonly until: number }
  | { readonly type: 'reauthorization_required'; readonly reason: 'invalid_grant' }
  | { readonly type: 'uninstalled'; readonly account: Account }
