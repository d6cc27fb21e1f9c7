import type { InstallationId } from '../../machine/account.ts'
import { InvalidArgumentError, StoreError } from '../../errors.ts'
import { isStoreUnavailable } from './driver.ts'
import { listedPages } from './listing.ts'
import type { Settings } from '../runtime/settings.ts'
import type { Records } from './records.ts'

export interface ResealOptions {
  /** How many records may be written at once, at least 1. Default: 4. */
  readonly concurrency?: number | undefined
  /** Ends it between two records, with its reason. What was done stays done. */
  readonly signal?: AbortSignal | undefined
}

/** What became of one record. */
export type ResealedInstallation =
  | {
      readonly id: InstallationId
      /** `current`: it was sealed with the first secret already. `gone`: it was uninstalled meanwhile. */
      readonly outcome: 'resealed' | 'current' | 'gone'
    }
  | {
      readonly id: InstallationId
      /** It does not open; it is untouched. */
      readonly outcome: 'failed'
      readonly error: StoreError
    }

/** Seals every record with the first secret that is sealed with another. */
export async function* reseal(
  records: Records,
  settings: Settings,
  { concurrency = 4, signal }: ResealOptions,
): AsyncGenerator<ResealedInstallation> {
  if (!(Number.isInteger(concurrency) && concurrency >= 1))
    throw new InvalidArgumentError('reseal()', ['concurrency must be a whole number of at least 1'])
  for await (const ids of listedPages(settings, 'reseal'))
    for (let next = 0; next < ids.length; next += concurrency) {
      signal?.throwIfAborted()
      yield* await Promise.all(ids.slice(next, next + concurrency).map((id) => one(records, id)))
    }
}

async function one(records: Records, id: InstallationId): Promise<ResealedInstallation> {
  try {
    return { id, outcome: await records.reseal(id) }
  } catch (error) {
    if (!(error instanceof StoreError) || isStoreUnavailable(error)) throw error
    return { id, outcome: 'failed', error }
  }
}
