import type { Administration } from '../administration.ts'
import type { CallLog } from '../call-log.ts'
import type { FaultScript } from '../faults/fault-script.ts'

/** What the control routes read and change. */
export interface Controls {
  readonly log: CallLog
  readonly faults: FaultScript
  readonly administration: Administration
}
