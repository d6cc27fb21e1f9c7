import type { Account } from '../account.ts'
import type { History } from '../history.ts'
import type { Policy } from '../policy.ts'
import type { RefreshFailure } from '../refresh-failure.ts'
import type { Tokens } from '../tokens.ts'

/** What every state of an installation holds. */
interface Installed {
  /** Names one authorization by the user. An answer that belongs to another grant changes nothing. */
  readonly grantId: string
  /** The app the grant was given to. */
  readonly clientId: string
  readonly account: Account
  readonly installedAt: number
  /** How many refreshes this grant has seen. An answer is new only if it carries a higher number. */
  readonly generation: number
  /** The application's own name of the tenant or user. */
  readonly reference?: string
  /** Names the sessions that count: those with another name have ended. Absent: `grantId`. */
  readonly sessions?: string
  /** The last changes. No decision depends on them. Absent if empty. */
  readonly history?: History
}

interface WithTokens extends Installed {
  readonly tokens: Tokens
  /** Refreshes have failed: nobody refreshes before `until`. */
  readonly cooldown?: Cooldown
  /** A lease of this generation was taken over from a holder that never answered, so a late save may still come. */
  readonly contested?: true
}

export interface Cooldown {
  readonly until: number
  readonly failures: number
  readonly code: RefreshFailure
}

/** The installation has tokens that can be used or refreshed. */
export interface Active extends WithTokens {
  readonly status: 'active'
}

/** One holder asks for new tokens. The old ones may still serve. */
export interface Refreshing extends WithTokens {
  readonly status: 'refreshing'
  readonly lease: Lease
}

export interface Lease {
  readonly holder: string
  readonly until: number
}

/** A refresh was refused after a take-over: until `until` the former holder may still save newer tokens. */
export interface InDoubt extends WithTokens {
  readonly status: 'in_doubt'
  readonly until: number
}

/** Pipedrive refused the grant. Only the user can help. */
export interface ReauthorizationRequired extends Installed {
  readonly status: 'reauthorization_required'
  readonly reason: 'invalid_grant'
  readonly refusedAt: number
  /** The tokens that were refused, so that they are not adopted again, nor older ones. */
  readonly refused: Pick<Tokens, 'refreshToken' | 'obtainedAt'>
}

/** The state of one installation, which is also its stored record. */
export type InstallationState = Active | Refreshing | InDoubt | ReauthorizationRequired

/** The states that still hold tokens. */
export type HoldingState = Active | Refreshing | InDoubt

/** Returns the tokens of an installation, if its state still holds any. */
export function tokensOf(state: InstallationState | undefined): Tokens | undefined {
  return state !== undefined && 'tokens' in state ? state.tokens : undefined
}

/** Returns the name of the sessions of this installation that count. No clock decides which sessions have ended. */
export function sessionsOf(state: InstallationState): string {
  return state.sessions ?? state.grantId
}

/**
 * Returns whether somebody should look at an installation: its user has to connect again, or its refreshes have been
 * failing for longer than the longest cooldown.
 */
export function needsAttention(
  state: InstallationState,
  { cooldownMs, maximumCooldownMs }: Pick<Policy, 'cooldownMs' | 'maximumCooldownMs'>,
): boolean {
  if (state.status === 'reauthorization_required') return true
  const failures = Math.min(state.cooldown?.failures ?? 0, mostDoublings)
  // Failures in a row took at least the sum of the cooldowns between them, and cooldowns double.
  return failures === mostDoublings || cooldownMs * (2 ** Math.max(failures - 1, 0) - 1) > maximumCooldownMs
}

/** After so many failures in a row, something is wrong, however short the cooldowns are. */
const mostDoublings = 30
