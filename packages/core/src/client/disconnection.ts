import type { HistoryEntry, HistoryKind } from '../machine/history.ts'
import type { ReauthorizationRequired } from '../machine/installation/state.ts'
import { refreshTokenLifetimeMs } from '../protocol/token-answer.ts'

/** Since when a user is disconnected, and why, as far as the history tells. */
export interface Disconnection {
  /** When Pipedrive refused the grant, in epoch milliseconds. */
  readonly since: number
  /**
   * `unused`: nobody had used the refresh token for 60 days, so it expired. `after_take_over`: a process had not finished its
   * refresh, another one took it over, and Pipedrive refused it: the first one's new token was probably lost. `refused`:
   * Pipedrive refused the refresh token for another reason, such as a user who removed the app or was deactivated.
   */
  readonly reason: 'unused' | 'after_take_over' | 'refused'
}

const renewals: ReadonlySet<HistoryKind> = new Set<HistoryKind>([
  'installed',
  'adopted',
  'refreshed',
  'rival_token_adopted',
])

/** Returns why an installation is disconnected. */
export function disconnection({ refusedAt, history = [] }: ReauthorizationRequired): Disconnection {
  return { since: refusedAt, reason: reasonOf(history, refusedAt) }
}

function reasonOf(history: readonly HistoryEntry[], refusedAt: number): Disconnection['reason'] {
  const renewed = history.findLastIndex(({ kind }) => renewals.has(kind))
  const since = history.slice(renewed + 1)
  if (since.some(({ kind }) => kind === 'lease_taken_over' || kind === 'refresh_contested'))
    return 'after_take_over'
  const renewedAt = history[renewed]?.at
  return renewedAt !== undefined && refusedAt >= renewedAt + refreshTokenLifetimeMs ? 'unused' : 'refused'
}
