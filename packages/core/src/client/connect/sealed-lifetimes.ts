import { day } from '../../machine/durations.ts'
import { InvalidArgumentError } from '../../errors.ts'

/** How long a session lasts unless the application says otherwise, in milliseconds: 30 days. */
export const defaultSessionMs = 30 * day

/** How long a reconnect link works unless the application says otherwise, in milliseconds: 7 days. */
export const defaultReconnectLinkMs = 7 * day

/**
 * Checks a duration that a call was given: `name` is that of the argument, `ms` are milliseconds.
 * @throws {InvalidArgumentError} if it is not a number of more than 0
 */
export function checkDuration(call: string, name: string, ms: number): void {
  if (!(Number.isFinite(ms) && ms > 0))
    throw new InvalidArgumentError(call, [`${name} must be a number of milliseconds, more than 0`])
}
