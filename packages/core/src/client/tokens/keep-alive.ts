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
import { listedPages } from '../records/listing.ts'
import { storeAnswer } from '../records/store-answer.ts'

/** The options of `keepAlive()`. */
export interface KeepAliveOptions {
  /**
   * Refreshes installations whose refresh token expires within this time, in milliseconds. Default:
   * `policy.keepAliveWithinMs`.
   */
  readonly withinMs?: number | undefined
  /** How many installations one run takes at most, at least 1. It takes those that expire soonest. Default: 1 000. */
  readonly limit?: number | undefined
  /** How many refreshes may run at the same time, at least 1. Default: 4. */
  readonly concurrency?: number | undefined
  /** Starts no further refresh. Those that run are finished, and the report is returned. Default: none. */
  readonly signal?: AbortSignal | undefined
}

/** The result of a keep-alive. Every installation of the run is in exactly one of the four lists. */
export interface KeepAliveReport {
  readonly refreshed: readonly InstallationId[]
  /**
   * Another process refreshes it, it cools down after a failure, it is no longer due, or the run stopped before it. A
   * run stops at `signal`, and after 5 failures in a row that point to an outage of Pipedrive or of the store.
   */
  readonly skipped: readonly InstallationId[]
  readonly failed: readonly { readonly id: InstallationId; readonly code: PipedriveOAuthErrorCode }[]
  /** Its grant had been dead for `policy.forgetAfterMs`, and its record was deleted. */
  readonly forgotten: readonly InstallationId[]
}

/** After so many failures in a row that point to an outage, the run skips the rest. */
const failuresOfOutage = 5

/**
 * Refreshes installations whose refresh token expires soon, and deletes records whose grant has long been dead. Any number
 * of processes may do so at the same time.
 */
export async function keepAlive(
  tokens: AccessTokens,
  settings: Settings,
  options: KeepAliveOptions,
): Promise<KeepAliveReport> {
  const { policy, clock } = settings
  const { withinMs = policy.keepAliveWithinMs, limit = 1_000, concurrency = 4, signal } = options
  if (settings.store.due === undefined)
    throw new ConfigurationError(
      ['keepAlive() needs a store that has the method due'],
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
  const forgotten: InstallationId[] = []
  let failuresInARow = 0
  const isStopped = () => signal?.aborted === true || failuresInARow >= failuresOfOutage

  const work = async () => {
    for (let id = due.pop(); id !== undefined; id = due.pop()) {
      if (isStopped()) {
        skipped.push(id)
        continue
      }
      const outcome = await tokens.keepAlive(id, before).catch(codeOf)
      if (outcome === 'refreshed') refreshed.push(id)
      else if (outcome === 'skipped') skipped.push(id)
      else if (outcome === 'forgotten') forgotten.push(id)
      else failed.push({ id, code: outcome })
      failuresInARow = suggestsOutage(outcome) ? failuresInARow + 1 : 0
    }
  }
  await Promise.all(Array.from({ length: concurrency }, work))
  const taken = new Set([...refreshed, ...skipped, ...failed.map(({ id }) => id)])
  for await (const id of deadIds(settings)) {
    if (isStopped()) break
    if (taken.has(id)) continue
    // No refresh token expires before 0: this refreshes nothing.
    const outcome = await tokens.keepAlive(id, 0).catch(codeOf)
    if (outcome === 'forgotten') forgotten.push(id)
    else if (outcome !== 'skipped') failed.push({ id, code: outcome })
    failuresInARow = suggestsOutage(outcome) ? failuresInARow + 1 : 0
  }
  return { refreshed, skipped, failed, forgotten }
}

/** Yields the installations that may have been dead for long, if the policy and the store allow to forget them. */
async function* deadIds(settings: Settings): AsyncGenerator<InstallationId> {
  if (settings.policy.forgetAfterMs === 0 || settings.store.list === undefined) return
  for await (const ids of listedPages(settings, 'keepAlive', { attention: true })) yield* ids
}

async function dueIds(settings: Settings, before: number, limit: number): Promise<InstallationId[]> {
  const { store } = settings
  if (store.due === undefined) return []
  const due = store.due.bind(store)
  return storeAnswer(settings, () => due(before, limit), {
    message: 'The token store failed in due(). See `cause`.',
  })
}

/** Returns the ids in random order, so that processes that start together do not all claim the same record. */
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

/** Returns whether an outcome may be the same for every installation. */
function suggestsOutage(outcome: string): boolean {
  return (
    outcome !== 'refreshed' &&
    outcome !== 'skipped' &&
    outcome !== 'forgotten' &&
    outcome !== 'reauthorization_required' &&
    outcome !== 'unreadable_record'
  )
}
