import type { InstallationId } from '../../machine/account.ts'
import { ConfigurationError, InvalidArgumentError, StoreError } from '../../errors.ts'
import { causeOf } from '../runtime/log.ts'
import type { StoreOperation } from '../runtime/oauth-event.ts'
import type { Settings } from '../runtime/settings.ts'
import { withTimeLimit } from '../runtime/time-limit.ts'

interface StoreQuestion {
  /** The installation whose record is asked for. Default: none. */
  readonly installationId?: InstallationId | undefined
  /** When the answer must be there, in epoch milliseconds, at most `policy.storeTimeoutMs` from now. Default: then. */
  readonly until?: number | undefined
  /** Whether no caller gets the error, so that the log has to tell. Default: false. */
  readonly inBackground?: boolean | undefined
}

/**
 * Returns the store's answer. Emits `store_failed` if the store throws or is late.
 * @throws {StoreError} `store_unavailable`; with the message of the store, if that throws one itself
 * @throws {ConfigurationError} if the store throws one, because a retry does not help: a table is missing, for example
 * @throws {InvalidArgumentError} if the store throws one, because a cursor is not its own
 */
export function storeAnswer<T>(
  { policy, clock, emit }: Pick<Settings, 'policy' | 'clock' | 'emit'>,
  operation: StoreOperation,
  ask: () => Promise<T>,
  { installationId, until = storeDeadline({ policy, clock }), inBackground }: StoreQuestion = {},
): Promise<T> {
  const startedAt = clock.now()
  // More time than a question has is left only if the clock was set back since.
  const restMs = Math.min(until - startedAt, policy.storeTimeoutMs)
  // Earlier answers came in time. If the time is over, the process itself stood still, and that is not the store's fault.
  const ms = restMs > 0 ? restMs : policy.storeTimeoutMs
  const failed = (cause: unknown) => {
    // The store works: what it was asked for is wrong.
    if (cause instanceof InvalidArgumentError) return cause
    const error = errorFor(operation, cause, installationId)
    const durationMs = clock.now() - startedAt
    const about = {
      ...(installationId !== undefined && { installationId }),
      ...(inBackground === true && { inBackground }),
    }
    emit({ type: 'store_failed', operation, code: error.code, durationMs, ...about, ...causeOf(error) })
    return error
  }
  const late = () => new StoreTimeout(policy.storeTimeoutMs)
  return withTimeLimit(begun(ask), { ms, clock }, late, failed)
}

/** Returns the promise of `ask`, also if that throws instead. */
function begun<T>(ask: () => Promise<T>): Promise<T> {
  try {
    return ask()
  } catch (error) {
    return Promise.reject(error)
  }
}

/** Returns when the store must have answered everything that belongs to a call that begins now, in epoch milliseconds. */
export function storeDeadline({ policy, clock }: Pick<Settings, 'policy' | 'clock'>): number {
  return clock.now() + policy.storeTimeoutMs
}

/** The store was slower than its caller waits. */
export class StoreTimeout extends Error {
  constructor(ms: number) {
    super(`The token store did not answer within ${ms} ms.`)
  }
}

function errorFor(
  operation: StoreOperation,
  cause: unknown,
  installationId: InstallationId | undefined,
): StoreError | ConfigurationError {
  if (cause instanceof ConfigurationError) return cause
  if (cause instanceof StoreError && cause.code === 'store_unavailable')
    return installationId === undefined ? cause : withInstallation(cause, installationId)
  const message = cause instanceof StoreTimeout ? cause.message : `The token store failed in ${operation}().`
  return new StoreError('store_unavailable', message, { cause, installationId })
}

function withInstallation(
  { code, message, cause, retryAfterMs }: StoreError,
  installationId: InstallationId,
): StoreError {
  return new StoreError(code, message, { cause, retryAfterMs, installationId })
}
