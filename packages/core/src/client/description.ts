import type { Account, InstallationId } from '../machine/account.ts'
import type { Cooldown, InstallationState } from '../machine/installation/state.ts'
import { missingScopes } from '../protocol/scope.ts'

/** The facts about an installation that may be shown. Instants are in epoch milliseconds. Holds no secret. */
export interface InstallationDescription {
  readonly id: InstallationId
  readonly status: InstallationState['status']
  readonly account: Account
  readonly installedAt: number
  /** How often this grant has been refreshed. */
  readonly refreshes: number
  /** The scopes that the user granted. Empty once re-authorization is required. */
  readonly scopes: readonly string[]
  /** The scopes that the app relies on and the user has not granted. */
  readonly missingScopes: readonly string[]
  /** The origin that API calls go to, such as `https://acme.pipedrive.com`. */
  readonly apiDomain?: string
  readonly refreshedAt?: number
  readonly accessTokenExpiresAt?: number
  /** When the refresh token expires if nobody uses it. */
  readonly refreshTokenExpiresAt?: number
  /** The last refresh failed and the grant is kept. No refresh starts before `until`. Missing after a success. */
  readonly cooldown?: Cooldown
  /** When Pipedrive refused the grant. Only with the status `reauthorization_required`. */
  readonly refusedAt?: number
}

/** Returns the description of a state. `wantedScopes`: the scopes that the app relies on. */
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
