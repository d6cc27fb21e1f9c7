import QuickLRU from 'quick-lru'
import type { InstallationId } from '../../machine/account.ts'
import { deliverableUntil } from '../../machine/installation/transition.ts'
import type { Policy } from '../../machine/policy.ts'
import { tokensOf, type InstallationState } from '../../machine/installation/state.ts'
import type { BearerToken } from '../../machine/tokens.ts'
import { StoreError } from '../../errors.ts'
import type { StoredRecord, TokenStore } from '../../store/store.ts'
import type { FullClock } from '../runtime/clock.ts'
import type { Settings } from '../runtime/settings.ts'
import { randomText, type Random } from '../runtime/random.ts'
import { SealedPayloads, type PayloadProblem } from './sealed-payload.ts'
import type { Sealer } from './sealer.ts'
import { installationState } from './state-schema.ts'
import { storeAnswer } from './store-answer.ts'

/** A record that was opened: its version, and the state in it. */
export interface OpenRecord {
  readonly version: string
  /** Undefined: the record cannot be opened, and the caller is about to replace it. */
  readonly state: InstallationState | undefined
}

interface Remembered {
  /** Undefined: the record was deleted. */
  readonly record: OpenRecord | undefined
  /** Its access token, as one promise that every caller shares. */
  readonly accessToken: Promise<string> | undefined
  /** Until when the machine delivers it without doing anything else. */
  readonly deliverableUntil: number
  /** Until when it is handed out without a read: the same instant, but at most `cacheMs` after the last read. */
  servableUntil: number
}

/** The format of a record's payload. */
const format = 1

/**
 * Reads and writes records: seals them, opens them, and remembers those read lately. After `cacheMs` a record is read
 * again, but opened again only if its version has changed.
 */
export class Records {
  readonly #settings: Settings
  readonly #clientId: string
  readonly #store: TokenStore
  readonly #states: SealedPayloads<InstallationState>
  readonly #policy: Policy
  readonly #clock: FullClock
  readonly #random: Random
  readonly #memory: QuickLRU<InstallationId, Remembered>

  constructor(settings: Settings, sealer: Sealer) {
    this.#settings = settings
    this.#clientId = settings.clientId
    this.#store = settings.store
    this.#states = new SealedPayloads(sealer, format, installationState)
    this.#policy = settings.policy
    this.#clock = settings.clock
    this.#random = settings.random
    this.#memory = new QuickLRU({ maxSize: settings.policy.cacheEntries })
  }

  /** The hot path: an access token that may be handed out without asking the store or opening a record. */
  servableToken(id: InstallationId): Promise<string> | undefined {
    return this.#servable(id)?.accessToken
  }

  /** The same token, with the origin it may be sent to. */
  servableBearer(id: InstallationId): BearerToken | undefined {
    const tokens = tokensOf(this.#servable(id)?.record?.state)
    return tokens && { accessToken: tokens.accessToken, apiDomain: tokens.apiDomain }
  }

  /** The record that was read or written last, however long ago. For when the store does not answer. */
  remembered(id: InstallationId): OpenRecord | undefined {
    return this.#memory.get(id)?.record
  }

  /** Returns whether memory says that this grant has ended: the record was deleted, or belongs to another grant. */
  hasEnded(id: InstallationId, grantId: string): boolean {
    const remembered = this.#memory.get(id)
    return remembered !== undefined && remembered.record?.state?.grantId !== grantId
  }

  /**
   * Reads the record from the store. With `toReplace`, a record that cannot be opened is no error.
   * @throws {StoreError} `store_unavailable`, `unreadable_record`, `unknown_key`
   */
  async read(id: InstallationId, toReplace = false): Promise<OpenRecord | undefined> {
    const readAt = this.#clock.now()
    const before = this.#memory.get(id)
    const stored = await storeAnswer(this.#settings, () => this.#store.get(id))
    if (before?.record?.state !== undefined && before.record.version === stored?.version) {
      before.servableUntil = Math.min(readAt + this.#policy.cacheMs, before.deliverableUntil)
      return before.record
    }
    const record = stored && { version: stored.version, state: await this.#open(id, stored, toReplace) }
    // If a write has changed the memory meanwhile, that is newer than this read.
    if (this.#memory.get(id) === before) this.#remember(id, record, readAt)
    return record
  }

  /**
   * Writes a state in place of the record that was read, and says whether it did.
   * @throws {StoreError} `store_unavailable`, when it is not known to have happened
   */
  async write(
    id: InstallationId,
    expected: string | undefined,
    next: InstallationState | undefined,
  ): Promise<boolean> {
    const readAt = this.#clock.now()
    const record = next === undefined ? undefined : await this.#seal(id, next)
    const landed = await this.#landed(id, expected, record)
    if (landed) this.#remember(id, record && next && { version: record.version, state: next }, readAt)
    else this.#memory.delete(id)
    return landed
  }

  /**
   * Seals a record with the first secret, if it is sealed with another one. Its state does not change.
   * @throws {StoreError} `store_unavailable`, `unreadable_record`, `unknown_key`
   */
  async reseal(id: InstallationId): Promise<'resealed' | 'current' | 'gone'> {
    for (;;) {
      const stored = await storeAnswer(this.#settings, () => this.#store.get(id))
      if (stored === undefined) return 'gone'
      const { state, isCurrentKey } = await this.#opened(id, stored.value)
      if (isCurrentKey) return 'current'
      if (await this.write(id, stored.version, state)) return 'resealed'
    }
  }

  /** Resolves when the record may have another version. Never resolves with a store that cannot tell. */
  async changed(id: InstallationId, version: string | undefined, signal: AbortSignal): Promise<void> {
    if (version === undefined || this.#store.changed === undefined) return new Promise(() => {})
    try {
      await this.#store.changed(id, version, signal)
    } catch {
      return new Promise(() => {})
    }
  }

  get canTellChanges(): boolean {
    return this.#store.changed !== undefined
  }

  /** When the answer to a write is lost, the record's version still tells whether it happened. */
  async #landed(
    id: InstallationId,
    expected: string | undefined,
    record: StoredRecord | undefined,
  ): Promise<boolean> {
    try {
      return await storeAnswer(this.#settings, () => this.#store.compareAndSet(id, expected, record))
    } catch (error) {
      const now = await storeAnswer(this.#settings, () => this.#store.get(id))
      if (now?.version === record?.version) return true
      throw error
    }
  }

  async #seal(id: InstallationId, state: InstallationState): Promise<StoredRecord> {
    const value = await this.#states.seal(id, state)
    const version = randomText(this.#random, 12)
    return 'tokens' in state
      ? { version, value, dueAt: state.tokens.refreshTokenExpiresAt }
      : { version, value }
  }

  async #open(
    id: InstallationId,
    stored: StoredRecord,
    toReplace: boolean,
  ): Promise<InstallationState | undefined> {
    try {
      return (await this.#opened(id, stored.value)).state
    } catch (error) {
      if (toReplace) return undefined
      throw error
    }
  }

  /** @throws {StoreError} `unreadable_record`, `unknown_key` */
  async #opened(
    id: InstallationId,
    value: string,
  ): Promise<{ readonly state: InstallationState; readonly isCurrentKey: boolean }> {
    const opened = await this.#states.open(id, value)
    if (!opened.ok) throw unreadable(id, opened.problem)
    return { state: opened.payload, isCurrentKey: opened.isCurrentKey }
  }

  #servable(id: InstallationId): Remembered | undefined {
    const remembered = this.#memory.get(id)
    return remembered !== undefined && this.#clock.now() < remembered.servableUntil ? remembered : undefined
  }

  #remember(id: InstallationId, record: OpenRecord | undefined, readAt: number): void {
    const state = record?.state
    const tokens = tokensOf(state)
    const isOurs = state?.clientId === this.#clientId
    const until = state !== undefined && isOurs ? deliverableUntil(state, this.#policy) : 0
    this.#memory.set(id, {
      record,
      accessToken: tokens && Promise.resolve(tokens.accessToken),
      deliverableUntil: until,
      servableUntil: Math.min(readAt + this.#policy.cacheMs, until),
    })
  }
}

function unreadable(id: InstallationId, problem: PayloadProblem): StoreError {
  switch (problem) {
    case 'unknown_key':
      return new StoreError(
        'unknown_key',
        `The record of installation ${id} is sealed with a secret that is not among \`secrets\`. ` +
          'Put that secret back, behind the current one; the record is untouched.',
      )
    case 'unknown_format':
      return new StoreError(
        'unreadable_record',
        `The record of installation ${id} was written by a newer version of this library. ` +
          'Update this process; the record is untouched.',
      )
    case 'unreadable':
      return new StoreError(
        'unreadable_record',
        `The record of installation ${id} is damaged, or belongs to another installation. ` +
          'It is untouched; the user can connect again to replace it.',
      )
  }
}
