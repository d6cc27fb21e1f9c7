import type { Account, InstallationId } from '../machine/account.ts'
import { needsAttention, type Cooldown, type InstallationState } from '../machine/installation/state.ts'
import { apiOriginFor } from '../protocol/api-domain.ts'
import { missingScopes } from '../protocol/scope.ts'
import { disconnection, type Disconnection } from './disconnection.ts'
import type { Settings } from './runtime/settings.ts'

/** The facts about an installation that may be shown. Instants are in epoch milliseconds. Holds no secret. */
export interface InstallationDescription {
  readonly id: InstallationId
  readonly status: InstallationState['status']
  readonly account: Account
  readonly installedAt: number
  /** The application's own name of the tenant or user, from `authorize()` or `adopt()`. */
  readonly reference?: string
  /** Whether somebody should look at it: the user has to connect again, or refreshes have been failing for a while. */
  readonly needsAttention: boolean
  /**
   * The client id that wrote the record, if it is not the one of this client, which then gets no token. Two apps need two stores,
   * or two tables or prefixes.
   */
  readonly writtenBy?: string
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
  /** Since when the user is disconnected, and why. Only with the status `reauthorization_required`. */
  readonly disconnected?: Disconnection
}

/** Returns the description of a state. */
export function describe(
  id: InstallationId,
  state: InstallationState,
  {
    clientId,
    scopes: wantedScopes,
    apiOrigin,
    policy,
  }: Pick<Settings, 'clientId' | 'scopes' | 'apiOrigin' | 'policy'>,
): InstallationDescription {
  const { status, account, installedAt, reference, generation: refreshes } = state
  const named = reference === undefined ? {} : { reference }
  const attention = needsAttention(state, policy)
  const foreign = state.clientId === clientId ? {} : { writtenBy: state.clientId }
  const common = {
    id,
    status,
    account,
    ...named,
    ...foreign,
    needsAttention: attention,
    installedAt,
    refreshes,
  }
  if (state.status === 'reauthorization_required')
    return { ...common, scopes: [], missingScopes: wantedScopes, disconnected: disconnection(state) }
  const { tokens, cooldown } = state
  return {
    ...common,
    scopes: tokens.scopes,
    missingScopes: missingScopes(wantedScopes, tokens.scopes),
    apiDomain: apiOriginFor(tokens.apiDomain, apiOrigin),
    refreshedAt: tokens.obtainedAt,
    accessTokenExpiresAt: tokens.expiresAt,
    refreshTokenExpiresAt: tokens.refreshTokenExpiresAt,
    ...(cooldown === undefined ? {} : { cooldown }),
  }
}
