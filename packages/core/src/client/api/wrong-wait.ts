import type { InvalidArgumentError } from '../../errors.ts'
import { aSignal, wrongOptions, type Rules } from '../runtime/check-options.ts'
import type { WaitOptions } from './api-access.ts'

const rules: Rules<WaitOptions> = {
  signal: aSignal,
  waitMs: [(value) => typeof value === 'number' && value >= 0, 'a number of milliseconds, 0 or more'],
}

/** Returns the error for options that cannot be used. Undefined: they can be used. */
export function wrongWait(call: string, options: WaitOptions | undefined): InvalidArgumentError | undefined {
  return options === undefined ? undefined : wrongOptions(call, options, rules)
}
