import type { InstallationId } from '../machine/account.ts'
import type { InstallationEffect } from '../machine/effect.ts'
import type { InstallationEvent, Refreshed } from '../machine/event.ts'
import { transition } from '../machine/installation.ts'
import type { Policy } from '../machine/policy.ts'
import type { InstallationState } from '../machine/state.ts'
import { StoreError } from '../errors.ts'
import type { FullClock } from './clock.ts'
import type { Emit } from './oauth-event.ts'
import type { Settings } from './options.ts'
import { persistently } from './persistently.ts'
import type { OpenRecord, Records } from './records.ts'

/** What an event came to, once it was stored. */
export interface Landed {
  readonly before: OpenRecord | undefined
  readonly next: InstallationState | undefined
  readonly effects: readonly InstallationEffect[]
}

/** Answers that this process won and that are not in the store yet. */
export type Unsaved = Map<InstallationId, Refreshed>

/** Makes the event anew for every try, with the time it is. */
export type EventAt = (at: number) => InstallationEvent

/** A record that still changes under our hands after so many tries is a store that lies. */
const mostTries = 1_000

/**
 * Carries events to the machine and what it decides into the store, by one rule: compare-and-set first, then act.
 * Effects are handed back only when the state they came with is stored.
 */
export class Driver {
  readonly #records: Records
  readonly #policy: Policy
  readonly #clock: FullClock
  readonly #emit: Emit
  readonly #unsaved: Unsaved

  constructor(settings: Settings, records: Records, unsaved: Unsaved, emit: Emit) {
    this.#records = records
    this.#policy = settings.policy
    this.#clock = settings.clock
    this.#emit = emit
    this.#unsaved = unsaved
  }

  /** The installation as it is in the store. */
  async current(id: InstallationId): Promise<InstallationState | undefined> {
    return (await this.#records.read(id))?.state
  }

  /**
   * Puts an event to the machine until what it decides is stored, and carries out its notices. With `toReplace`, a
   * record that cannot be opened counts as none.
   * @throws {StoreError} when it is not known to be stored
   */
  async submit(id: InstallationId, eventAt: EventAt, toReplace = false): Promise<Landed> {
    for (let tries = 0; tries < mostTries; tries++) {
      const before = await this.#records.read(id, toReplace)
      const [next, effects] = transition(before?.state, eventAt(this.#clock.now()), this.#policy)
      if (next === before?.state || (await this.#records.write(id, before?.version, next)))
        return this.#landed(id, { before, next, effects })
    }
    throw new StoreError(
      'store_unavailable',
      `The record of installation ${id} changed at every one of ${mostTries} attempts to write it.`,
    )
  }

  /**
   * `submit` without reading first: the answer to a refresh mostly comes to the very record that this process wrote when
   * it claimed it. When it does not, it is read after all.
   */
  async submitToRemembered(id: InstallationId, event: InstallationEvent): Promise<Landed> {
    const before = this.#records.remembered(id)
    const [next, effects] = transition(before?.state, event, this.#policy)
    const isChange = before !== undefined && next !== before.state
    return isChange && (await this.#records.write(id, before.version, next))
      ? this.#landed(id, { before, next, effects })
      : this.submit(id, () => event)
  }

  /**
   * `submit`, again and again for `requestTimeoutMs` while the store has trouble: for what cannot be asked for twice.
   * @throws {StoreError} when it is not known to be stored
   */
  async submitPersistently(id: InstallationId, eventAt: EventAt, toReplace = false): Promise<Landed> {
    return persistently(() => this.submit(id, eventAt, toReplace), {
      clock: this.#clock,
      until: this.#clock.now() + this.#policy.requestTimeoutMs,
      failed: (error) => {
        if (!isStoreUnavailable(error)) throw error
      },
    })
  }

  /** What the machine would say to an event by the record that was read last, for when the store does not answer. */
  foresee(id: InstallationId, event: InstallationEvent): Landed {
    const before = this.#records.remembered(id)
    const [next, effects] = transition(before?.state, event, this.#policy)
    return { before, next, effects }
  }

  /** With its grant ends what this process may still hold of it. */
  #landed(id: InstallationId, landed: Landed): Landed {
    if (landed.next?.grantId !== landed.before?.state?.grantId) this.#unsaved.delete(id)
    for (const effect of landed.effects)
      if (effect.type === 'notify') this.#emit({ installationId: id, ...effect.notice })
    return landed
  }
}

/** Whether an error says that the store may answer later. */
export function isStoreUnavailable(error: unknown): error is StoreError {
  return error instanceof StoreError && error.code === 'store_unavailable'
}

/** The first effect of a kind. */
export function pick<Type extends InstallationEffect['type']>(
  effects: readonly InstallationEffect[],
  type: Type,
): Extract<InstallationEffect, { type: Type }> | undefined {
  return effects.find((effect): effect is Extract<InstallationEffect, { type: Type }> => effect.type === type)
}
