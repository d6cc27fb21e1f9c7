import type { Account } from '../account.ts'
import type { History } from '../history.ts'
import type { BearerToken, Tokens } from '../tokens.ts'
import type { Adopted, Authorized } from './event.ts'
import type { Cooldown, Lease, Refreshing } from './state.ts'
import type { RefreshFailure } from '../refresh-failure.ts'

/** An order to the driver, to be carried out only once the state it came with is stored. */
export type InstallationEffect = Deliver | Refresh | Wait | Verify | Fail | PassBy | HoldUp | Notify

/** Hand this access token to the caller. */
export interface Deliver {
  readonly type: 'deliver'
  readonly accessToken: string
  readonly apiDomain: string
}

/** Ask Pipedrive for new tokens, under this lease, and report the answer with these values. */
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

/**
 * Refresh once, whatever is left of the access token: only Pipedrive can tell whether an uninstall notice is about this
 * grant or an earlier one.
 */
export interface Verify {
  readonly type: 'verify'
  readonly grantId: string
  readonly accessToken: string
  /** A refresh is under way, which Pipedrive may have answered before the notice: what it brings proves nothing. */
  readonly isUnderway: boolean
}

/** Tell the caller that there is no token. */
export interface Fail {
  readonly type: 'fail'
  readonly code: 'not_installed' | 'reauthorization_required' | RefreshFailure
  readonly retryAfterMs?: number
  /** The client id that wrote the record, if it is another app's: Pipedrive was not asked. */
  readonly writtenBy?: string
}

/** A keep-alive has nothing to do here, at least now. */
export interface PassBy {
  readonly type: 'pass_by'
  readonly reason: PassByReason
}

/**
 * Why a keep-alive passes an installation by: its refresh token expires later, another process refreshes it or may still
 * save its answer, it cools down after a failure, or its grant is dead.
 */
export type PassByReason = 'not_due' | 'refreshed_elsewhere' | 'cooling_down' | 'dead'

/** Pipedrive asks to wait: send it nothing that can wait. `ms` is absent if it did not say how long. */
export interface HoldUp {
  readonly type: 'hold_up'
  readonly ms?: number
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
  /** A newer token came from a process that did not hold the lease any more. It is used. */
  | { readonly type: 'rival_token_adopted'; readonly expiresAt: number }
  /** A process did not end its refresh before its lease ended, at `leaseEndedAt`. This process refreshes instead. */
  | { readonly type: 'lease_taken_over'; readonly leaseEndedAt: number }
  | {
      readonly type: 'refresh_failed'
      readonly code: RefreshFailure
      readonly failures: number
      readonly retryAfterMs: number
    }
  | { readonly type: 'refresh_contested'; readonly until: number }
  | { readonly type: 'reauthorization_required'; readonly reason: 'invalid_grant' }
  | { readonly type: 'reference_changed'; readonly reference: string; readonly previous?: string }
  /** The installation has ended. `history`: the last changes of the record that is gone. */
  | {
      readonly type: 'uninstalled'
      readonly account: Account
      readonly by: 'user' | 'app'
      readonly history?: History
    }
  /** The record was deleted: the application wanted it, or its grant had been dead for `policy.forgetAfterMs`. */
  | {
      readonly type: 'forgotten'
      readonly account: Account
      readonly by: 'app' | 'age'
      readonly history?: History
    }

export function installedNotification(
  { account, tokens }: Authorized | Adopted,
  firstTime: boolean,
): InstallationEffect {
  return notification({ type: 'installed', account, scopes: tokens.scopes, firstTime })
}

export function referenceNotification(reference: string, previous: string | undefined): InstallationEffect {
  return notification({
    type: 'reference_changed',
    reference,
    ...(previous === undefined ? {} : { previous }),
  })
}

export function delivery(from: { readonly tokens: BearerToken }): Deliver {
  return { type: 'deliver', accessToken: from.tokens.accessToken, apiDomain: from.tokens.apiDomain }
}

export function refreshOrder(state: Refreshing): Refresh {
  const { grantId, generation, tokens, lease } = state
  return { type: 'refresh', grantId, generation, tokens, lease }
}

export function cooldownFailure(cooldown: Cooldown, at: number): InstallationEffect {
  return { type: 'fail', code: cooldown.code, retryAfterMs: cooldown.until - at }
}

export function passBy(reason: PassByReason): InstallationEffect {
  return { type: 'pass_by', reason }
}

export function notification(change: InstallationChange): InstallationEffect {
  return { type: 'notify', change }
}
