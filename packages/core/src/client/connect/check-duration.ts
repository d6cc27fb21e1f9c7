import { InvalidArgumentError } from '../../errors.ts'

/**
 * Checks a duration that a call was given: `name` is that of the argument, `ms` are milliseconds.
 * @throws {InvalidArgumentError} if it is not a number of more than 0
 */
export function checkDuration(call: string, name: string, ms: number): void {
  if (!(Number.isFinite(ms) && ms > 0))
    throw new InvalidArgumentError(call, [`${name} must be a number of milliseconds, more than 0`])
}
