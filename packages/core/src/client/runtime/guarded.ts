import type { InstallationId } from '../../machine/account.ts'
import type { Failure, Log } from './log.ts'
import type { WaitUntil } from './settings.ts'

/**
 * Returns a function that calls one of the application's, and waits for nothing. What that throws, or its promise rejects with, is
 * logged and does not reach other code. `failure`: what the line says besides the error.
 */
export function guarded<Args extends unknown[]>(
  log: Log,
  call: (...args: Args) => unknown,
  failure: (...args: Args) => Omit<Failure, 'error'>,
): (...args: Args) => void {
  const guard = async (...args: Args) => {
    try {
      await call(...args)
    } catch (error) {
      log.error({ ...failure(...args), error })
    }
  }
  return (...args) => void guard(...args)
}

/** Returns the application's `waitUntil`, which then never throws. */
export function guardedWaitUntil(log: Log, waitUntil: WaitUntil | undefined): WaitUntil | undefined {
  return (
    waitUntil &&
    guarded(log, waitUntil, () => ({
      what: 'waitUntil failed, so the runtime may stop work in the background',
      action:
        'Give a function that calls it on its object, as in (work) => ctx.waitUntil(work), within a request.',
    }))
  )
}

/** Returns the `onResult` of a call, which then never throws. */
export function guardedOnResult<Result extends { readonly id: InstallationId }>(
  log: Log,
  of: string,
  onResult: ((result: Result) => void) | undefined,
): ((result: Result) => void) | undefined {
  return (
    onResult &&
    guarded(log, onResult, ({ id }) => ({
      what: `onResult of ${of} failed`,
      installationId: id,
      action: 'Correct onResult. Nothing else is affected.',
    }))
  )
}
