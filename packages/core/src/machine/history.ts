import type { RefreshFailure } from './refresh-failure.ts'

/** What changed an installation. Never holds a secret, a name or free text. */
export type HistoryKind =
  /** The user gave consent. */
  | 'installed'
  /** Tokens obtained elsewhere were taken over. */
  | 'adopted'
  | 'refreshed'
  /** A newer token of the same grant came from a process that did not hold the lease. */
  | 'rival_token_adopted'
  /** A lease ran out, and another process took the refresh over. */
  | 'lease_taken_over'
  /** Pipedrive refused the refresh token after a take-over: a rival may still save a newer one. */
  | 'refresh_contested'
  /** Pipedrive refused the grant. */
  | 'reauthorization_required'
  | 'access_token_revoked'
  /** The application signed the user out in every browser. */
  | 'sessions_ended'
  /** The application's own name of the installation became another one. */
  | 'reference_changed'
  | RefreshFailure

/** One change, or a run of equal ones. Instants are in epoch milliseconds; records keep them to the second. */
export interface HistoryEntry {
  readonly kind: HistoryKind
  /** When it happened; of a run, for the last time. */
  readonly at: number
  /** Which process did it: a number that each process draws for itself, 0 to 1295. Of a run, the last one. */
  readonly process: number
  /** How many equal changes this entry stands for. */
  readonly count: number
  /** When it happened for the first time. The same as `at`, unless `count` is more than 1. */
  readonly firstAt: number
}

/** The last changes of an installation, oldest first. */
export type History = readonly HistoryEntry[]

/** Kinds that come in runs, where the first and the last one tell enough. */
const folded: ReadonlySet<HistoryKind> = new Set<HistoryKind>([
  'refreshed',
  'token_endpoint_unavailable',
  'token_endpoint_timeout',
  'malformed_response',
  'request_rejected',
  'client_rejected',
])

/** Returns the history with one more change, and no more than `limit` entries. A run of routine changes is one entry. */
export function withEntry(
  history: History,
  { kind, at, process }: Pick<HistoryEntry, 'kind' | 'at' | 'process'>,
  limit: number,
): History {
  const last = history.at(-1)
  // A clock that is behind the one of the last change must not turn time back.
  const now = last === undefined ? at : Math.max(at, last.at)
  const entry: HistoryEntry =
    last?.kind === kind && folded.has(kind)
      ? { ...last, at: now, process, count: last.count + 1 }
      : { kind, at: now, process, count: 1, firstAt: now }
  const earlier = entry.count > 1 ? history.slice(0, -1) : history
  return limit === 0 ? [] : [...earlier, entry].slice(-limit)
}
