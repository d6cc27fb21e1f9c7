import type { InstallationId } from '../../machine/account.ts'
import type { InstallationEffect } from '../../machine/installation/effect.ts'
import type { MachineEvent, OfApp } from '../../machine/installation/event.ts'
import type { InstallationState } from '../../machine/installation/state.ts'
import { transition } from '../../machine/installation/transition.ts'
import type { Policy } from '../../machine/policy.ts'
import { StoreError } from '../../errors.ts'
import { ofApp, type AppIdentity } from '../runtime/app-of-error.ts'
import type { FullClock } from '../runtime/clock.ts'
import type { Emit, EventFacts } from '../runtime/oauth-event.ts'
import { retryUntil } from '../runtime/retry.ts'
import type { Settings } from '../runtime/settings.ts'
import type { OpenRecord } from './memory.ts'
import { mostTries, neverWritten, type Records } from './records.ts'
import { storeDeadline } from './store-answer.ts'

/** The machine's decision about an event: the record before it, the next state, and the effects. */
export interface Decision {
  readonly before: OpenRecord | undefined
  readonly next: InstallationState | undefined
  readonly effects: readonly InstallationEffect[]
}

/** What the events of a decision say besides the change. */
export interface Circumstances {
  /** When it began, in epoch milliseconds. */
  readonly since?: number | undefined
  /** Why it failed. */
  readonly cause?: string | undefined
  /** Whether nobody waits for it. */
  readonly inBackground?: boolean | undefined
}

/** How a decision is stored. */
interface SubmitOptions {
  /** Whether a record that cannot be opened counts as missing. Default: false. */
  readonly toReplace?: boolean
  /** When the store must have answered, in epoch milliseconds. Default: `policy.storeTimeoutMs` from now. */
  readonly until?: number | undefined
  readonly about?: Circumstances | undefined
  /** The record, if it has just been read. Default: it is read. */
  readonly justRead?: JustRead | undefined
}

/** A record that has just been read. */
export interface JustRead {
  /** Undefined: there is no record. */
  readonly record: OpenRecord | undefined
}

/** Returns the event for one try: it happens now, in this process, to the record `before`. */
export type EventNow = (origin: OfApp, before?: OpenRecord) => MachineEvent

/**
 * Gives events to the machine and stores its decisions. The one rule: compare-and-set first, then act. Effects are
 * returned only after their state is stored.
 */
export class Driver {
  readonly #settings: Settings
  readonly #records: Records
  readonly #policy: Policy
  readonly #clock: FullClock
  readonly #emit: Emit
  readonly #process: number
  readonly #app: AppIdentity

  constructor(settings: Settings, records: Records) {
    this.#settings = settings
    this.#records = records
    this.#policy = settings.policy
    this.#clock = settings.clock
    this.#emit = settings.emit
    this.#process = settings.process
    this.#app = settings
  }

  /** Returns when and where an event happens that happens now. */
  origin(): OfApp {
    const { clientId } = this.#settings
    return { at: this.#clock.now(), process: this.#process, clientId }
  }

  /** Reads the state of an installation from the store. */
  async current(id: InstallationId): Promise<InstallationState | undefined> {
    return (await this.read(id))?.state
  }

  /** Reads a record, as `Records.read()` does. */
  read(...read: Parameters<Records['read']>): Promise<OpenRecord | undefined> {
    return this.#records.read(...read).catch((error: unknown) => {
      throw ofApp(error, this.#app)
    })
  }

  /**
   * Gives an event to the machine and stores the decision. If the record has changed meanwhile, it reads and decides
   * again. Emits what changed.
   * @throws {StoreError} `store_unavailable`, if it is not certain that the decision is stored; `unreadable_record`,
   * `unknown_key`, `secrets_unavailable`
   */
  async submit(
    id: InstallationId,
    eventNow: EventNow,
    { toReplace = false, until = storeDeadline(this.#settings), about, justRead }: SubmitOptions = {},
  ): Promise<Decision> {
    for (let tries = 0; tries < mostTries; tries++) {
      const isRead = tries === 0 && justRead !== undefined
      const before = isRead ? justRead.record : await this.read(id, toReplace, until)
      const [next, effects] = transition(before?.state, eventNow(this.origin(), before), this.#policy)
      if (isStored(next, before) || (await this.#write(id, before?.version, next, until)))
        return this.#stored(id, { before, next, effects }, about)
    }
    throw ofApp(neverWritten(id), this.#app)
  }

  /**
   * Does what `submit` does, without a read at first: the answer to a refresh usually belongs to the record that this
   * process wrote when it claimed the refresh. If that record has changed, it falls back to `submit`.
   */
  async submitToRemembered(
    id: InstallationId,
    event: MachineEvent,
    { until = storeDeadline(this.#settings), about }: Omit<SubmitOptions, 'toReplace'> = {},
  ): Promise<Decision> {
    const before = this.#records.remembered(id)
    const [next, effects] = transition(before?.state, event, this.#policy)
    const isChange = before !== undefined && next !== before.state
    return isChange && (await this.#write(id, before.version, next, until))
      ? this.#stored(id, { before, next, effects }, about)
      : this.submit(id, () => event, { until, about })
  }

  /**
   * Repeats `submit` for `storeTimeoutMs` while the store is unavailable: one try may take half of the time that is left.
   * For answers that Pipedrive does not give twice.
   * @throws {StoreError} `store_unavailable`, if it is not certain that the decision is stored; `unreadable_record`,
   * `unknown_key`, `secrets_unavailable`
   */
  async submitPersistently(
    id: InstallationId,
    eventNow: EventNow,
    options: Omit<SubmitOptions, 'until'> = {},
  ): Promise<Decision> {
    const until = storeDeadline(this.#settings)
    const submitOnce = () => {
      const now = this.#clock.now()
      const leftMs = Math.min(Math.max(until - now, 0), this.#policy.storeTimeoutMs)
      return this.submit(id, eventNow, { ...options, until: now + leftMs / 2 })
    }
    return retryUntil(submitOnce, {
      clock: this.#clock,
      until,
      failed: (error) => {
        if (!isStoreUnavailable(error)) throw error
      },
    })
  }

  /** Returns the decision by the record in the store, and stores nothing. */
  async preview(id: InstallationId, eventNow: EventNow): Promise<Decision> {
    const before = await this.read(id)
    const [next, effects] = transition(before?.state, eventNow(this.origin(), before), this.#policy)
    return { before, next, effects }
  }

  /** Returns the effects by the record in memory, and stores nothing. For use while the store does not answer. */
  foresee(id: InstallationId, event: MachineEvent): readonly InstallationEffect[] {
    const [, effects] = transition(this.#records.remembered(id)?.state, event, this.#policy)
    return effects
  }

  async #write(...write: Parameters<Records['write']>): Promise<boolean> {
    try {
      return await this.#records.write(...write)
    } catch (error) {
      throw ofApp(error, this.#app)
    }
  }

  #stored(id: InstallationId, decision: Decision, about: Circumstances = {}): Decision {
    for (const effect of decision.effects)
      if (effect.type === 'notify')
        this.#emit({ installationId: id, ...this.#factsOf(decision, about), ...effect.change })
    return decision
  }

  #factsOf(
    { before, next }: Decision,
    { since, cause, inBackground }: Circumstances,
  ): Omit<EventFacts, 'at'> {
    const reference = next?.reference ?? before?.state?.reference
    return {
      ...(reference === undefined ? {} : { reference }),
      ...(since === undefined ? {} : { durationMs: this.#clock.now() - since }),
      ...(cause === undefined ? {} : { cause }),
      ...(inBackground === true ? { inBackground } : {}),
    }
  }
}

/** Returns whether the record is already as it was decided. One without a state cannot be opened, and still has to go. */
function isStored(next: InstallationState | undefined, before: OpenRecord | undefined): boolean {
  return next === before?.state && (next !== undefined || before === undefined)
}

/** Returns whether an error means that the store may answer later. */
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
