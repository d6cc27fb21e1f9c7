import { matchesCall, type Call } from '../call-log.ts'
import { faultsOf, type Fault, type FaultPlan, type FaultTarget, type Timing } from './fault.ts'
import { createGate, type Gate } from './gate.ts'

/** A fault on the script. */
export interface ScriptedFault {
  /** How many calls it has struck. */
  readonly struck: number
  /** How many more it will strike. */
  readonly remaining: number
  remove(): void
}

/** What goes wrong, call by call. Of several faults that fit a call, the one added first strikes. */
export interface FaultScript {
  /**
   * Adds a fault to the script.
   * @throws {Error} when there is no such fault.
   * @example
   * fake.faults.add({ endpoint: 'token', grantType: 'refresh_token', fault: { type: 'status', status: 503 } })
   */
  add(plan: FaultPlan): ScriptedFault
  /** Holds fitting calls at a gate: `await gate.reached`, do the rival's part, `gate.release()`. */
  hold(target?: FaultTarget & Timing): Gate
  /** The server does the work and the client never hears of it: the connection breaks after the commit. */
  dropAfterCommit(target?: FaultTarget): ScriptedFault
  /** Faults that have not struck as often as they should. */
  readonly pending: readonly FaultPlan[]
  /** Empties the script; calls at a gate go on waiting for their gate. */
  clear(): void
}

/** The server's side of the script. */
export interface FaultDirector extends FaultScript {
  /** The faults that strike this call, outermost first. */
  strike(call: Call): readonly Fault[]
}

interface Entry {
  readonly plan: FaultPlan
  readonly faults: readonly Fault[]
  toSkip: number
  struck: number
  remaining: number
}

export function createFaultScript(initial: readonly FaultPlan[] = []): FaultDirector {
  let entries: Entry[] = []

  const script: FaultDirector = {
    add(plan) {
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
    hold({ when, ...target } = {}) {
      const gate = createGate()
      script.add({ ...target, fault: { type: 'hold', gate, when } })
      return gate
    },
    dropAfterCommit: (target = {}) => script.add({ ...target, fault: { type: 'reset', when: 'after' } }),
    get pending() {
      return entries.map((entry) => entry.plan)
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
