import { StoreError } from '../errors.ts'
import type { Settings } from './options.ts'
import { within } from './within.ts'

/**
 * What the store answers, within `policy.storeTimeoutMs`. `trouble` is the message where it throws.
 * @throws {StoreError} `store_unavailable`
 */
export async function storeAnswer<T>(
  { policy, clock }: Pick<Settings, 'policy' | 'clock'>,
  ask: () => Promise<T>,
  trouble = 'The token store cannot answer. Tokens are kept; see `cause` for what it said.',
): Promise<T> {
  const ms = policy.storeTimeoutMs
  try {
    return await within(ask(), { ms, clock }, () => new StoreTimeout(ms))
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
