import type { InstallationId } from '../../machine/account.ts'
import { problemsOf, unknownNames } from '../../machine/problems.ts'
import { InvalidArgumentError, type PipedriveOAuthErrorCode } from '../../errors.ts'
import { listedPage, pageSize } from './listing.ts'
import { faultOfRecord } from './fault-of-record.ts'
import { guardedOnResult } from '../runtime/guarded.ts'
import type { Settings } from '../runtime/settings.ts'
import type { Records } from './records.ts'

/** The options of `reseal()`. */
export interface ResealOptions {
  /** How many records are sealed at the same time, at least 1. Default: 4. */
  readonly concurrency?: number | undefined
  /** How many records this run looks at, at least 1. Default: all. */
  readonly limit?: number | undefined
  /** Goes on where an earlier run stopped: the `cursor` of its report. Default: the first record. */
  readonly cursor?: string | undefined
  /** Stops before the next records, and rejects with its reason. Resealed records stay resealed. Default: none. */
  readonly signal?: AbortSignal | undefined
  /** Is called with the result of each record. Nothing waits for it; the logger gets what it throws. Default: none. */
  readonly onResult?: ((result: ResealResult) => void) | undefined
}

/** What `reseal()` did with one record. */
export type ResealResult = { readonly id: InstallationId } & (
  | {
      /** `current`: it was already sealed with the first secret. `gone`: the installation was uninstalled meanwhile. */
      readonly outcome: 'resealed' | 'current' | 'gone'
    }
  /** The record cannot be opened, and is unchanged. */
  | { readonly outcome: 'failed'; readonly code: PipedriveOAuthErrorCode }
)

/** The result of a run of `reseal()`. Plain data, and of the same size however many records there are. */
export interface ResealReport {
  readonly resealed: number
  /** How many were already sealed with the first secret. */
  readonly current: number
  /** How many installations were uninstalled during the run. */
  readonly gone: number
  readonly failed: number
  /** The first 100 that failed. `onResult` gets all of them. */
  readonly failures: readonly { readonly id: InstallationId; readonly code: PipedriveOAuthErrorCode }[]
  /** Where the next run goes on. Absent: this run came to the last record. */
  readonly cursor?: string
}

const knownOptions = { concurrency: 0, limit: 0, cursor: 0, signal: 0, onResult: 0 }
const mostFailures = 100

/** Seals records that are sealed with an older secret with the first one. */
export async function reseal(
  records: Records,
  settings: Settings,
  options: ResealOptions,
): Promise<ResealReport> {
  refuse(options)
  const { concurrency = 4, limit = Infinity, signal } = options
  const onResult = guardedOnResult(settings.log, 'reseal()', options.onResult)
  const counts = { resealed: 0, current: 0, gone: 0, failed: 0 }
  const failures: { id: InstallationId; code: PipedriveOAuthErrorCode }[] = []
  const sealOne = async (id: InstallationId) => {
    const result = await resultOf(records, id, settings)
    counts[result.outcome] += 1
    if (result.outcome === 'failed' && failures.length < mostFailures)
      failures.push({ id, code: result.code })
    onResult?.(result)
  }

  let { cursor } = options
  let left = limit
  do {
    const query = { limit: Math.min(pageSize, left), ...(cursor !== undefined && { cursor }) }
    const page = await listedPage(settings, 'reseal', query)
    for (let next = 0; next < page.ids.length; next += concurrency) {
      signal?.throwIfAborted()
      await Promise.all(page.ids.slice(next, next + concurrency).map(sealOne))
    }
    left -= page.ids.length
    cursor = page.cursor
  } while (cursor !== undefined && left > 0)
  return { ...counts, failures, ...(cursor !== undefined && { cursor }) }
}

function refuse(options: ResealOptions): void {
  const { concurrency = 1, limit = 1, cursor = '0', onResult } = options
  const isCount = (value: number) => value >= 1 && Number.isInteger(value)
  const problems = [
    ...problemsOf(
      [!isCount(concurrency), 'concurrency must be a whole number of at least 1'],
      [!isCount(limit), 'limit must be a whole number of at least 1'],
      [
        typeof cursor !== 'string' || cursor === '',
        'cursor must be the cursor of the report of an earlier run',
      ],
      [onResult !== undefined && typeof onResult !== 'function', 'onResult must be a function'],
    ),
    ...unknownNames(options, knownOptions),
  ]
  if (problems.length > 0) throw new InvalidArgumentError('reseal()', problems)
}

async function resultOf(records: Records, id: InstallationId, { secrets }: Settings): Promise<ResealResult> {
  try {
    return { id, outcome: await records.reseal(id) }
  } catch (error) {
    const { code } = await faultOfRecord(error, secrets)
    return { id, outcome: 'failed', code }
  }
}
