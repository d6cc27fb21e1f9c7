import type { InstallationId } from '../../machine/account.ts'
import { ConfigurationError, StoreError } from '../../errors.ts'
import { causeOf } from '../runtime/log.ts'
import type { StoreOperation } from '../runtime/oauth-event.ts'
import type { Settings } from '../runtime/settings.ts'
import { withTimeLimit } from '../runtime/time-limit.ts'

/**
 * Returns the store's answer, within `policy.storeTimeoutMs`. Emits `store_failed` if the store throws or is late.
 * @throws {StoreError} `store_unavailable`; with the message of the store, if that throws one itself
 * @throws {ConfigurationError} if the store throws one, because a retry does not help: a table is missing, for example
 */
export async function storeAnswer<T>(
  { policy, clock, emit }: Pick<Settings, 'policy' | 'clock' | 'emit'>,
  operation: StoreOperation,
  ask: () => Promise<T>,
  installationId?: InstallationId,
): Promise<T> {
  const ms = policy.storeTimeoutMs
  const startedAt = clock.now()
  try {
    return await withTimeLimit(ask(), { ms, clock }, () => new StoreTimeout(ms))
  } catch (cause) {
    const error = errorFor(operation, cause, installationId)
    const durationMs = clock.now() - startedAt
    const about = installationId === undefined ? {} : { installationId }
    emit({ type: 'store_failed', operation, code: error.code, durationMs, ...about, ...causeOf(error) })
    throw error
  }
}

function errorFor(
  operation: StoreOperation,
  cause: unknown,
  installationId: InstallationId | undefined,
): StoreError | ConfigurationError {
  if (cause instanceof ConfigurationError) return cause
  if (cause instanceof StoreError && cause.code === 'store_unavailable')
    return new StoreError(cause.code, cause.message, { cause: cause.cause, installationId })
  const message = cause instanceof StoreTimeout ? cause.message : `The token store failed in ${operation}().`
  return new StoreError('store_unavailable', message, { cause, installationId })
}

class StoreTimeout extends Error {
  constructor(ms: number) {
    super(`The token store did not answer within ${ms} ms.`)
  }
}
