import { StoreError } from '../../errors.ts'
import type { Settings } from '../runtime/settings.ts'
import { withTimeLimit } from '../runtime/time-limit.ts'

/**
 * Asks the store, within `policy.storeTimeoutMs`. `trouble` is the error's message if the store throws.
 * @throws {StoreError} `store_unavailable`
 */
export async function storeAnswer<T>(
  { policy, clock }: Pick<Settings, 'policy' | 'clock'>,
  ask: () => Promise<T>,
  trouble = 'The token store cannot answer. Tokens are kept; see `cause` for what it said.',
): Promise<T> {
  const ms = policy.storeTimeoutMs
  try {
    return await withTimeLimit(ask(), { ms, clock }, () => new StoreTimeout(ms))
  } catch (cause) {
    throw new StoreError('store_unavailable', cause instanceof StoreTimeout ? cause.message : trouble, {
      cause,
    })
  }
}

class StoreTimeout extends Error {
  constructor(ms: number) {
    super(`The token store did not answer within ${ms} ms.`)
  }
}
