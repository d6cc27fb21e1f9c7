import type { InstallationId } from '../../machine/account.ts'
import { problemsOf } from '../../machine/problems.ts'
import {
  ConfigurationError,
  InvalidArgumentError,
  PipedriveOAuthError,
  type PipedriveOAuthErrorCode,
} from '../../errors.ts'
import type { AccessTokens } from './access-tokens.ts'
import type { Settings } from '../runtime/settings.ts'
import { storeAnswer } from '../records/store-answer.ts'

export interface KeepAliveOptions {
  /** Installations whose refresh token expires within this time are refreshed, in milliseconds. Default: `policy.keepAliveWithinMs`. */
  readonly withinMs?: number | undefined
  /** How many installations to look at, soonest due first, at least 1. Default: 1 000. */
  readonly limit?: number | undefined
  /** How many refreshes may be under way at once, at least 1. Default: 4. */
  readonly concurrency?: number | undefined
  /** Begins no further refresh; those under way are finished. */
  readonly signal?: AbortSignal | undefined
}

/** What a keep-alive did, by installation. Together they are the installations that were due. */
export interface KeepAliveReport {
  readonly refreshed: readonly InstallationId[]
  /** Another process was at it, or they are cooling down, or they were not begun. */
  readonly skipped: readonly InstallationId[]
  readonly failed: readonly { readonly id: InstallationId; readonly code: PipedriveOAuthErrorCode }[]
}

/** So many failures in a row that concern everybody mean an outage: the rest waits for the next run. */
const outage = 5

/** Refreshes installations whose refresh token expires soon. Any number of workers may do this at once: each installation is refreshed once. */
export async function keepAlive(
  tokens: AccessTokens,
  settings: Settings,
  options: KeepAliveOptions,
): Promise<KeepAliveReport> {
  const { policy, clock } = settings
  const { withinMs = policy.keepAliveWithinMs, limit = 1_000, concurrency = 4, signal } = options
  if (settings.store.due === undefined)
    throw new ConfigurationError(
      ['keepAlive() needs a store that can tell what is due: give it the method due'],
      'unsupported_by_store',
    )
  const problems = problemsOf(
    [!(withinMs >= 0 && Number.isFinite(withinMs)), 'withinMs must be a number of 0 or more'],
    [!(limit >= 1 && Number.isInteger(limit)), 'limit must be a whole number of at least 1'],
    [
      !(concurrency >= 1 && Number.isInteger(concurrency)),
      'concurrency must be a whole number of at least 1',
    ],
  )
  if (problems.length > 0) throw new InvalidArgumentError('keepAlive()', problems)
  const before = clock.now() + withinMs
  const due = shuffled(await dueIds(settings, before, limit), settings)
  const refreshed: InstallationId[] = []
  const skipped: InstallationId[] = []
  const failed: { id: InstallationId; code: PipedriveOAuthErrorCode }[] = []
  let failuresInARow = 0

  const work = async () => {
    for (let id = due.pop(); id !== undefined; id = due.pop()) {
      if (signal?.aborted || failuresInARow >= outage) {
        skipped.push(id)
        continue
      }
      const outcome = await tokens.keepAlive(id, before).catch(codeOf)
      if (outcome === 'refreshed') refreshed.push(id)
      else if (outcome === 'skipped') skipped.push(id)
      else failed.push({ id, code: outcome })
      failuresInARow = concernsEverybody(outcome) ? failuresInARow + 1 : 0
    }
  }
  await Promise.all(Array.from({ length: concurrency }, work))
  return { refreshed, skipped, failed }
}

async function dueIds(settings: Settings, before: number, limit: number): Promise<InstallationId[]> {
  const { store } = settings
  if (store.due === undefined) return []
  const due = store.due.bind(store)
  return storeAnswer(
    settings,
    () => due(before, limit),
    'The token store cannot say what is due; see `cause`.',
  )
}

/** Workers that begin at the same moment should not all reach for the same record. */
function shuffled(ids: readonly InstallationId[], { random }: Settings): InstallationId[] {
  return ids
    .map((id) => ({ id, order: random(4).join() }))
    .sort((left, right) => (left.order < right.order ? -1 : 1))
    .map(({ id }) => id)
}

function codeOf(error: unknown): PipedriveOAuthErrorCode {
  if (error instanceof PipedriveOAuthError) return error.code
  throw error
}

function concernsEverybody(outcome: string): boolean {
  return (
    outcome !== 'refreshed' &&
    outcome !== 'skipped' &&
    outcome !== 'reauthorization_required' &&
    outcome !== 'unreadable_record'
  )
}
