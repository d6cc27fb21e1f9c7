import QuickLRU from 'quick-lru'
import type { InstallationId } from '../../machine/account.ts'
import { deliverableUntil } from '../../machine/installation/transition.ts'
import { tokensOf, type InstallationState } from '../../machine/installation/state.ts'
import {
  believe,
  isBelieved,
  isUsableHandOver,
  look,
  told,
  toldMeanwhile,
  type Belief,
  type Look,
} from '../../machine/memory.ts'
import type { Policy } from '../../machine/policy.ts'
import type { FullClock } from '../runtime/clock.ts'
import type { Settings } from '../runtime/settings.ts'
import { MemoryWatch, type WatchReport } from './memory-watch.ts'

/** An opened record: its version and its state. */
export interface OpenRecord {
  readonly version: string
  /** Undefined: the record cannot be opened, and the caller will replace it. */
  readonly state: InstallationState | undefined
}

/** A record in memory. */
export interface Remembered {
  /** Undefined: the record was deleted. */
  readonly record: OpenRecord | undefined
  /** Its access token, as one promise for all callers. */
  readonly accessToken: Promise<string> | undefined
  /** Until when the machine only delivers it, in epoch milliseconds, as far as the clock could tell at `belief.at`. */
  deliverableUntil: number
  belief: Belief
}

/** A read or a write under way. */
export interface RunningLook {
  /** Replaced when the store tells of the record. */
  current: Look
}

/** Keeps the records that were read or written last, and hears from the store which of them have changed. */
export class Memory {
  readonly #clientId: string
  readonly #policy: Policy
  readonly #clock: FullClock
  readonly #records: QuickLRU<InstallationId, Remembered>
  readonly #looks = new Map<InstallationId, Set<RunningLook>>()
  /** Undefined: the store does not tell, or memory is turned off. */
  readonly #watch: MemoryWatch | undefined

  constructor(settings: Settings) {
    this.#clientId = settings.clientId
    this.#policy = settings.policy
    this.#clock = settings.clock
    this.#records = new QuickLRU({ maxSize: settings.policy.cacheEntries })
    const hears = settings.store.watch !== undefined && settings.policy.cacheMs > 0
    this.#watch = hears ? new MemoryWatch(settings, (id, version) => this.#told(id, version)) : undefined
  }

  /** Returns what was read or written last, no matter how long ago. */
  get(id: InstallationId): Remembered | undefined {
    return this.#records.get(id)
  }

  /** Returns the record if its token may be handed out without a read. This is the hot path. */
  servable(id: InstallationId): Remembered | undefined {
    const remembered = this.#records.get(id)
    if (remembered === undefined) return undefined
    const now = this.#clock.now()
    const watch = this.#watch
    if (watch !== undefined) watch.usedAt = now
    if (now >= remembered.deliverableUntil) return undefined
    return isBelieved(remembered.belief, watch?.standing, now, this.#policy) ? remembered : undefined
  }

  /** Returns the record if the machine only delivers its token, no matter when it was read last. */
  deliverable(id: InstallationId): Remembered | undefined {
    const remembered = this.#records.get(id)
    if (remembered === undefined) return undefined
    const now = this.#clock.now()
    return now >= remembered.belief.at && now < remembered.deliverableUntil ? remembered : undefined
  }

  /** Begins a read or a write. `end` it in any case. */
  begin(id: InstallationId): RunningLook {
    const at = this.#clock.now()
    const running = { current: look(at, this.#watch?.standing) }
    if (this.#watch === undefined) return running
    this.#watch.usedAt = at
    const others = this.#looks.get(id)
    if (others === undefined) this.#looks.set(id, new Set([running]))
    else others.add(running)
    return running
  }

  end(id: InstallationId, running: RunningLook): void {
    const looks = this.#looks.get(id)
    looks?.delete(running)
    if (looks?.size === 0) this.#looks.delete(id)
  }

  /** Takes note that the store still has the version in memory. */
  confirm(remembered: Remembered, { current }: RunningLook): void {
    const { version, replaced } = remembered.belief
    remembered.belief = believe(current, version, replaced)
    // The clock may have been set back since, and then the token is not fresh.
    remembered.deliverableUntil = this.#deliverableUntil(remembered.record?.state, current)
    this.#watch?.open()
  }

  /** Keeps what a read or a write brought. `replaced`: the version before, if it was a write. */
  set(
    id: InstallationId,
    record: OpenRecord | undefined,
    { current }: RunningLook,
    replaced?: string | undefined,
  ): void {
    const state = record?.state
    const tokens = tokensOf(state)
    this.#records.set(id, {
      record,
      accessToken: tokens && Promise.resolve(tokens.accessToken),
      deliverableUntil: this.#deliverableUntil(state, current),
      belief: believe(current, record?.version, replaced),
    })
    if (tokens !== undefined) this.#watch?.open()
  }

  /**
   * Keeps a record that the store handed over to a wait, and returns whether it did: not if something newer may be known.
   * `awaited`: the version that the wait began with. `before`: what was in memory then.
   */
  accept(
    id: InstallationId,
    record: OpenRecord,
    running: RunningLook,
    { awaited, before }: { readonly awaited: string; readonly before: Remembered | undefined },
  ): boolean {
    const hasMemoryChanged = this.#records.peek(id) !== before
    if (!isUsableHandOver(running.current, record.version, { awaited, hasMemoryChanged })) return false
    this.set(id, record, running, awaited)
    return true
  }

  delete(id: InstallationId): void {
    this.#records.delete(id)
  }

  /** Returns the state of the watch. Undefined: the store does not tell, or memory is turned off. */
  watchReport(): WatchReport | undefined {
    return this.#watch?.report()
  }

  /** Closes the watch. Records are believed for `cacheMs` from now on. */
  async close(): Promise<void> {
    await this.#watch?.close()
  }

  #deliverableUntil(state: InstallationState | undefined, { at }: Look): number {
    return state?.clientId === this.#clientId ? deliverableUntil(state, at, this.#policy) : 0
  }

  #told(id: InstallationId, version: string | undefined): void {
    const remembered = this.#records.peek(id)
    if (remembered !== undefined) remembered.belief = told(remembered.belief, version)
    for (const running of this.#looks.get(id) ?? []) running.current = toldMeanwhile(running.current, version)
  }
}
