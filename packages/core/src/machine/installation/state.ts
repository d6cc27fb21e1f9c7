import type { Account } from '../account.ts'
import type { Tokens } from '../tokens.ts'

/** What every state of an installation knows. */
interface Installed {
  /** Names one authorization by the user. An answer that belongs to another grant changes nothing. */
  readonly grantId: string
  /** The app the grant was given to. */
  readonly clientId: string
  readonly account: Account
  readonly installedAt: number
  /** How many refreshes this grant has seen. An answer is new only if it carries a higher one. */
  readonly generation: number
}

interface WithTokens extends Installed {
  readonly tokens: Tokens
  /** Passing trouble: nobody refreshes before `until`. */
  readonly cooldown?: Cooldown
  /** A lease of this generation was taken over from a holder that never settled, so a late save may still come. */
  readonly contested?: true
}

export interface Cooldown {
  readonly until: number
  readonly failures: number
  readonly code: RefreshFailure
}

/** Why a refresh failed without a word on the grant itself. */
export type RefreshFailure =
  | 'token_endpoint_unavailable'
  | 'token_endpoint_timeout'
  | 'malformed_response'
  | 'request_rejected'
  | 'client_rejected'

/** Usable, or refreshable. */
export interface Active extends WithTokens {
  readonly status: 'active'
}

/** One holder is asking for new tokens; the old ones may still serve. */
export interface Refreshing extends WithTokens {
  readonly status: 'refreshing'
  readonly lease: Lease
}

export interface Lease {
  readonly holder: string
  readonly until: number
}

/** A refresh was refused after a take-over: until `until` the former holder may still save what it won. */
export interface InDoubt extends WithTokens {
  readonly status: 'in_doubt'
  readonly until: number
}

/** Pipedrive refused the grant; only the user can help. */
export interface ReauthorizationRequired extends Installed {
  readonly status: 'reauthorization_required'
  readonly reason: 'invalid_grant'
  readonly refusedAt: number
}

/** The state of one installation, which is also its stored record. */
export type InstallationState = Active | Refreshing | InDoubt | ReauthorizationRequired

/** The states that still hold tokens. */
export type HoldingState = Active | Refreshing | InDoubt

/** The tokens of an installation, if its state still holds any. */
export function tokensOf(state: InstallationState | undefined): Tokens | undefined {
  return state !== undefined && 'tokens' in state ? state.tokens : undefined
}
