import { ConfigurationError, StoreError } from '../../errors.ts'
import type { Settings } from '../runtime/settings.ts'
import { withTimeLimit } from '../runtime/time-limit.ts'

/**
 * Returns the store's answer, within `policy.storeTimeoutMs`. `message`: the error's message if the store throws.
 * @throws {StoreError} `store_unavailable`, or that of the store, which says more
 * @throws {ConfigurationError} if the store throws one, because a retry does not help: a table is missing, for example
 */
export async function storeAnswer<T>(
  { policy, clock }: Pick<Settings, 'policy' | 'clock'>,
  ask: () => Promise<T>,
  message = 'The token store failed. See `cause` for its error.',
): Promise<T> {
  const ms = policy.storeTimeoutMs
  try {
    return await withTimeLimit(ask(), { ms, clock }, () => new StoreTimeout(ms))
  } catch (cause) {
    if (cause instanceof ConfigurationError) throw cause
    if (cause instanceof StoreError && cause.code === 'store_unavailable') throw cause
    throw new StoreError('store_unavailable', cause instanceof StoreTimeout ? cause.message : message, {
      cause,
    })
  }
}

class StoreTimeout extends Error {
  constructor(ms: number) {
    super(`The token store did not answer within ${ms} ms.`)
  }
}
