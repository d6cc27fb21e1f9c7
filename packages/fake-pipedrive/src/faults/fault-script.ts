import { matchesCall, type Call } from '../call-log.ts'
import { refuseUnless, type Check } from '../check/check.ts'
import { dropTarget, faultPlan, holdTarget } from '../check/fault-checks.ts'
import { refuseUnknownUser, type Directory } from '../directory.ts'
import { faultsOf, type Fault, type FaultPlan, type FaultTarget, type Timing } from './fault.ts'
import { createGate, type Gate } from './gate.ts'

/** A fault in the script. */
export interface ScriptedFault {
  /** How many calls the fault has struck. */
  readonly struck: number
  /** How many more calls it will strike. */
  readonly remaining: number
  remove(): void
}

/** The script of faults. If several faults match a call, the one that was added first strikes. */
export interface FaultScript {
  /**
   * Adds a fault to the script.
   * @throws {Error} when a field or a value is unknown, no such user exists, or no call can meet all the conditions
   * @example
   * fake.faults.add({ endpoint: 'token', grantType: 'refresh_token', fault: { type: 'status', status: 503 } })
   */
  add(plan: FaultPlan): ScriptedFault
  /** Holds matching calls at a gate: `await gate.reached`, let the rival act, then `gate.release()`. */
  hold(target?: FaultTarget & Timing): Gate
  /** Breaks the connection after the server has done its work, so that the client never learns of it. */
  dropAfterCommit(target?: FaultTarget): ScriptedFault
  /** The faults that still have calls to strike. */
  readonly pending: readonly FaultPlan[]
  /** Removes all faults. Calls that wait at a gate keep waiting. */
  clear(): void
}

/** The server's side of the script. */
export interface FaultDirector extends FaultScript {
  /** Those of `pending` that have struck less often than they should; with `times: Infinity`: not once. */
  readonly unstruck: readonly FaultPlan[]
  /** Returns the faults that strike this call, outermost first. */
  strike(call: Call): readonly Fault[]
}

interface Entry {
  readonly plan: FaultPlan
  readonly faults: readonly Fault[]
  toSkip: number
  struck: number
  remaining: number
}

export function createFaultScript(
  directory: Pick<Directory, 'users'>,
  initial: readonly FaultPlan[] = [],
): FaultDirector {
  let entries: Entry[] = []
  const check = (what: Check, plan: FaultTarget, caller: string) => {
    refuseUnless(what, plan, caller)
    refuseUnknownUser(directory, plan.user, caller)
  }

  const script: FaultDirector = {
    add(plan) {
      check(faultPlan, plan, 'faults.add()')
      const { skip = 0, times = 1 } = plan
      const entry: Entry = { plan, faults: faultsOf(plan), toSkip: skip, struck: 0, remaining: times }
      entries.push(entry)
      return {
        get struck() {
          return entry.struck
        },
        get remaining() {
          return entry.remaining
        },
        remove: () => void (entries = entries.filter((other) => other !== entry)),
      }
    },
    hold(plan = {}) {
      check(holdTarget, plan, 'faults.hold()')
      const { when, ...target } = plan
      const gate = createGate()
      script.add({ ...target, fault: { type: 'hold', gate, when } })
      return gate
    },
    dropAfterCommit(target = {}) {
      check(dropTarget, target, 'faults.dropAfterCommit()')
      return script.add({ ...target, fault: { type: 'reset', when: 'after' } })
    },
    get pending() {
      return entries.map(({ plan }) => plan)
    },
    get unstruck() {
      const unstruck = entries.filter(({ remaining, struck }) => remaining !== Infinity || struck === 0)
      return unstruck.map(({ plan }) => plan)
    },
    clear: () => void (entries = []),
    strike(call) {
      for (const entry of entries) {
        if (!matchesCall(call, entry.plan)) continue
        if (entry.toSkip > 0) {
          entry.toSkip -= 1
          continue
        }
        entry.struck += 1
        entry.remaining -= 1
        if (entry.remaining <= 0) entries = entries.filter((other) => other !== entry)
        return entry.faults
      }
      return []
    },
  }

  for (const plan of initial) script.add(plan)
  return script
}
