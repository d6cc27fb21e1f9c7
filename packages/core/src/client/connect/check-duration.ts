import { aDuration, checkArgument } from '../runtime/check-options.ts'

/**
 * Checks a duration that a call was given: `name` is that of the argument, `ms` are milliseconds.
 * @throws {InvalidArgumentError} if it is not a number of more than 0
 */
export function checkDuration(call: string, name: string, ms: number): void {
  checkArgument(call, name, ms, aDuration)
}
