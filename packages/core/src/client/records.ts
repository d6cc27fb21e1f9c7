import QuickLRU from 'quick-lru'
import type { InstallationId } from '../machine/account.ts'
import { deliverableUntil } from '../machine/installation.ts'
import type { Policy } from '../machine/policy.ts'
import { tokensOf, type InstallationState } from '../machine/state.ts'
import { StoreError } from '../errors.ts'
import type { StoredRecord, TokenStore } from '../store/store.ts'
import type { Delivered } from './access-tokens.ts'
import type { FullClock } from './clock.ts'
import type { Settings } from './options.ts'
import { randomText, type Random } from './random.ts'
import type { Sealer } from './sealing.ts'
import { storeAnswer } from './store-answer.ts'

/** A record as the driver sees it: which one it is, and what it says. */
export interface OpenRecord {
  readonly version: string
  /** Undefined: it cannot be opened, and whoever asked for it is about to replace it. */
  readonly state: InstallationState | undefined
}

interface Remembered {
  /** Undefined: the record was deleted. */
  readonly record: OpenRecord | undefined
  /** Its access token, ready to be handed out; the same promise for everyone. */
  readonly accessToken: Promise<string> | undefined
  /** Until when the machine would hand that out without another thought. */
  readonly deliverableUntil: number
  /** Until when it is handed out without looking anything up: the same, but `cacheMs` after the last look at most. */
  servableUntil: number
}

/** The form of what is inside the seal. A newer one is refused, never guessed at. */
const format = 1

/**
 * The store, opened and sealed, with what was read lately kept in memory: after `cacheMs` a record is fetched
 * again, but opened again only if its version changed.
 */
export class Records {
  readonly #settings: Settings
  readonly #clientId: string
  readonly #store: TokenStore
  readonly #sealer: Sealer
  readonly #policy: Policy
  readonly #clock: FullClock
  readonly #random: Random
  readonly #memory: QuickLRU<InstallationId, Remembered>

  constructor(settings: Settings, sealer: Sealer) {
    this.#settings = settings
    this.#clientId = settings.clientId
    this.#store = settings.store
    this.#sealer = sealer
    this.#policy = settings.policy
    this.#clock = settings.clock
    this.#random = settings.random
    this.#memory = new QuickLRU({ maxSize: settings.policy.cacheEntries })
  }

  /** The hot path: an access token that may be handed out as it is, without the store or the cipher. */
  servableToken(id: InstallationId): Promise<string> | undefined {
    return this.#servable(id)?.accessToken
  }

  /** The same, with where the token may go. */
  servableDelivery(id: InstallationId): Delivered | undefined {
    const tokens = tokensOf(this.#servable(id)?.record?.state)
    return tokens && { accessToken: tokens.accessToken, apiDomain: tokens.apiDomain }
  }

  /** What was read last, however long ago; for when the store does not answer. */
  remembered(id: InstallationId): OpenRecord | undefined {
    return this.#memory.get(id)?.record
  }

  /**
   * The record as it is in the store. With `toReplace`, one that cannot be opened is no error.
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
    // What a write has put in memory meanwhile is newer than what this read brings.
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
   * Seals a record with the first secret, if it is sealed with another: what it says stays as it is.
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

  /** Resolves when the record may no longer be of this version; a store that cannot tell never does. */
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
    const value = await this.#sealer.seal(id, { format, ...state })
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
    const opened = await this.#sealer.open(id, value)
    const { format: found, ...state } = (opened.ok ? opened.payload : {}) as { format?: unknown }
    if (opened.ok && found === format)
      return { state: state as InstallationState, isCurrentKey: opened.isCurrentKey }
    if (!opened.ok && opened.problem === 'unknown_key')
      throw new StoreError(
        'unknown_key',
        `The record of installation ${id} is sealed with a secret that is not among \`secrets\`. ` +
          'Put that secret back, behind the current one; the record is untouched.',
      )
    throw new StoreError(
      'unreadable_record',
      `The record of installation ${id} cannot be read: it is damaged, belongs to another installation, ` +
        'or was written by a newer version. It is untouched; the user can connect again to replace it.',
    )
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
