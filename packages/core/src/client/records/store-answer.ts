import { ConfigurationError, StoreError } from '../../errors.ts'
import type { Settings } from '../runtime/settings.ts'
import { withTimeLimit } from '../runtime/time-limit.ts'

/**
 * Returns the store's answer. `until` (epoch ms): when it must be there. Default: `policy.storeTimeoutMs` from now.
 * `message`: the error's message if the store throws.
 * @throws {StoreError} `store_unavailable`
 * @throws {ConfigurationError} if the store throws one, because a retry does not help: a table is missing, for example
 */
export async function storeAnswer<T>(
  { policy, clock }: Pick<Settings, 'policy' | 'clock'>,
  ask: () => Promise<T>,
  {
    message = 'The token store failed. See `cause` for its error.',
    until = storeDeadline({ policy, clock }),
  }: { readonly message?: string; readonly until?: number } = {},
): Promise<T> {
  const restMs = until - clock.now()
  // Earlier answers came in time. If the time is over, the process itself stood still, and that is not the store's fault.
  const ms = restMs > 0 ? restMs : policy.storeTimeoutMs
  try {
    return await withTimeLimit(ask(), { ms, clock }, () => new StoreTimeout(policy.storeTimeoutMs))
  } catch (cause) {
    if (cause instanceof ConfigurationError) throw cause
    throw new StoreError('store_unavailable', cause instanceof StoreTimeout ? cause.message : message, {
      cause,
    })
  }
}

/** Returns when the store must have answered everything that belongs to a call that begins now, in epoch milliseconds. */
export function storeDeadline({ policy, clock }: Pick<Settings, 'policy' | 'clock'>): number {
  return clock.now() + policy.storeTimeoutMs
}

class StoreTimeout extends Error {
  constructor(ms: number) {
    super(`The token store did not answer within ${ms} ms.`)
  }
}
