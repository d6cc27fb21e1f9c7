import type { InstallationId } from '../../machine/account.ts'
import type { InstallationEffect } from '../../machine/installation/effect.ts'
import type { MachineEvent } from '../../machine/installation/event.ts'
import type { InstallationState } from '../../machine/installation/state.ts'
import { transition } from '../../machine/installation/transition.ts'
import type { Policy } from '../../machine/policy.ts'
import { StoreError } from '../../errors.ts'
import type { FullClock } from '../runtime/clock.ts'
import type { Emit } from '../runtime/oauth-event.ts'
import { retryUntil } from '../runtime/retry.ts'
import type { Settings } from '../runtime/settings.ts'
import type { OpenRecord, Records } from './records.ts'

/** What the machine decided about an event. */
export interface Decision {
  readonly before: OpenRecord | undefined
  readonly next: InstallationState | undefined
  readonly effects: readonly InstallationEffect[]
}

/** Makes the event anew for every try, with the current time. */
export type EventAt = (at: number) => MachineEvent

/** A record that still changes between read and write after so many tries is in a store that breaks the contract. */
const mostTries = 1_000

/**
 * Puts events to the machine and stores what it decides, by one rule: compare-and-set first, then act.
 * Effects are returned only once the state they came with is stored.
 */
export class Driver {
  readonly #records: Records
  readonly #policy: Policy
  readonly #clock: FullClock
  readonly #emit: Emit

  constructor(settings: Settings, records: Records) {
    this.#records = records
    this.#policy = settings.policy
    this.#clock = settings.clock
    this.#emit = settings.emit
  }

  /** Reads the state of an installation from the store. */
  async current(id: InstallationId): Promise<InstallationState | undefined> {
    return (await this.#records.read(id))?.state
  }

  /**
   * Puts an event to the machine until its decision is stored, and emits what changed. With `toReplace`, a record that
   * cannot be opened counts as none.
   * @throws {StoreError} when it is not certain that the decision is stored
   */
  async submit(id: InstallationId, eventAt: EventAt, toReplace = false): Promise<Decision> {
    for (let tries = 0; tries < mostTries; tries++) {
      const before = await this.#records.read(id, toReplace)
      const [next, effects] = transition(before?.state, eventAt(this.#clock.now()), this.#policy)
      if (next === before?.state || (await this.#records.write(id, before?.version, next)))
        return this.#stored(id, { before, next, effects })
    }
    throw new StoreError(
      'store_unavailable',
      `The record of installation ${id} changed at every one of ${mostTries} attempts to write it.`,
    )
  }

  /**
   * `submit` without a first read: the answer to a refresh usually belongs to the very record that this process wrote
   * when it claimed the refresh. If that record has changed, it is read after all.
   */
  async submitToRemembered(id: InstallationId, event: MachineEvent): Promise<Decision> {
    const before = this.#records.remembered(id)
    const [next, effects] = transition(before?.state, event, this.#policy)
    const isChange = before !== undefined && next !== before.state
    return isChange && (await this.#records.write(id, before.version, next))
      ? this.#stored(id, { before, next, effects })
      : this.submit(id, () => event)
  }

  /**
   * `submit`, repeated for `requestTimeoutMs` while the store is unavailable: for what Pipedrive does not give twice.
   * @throws {StoreError} when it is not certain that the decision is stored
   */
  async submitPersistently(id: InstallationId, eventAt: EventAt, toReplace = false): Promise<Decision> {
    return retryUntil(() => this.submit(id, eventAt, toReplace), {
      clock: this.#clock,
      until: this.#clock.now() + this.#policy.requestTimeoutMs,
      failed: (error) => {
        if (!isStoreUnavailable(error)) throw error
      },
    })
  }

  /** Decides about an event by the record that was read last, and stores nothing. For when the store does not answer. */
  foresee(id: InstallationId, event: MachineEvent): Decision {
    const before = this.#records.remembered(id)
    const [next, effects] = transition(before?.state, event, this.#policy)
    return { before, next, effects }
  }

  #stored(id: InstallationId, decision: Decision): Decision {
    for (const effect of decision.effects)
      if (effect.type === 'notify') this.#emit({ installationId: id, ...effect.change })
    return decision
  }
}

/** Returns whether an error says that the store may answer later. */
export function isStoreUnavailable(error: unknown): error is StoreError {
  return error instanceof StoreError && error.code === 'store_unavailable'
}

/** Returns the first effect of a kind. */
export function pick<Type extends InstallationEffect['type']>(
  effects: readonly InstallationEffect[],
  type: Type,
): Extract<InstallationEffect, { type: Type }> | undefined {
  return effects.find((effect): effect is Extract<InstallationEffect, { type: Type }> => effect.type === type)
}
