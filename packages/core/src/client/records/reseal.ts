import type { InstallationId } from '../../machine/account.ts'
import { isText } from '../../machine/problems.ts'
import type { PipedriveOAuthErrorCode } from '../../errors.ts'
import { listedPage, pageSize } from './listing.ts'
import { faultOfRecord } from './fault-of-record.ts'
import {
  aConcurrency,
  aCount,
  aFunction,
  aSignal,
  checkOptions,
  type Rules,
} from '../runtime/check-options.ts'
import { guardedOnResult } from '../runtime/guarded.ts'
import type { Settings } from '../runtime/settings.ts'
import type { Records } from './records.ts'

/** The options of `reseal()`. */
export interface ResealOptions {
  /** How many records are sealed at the same time, 1 to 1 000. Default: 4. */
  readonly concurrency?: number | undefined
  /** How many records this run looks at, at least 1. Default: all. */
  readonly limit?: number | undefined
  /**
   * Goes on where an earlier run over the same store stopped: the `cursor` of its report. Default: the first record. One
   * that this store cannot have given is refused with `InvalidArgumentError`.
   */
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

const rules: Rules<ResealOptions> = {
  concurrency: aConcurrency,
  limit: aCount,
  cursor: [isText, 'the cursor of the report of an earlier run'],
  signal: aSignal,
  onResult: aFunction,
}
const mostFailures = 100

/** Seals records that are sealed with an older secret with the first one. */
export async function reseal(
  records: Records,
  settings: Settings,
  options: ResealOptions,
): Promise<ResealReport> {
  checkOptions('reseal()', options, rules)
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

async function resultOf(records: Records, id: InstallationId, { secrets }: Settings): Promise<ResealResult> {
  try {
    return { id, outcome: await records.reseal(id) }
  } catch (error) {
    const { code } = await faultOfRecord(error, secrets)
    return { id, outcome: 'failed', code }
  }
}
