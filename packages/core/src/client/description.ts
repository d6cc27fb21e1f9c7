import type { Account, InstallationId } from '../machine/account.ts'
import type { Cooldown, InstallationState } from '../machine/installation/state.ts'
import { missingScopes } from '../protocol/scope.ts'

/** What may be shown of an installation. Instants are in epoch milliseconds. Never holds a secret. */
export interface InstallationDescription {
  readonly id: InstallationId
  readonly status: InstallationState['status']
  readonly account: Account
  readonly installedAt: number
  /** How many refreshes this grant has seen. */
  readonly refreshes: number
  /** The scopes the user granted; none once re-authorization is required. */
  readonly scopes: readonly string[]
  /** Which of the scopes the app relies on the user has not granted. */
  readonly missingScopes: readonly string[]
  readonly apiDomain?: string
  readonly refreshedAt?: number
  readonly accessTokenExpiresAt?: number
  /** When the refresh token lapses if nobody uses it. */
  readonly refreshTokenExpiresAt?: number
  /** Passing trouble: no refresh is tried before `until`. */
  readonly cooldown?: Cooldown
  /** Since when Pipedrive refuses the grant. */
  readonly refusedAt?: number
}

export function describe(
  id: InstallationId,
  state: InstallationState,
  wantedScopes: readonly string[],
): InstallationDescription {
  const { status, account, installedAt, generation: refreshes } = state
  const common = { id, status, account, installedAt, refreshes }
  if (state.status === 'reauthorization_required')
    return { ...common, scopes: [], missingScopes: wantedScopes, refusedAt: state.refusedAt }
  const { tokens, cooldown } = state
  return {
    ...common,
    scopes: tokens.scopes,
    missingScopes: missingScopes(wantedScopes, tokens.scopes),
    apiDomain: tokens.apiDomain,
    refreshedAt: tokens.obtainedAt,
    accessTokenExpiresAt: tokens.expiresAt,
    refreshTokenExpiresAt: tokens.refreshTokenExpiresAt,
    ...(cooldown === undefined ? {} : { cooldown }),
  }
}
