import type { InstallationId } from '../../machine/account.ts'
import { InvalidArgumentError, StoreError } from '../../errors.ts'
import { listedPages } from './listing.ts'
import type { Settings } from '../runtime/settings.ts'
import type { Records } from './records.ts'

/** The options of `reseal()`. */
export interface ResealOptions {
  /** How many records are sealed at the same time, at least 1. Default: 4. */
  readonly concurrency?: number | undefined
  /** Stops before the next records, and rejects with its reason. Resealed records stay resealed. Default: none. */
  readonly signal?: AbortSignal | undefined
}

/** The outcome for one record. */
export type ResealedInstallation =
  | {
      readonly id: InstallationId
      /** `current`: it was already sealed with the first secret. `gone`: the installation was uninstalled meanwhile. */
      readonly outcome: 'resealed' | 'current' | 'gone'
    }
  | {
      readonly id: InstallationId
      /** The record cannot be opened, and is unchanged. */
      readonly outcome: 'failed'
      readonly error: StoreError
    }

/** Seals every record that is sealed with an older secret with the first one, and yields each outcome. */
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
    // The store or the key service does not answer, which is no fault of this record.
    if (!(error instanceof StoreError) || error.retryable) throw error
    return { id, outcome: 'failed', error }
  }
}
