import type { InstallationId } from '../../machine/account.ts'
import type { Policy } from '../../machine/policy.ts'
import { needsAttention, tokensOf, type InstallationState } from '../../machine/installation/state.ts'
import type { BearerToken } from '../../machine/tokens.ts'
import { StoreError } from '../../errors.ts'
import type { StoredRecord, TokenStore } from '../../store/store.ts'
import type { FullClock } from '../runtime/clock.ts'
import type { Settings } from '../runtime/settings.ts'
import { causeOf } from '../runtime/log.ts'
import { randomText, type Random } from '../runtime/random.ts'
import { Memory, type OpenRecord } from './memory.ts'
import type { WatchReport } from './memory-watch.ts'
import { SealedPayloads, type PayloadProblem } from './sealed-payload.ts'
import type { Sealer } from './sealer.ts'
import { installationState, payloadOf } from './state-schema.ts'
import { storeAnswer, storeDeadline } from './store-answer.ts'
import { FirstUseCheck } from './store-findings.ts'

/** The format number of a record's payload. */
const format = 1

/**
 * Reads and writes records: seals them, opens them and keeps the latest in memory. When memory is not believed any more, a
 * record is read again. It is opened again only if its version has changed.
 */
export class Records {
  readonly #settings: Settings
  readonly #store: TokenStore
  readonly #states: SealedPayloads<InstallationState, object>
  readonly #policy: Policy
  readonly #clock: FullClock
  readonly #random: Random
  readonly #memory: Memory
  readonly #firstUse: FirstUseCheck

  constructor(settings: Settings, sealer: Sealer) {
    this.#settings = settings
    this.#store = settings.store
    this.#states = new SealedPayloads(sealer, format, installationState)
    this.#policy = settings.policy
    this.#clock = settings.clock
    this.#random = settings.random
    this.#memory = new Memory(settings)
    this.#firstUse = new FirstUseCheck(settings)
  }

  /** Returns the access token from memory if it may be handed out without a read. This is the hot path. */
  servableToken(id: InstallationId): Promise<string> | undefined {
    return this.#memory.servable(id)?.accessToken
  }

  /** Returns the same token with the origin that it may be sent to. */
  servableBearer(id: InstallationId): BearerToken | undefined {
    const tokens = tokensOf(this.#memory.servable(id)?.record?.state)
    return tokens && { accessToken: tokens.accessToken, apiDomain: tokens.apiDomain }
  }

  /**
   * Returns the record that was read or written last, no matter how long ago. For use while the store does not answer.
   */
  remembered(id: InstallationId): OpenRecord | undefined {
    return this.#memory.get(id)?.record
  }

  /** Returns the record in memory if the machine only delivers its token, no matter when it was read last. */
  deliverable(id: InstallationId): OpenRecord | undefined {
    return this.#memory.deliverable(id)?.record
  }

  /** Returns the state in memory, if memory is still trusted and its token is valid. */
  servableState(id: InstallationId): InstallationState | undefined {
    return this.#memory.servable(id)?.record?.state
  }

  /**
   * Returns whether this grant has ended, as far as memory knows: the record was deleted or belongs to another grant.
   */
  hasEnded(id: InstallationId, grantId: string): boolean {
    const remembered = this.#memory.get(id)
    return remembered !== undefined && remembered.record?.state?.grantId !== grantId
  }

  /**
   * Reads the record from the store. Undefined: the store has no such record. With `toReplace`, a record that cannot be opened is
   * returned without a state. `until`: as in `storeAnswer`.
   * @throws {StoreError} `store_unavailable`, `unreadable_record`, `unknown_key`, `secrets_unavailable`
   */
  async read(id: InstallationId, toReplace = false, until?: number): Promise<OpenRecord | undefined> {
    const look = this.#memory.begin(id)
    try {
      const before = this.#memory.get(id)
      const stored = await this.#get(id, until)
      this.#firstUse.run()
      if (before?.record?.state !== undefined && before.record.version === stored?.version) {
        this.#memory.confirm(before, look)
        return before.record
      }
      const record = stored && { version: stored.version, state: await this.#open(id, stored, toReplace) }
      // If a write has changed the memory meanwhile, that is newer than this read.
      if (this.#memory.get(id) === before) this.#memory.set(id, record, look)
      return record
    } finally {
      this.#memory.end(id, look)
    }
  }

  /**
   * Writes a state if the record still has the version `expected`, and returns whether it did. `next: undefined`
   * deletes. `until`: as in `storeAnswer`.
   * @throws {StoreError} `store_unavailable`, if the outcome is unknown
   */
  async write(
    id: InstallationId,
    expected: string | undefined,
    next: InstallationState | undefined,
    until = Infinity,
  ): Promise<boolean> {
    const look = this.#memory.begin(id)
    try {
      const record = next === undefined ? undefined : await this.#seal(id, next)
      const isWritten = await this.#compareAndSet(
        id,
        expected,
        record,
        Math.min(until, storeDeadline(this.#settings)),
      )
      if (isWritten)
        this.#memory.set(id, record && next && { version: record.version, state: next }, look, expected)
      else this.#memory.delete(id)
      return isWritten
    } finally {
      this.#memory.end(id, look)
    }
  }

  /**
   * Seals a record with the first secret if it is sealed with another one. Keeps its state.
   * @throws {StoreError} `store_unavailable`, `unreadable_record`, `unknown_key`, `secrets_unavailable`
   */
  async reseal(id: InstallationId): Promise<'resealed' | 'current' | 'gone'> {
    for (let tries = 0; tries < mostTries; tries += 1) {
      const stored = await this.#get(id)
      if (stored === undefined) return 'gone'
      const { state, isCurrentKey } = await this.#opened(id, stored.value)
      if (isCurrentKey) return 'current'
      if (await this.write(id, stored.version, state)) return 'resealed'
    }
    throw neverWritten(id)
  }

  /**
   * Resolves when the record may have another version: to the record, if the store handed it over; undefined: read it. Never
   * resolves if the store has no `changed`, or if it fails.
   */
  async changed(
    id: InstallationId,
    version: string | undefined,
    signal: AbortSignal,
  ): Promise<OpenRecord | undefined> {
    if (version === undefined || this.#store.changed === undefined) return new Promise(() => {})
    const startedAt = this.#clock.now()
    const look = this.#memory.begin(id)
    const before = this.#memory.get(id)
    try {
      const stored = await this.#store.changed(id, version, signal)
      const record = stored && !signal.aborted ? await this.#handedOver(id, stored) : undefined
      return record && this.#memory.accept(id, record, look, { awaited: version, before })
        ? record
        : undefined
    } catch (error) {
      if (!signal.aborted)
        this.#settings.emit({
          installationId: id,
          type: 'store_failed',
          operation: 'changed',
          code: 'store_unavailable',
          durationMs: this.#clock.now() - startedAt,
          inBackground: true,
          ...causeOf(error),
        })
      return new Promise(() => {})
    } finally {
      this.#memory.end(id, look)
    }
  }

  /** Returns the state of the watch on the store. Undefined: the store does not tell, or memory is turned off. */
  watchReport(): WatchReport | undefined {
    return this.#memory.watchReport()
  }

  /** Closes the watch on the store. */
  close(): Promise<void> {
    return this.#memory.close()
  }

  /** Whether the store reports changes. */
  get canTellChanges(): boolean {
    return this.#store.changed !== undefined
  }

  #get(id: InstallationId, until?: number): Promise<StoredRecord | undefined> {
    return storeAnswer(this.#settings, 'get', () => this.#store.get(id), { installationId: id, until })
  }

  /**
   * Writes with compare-and-set. If the answer is lost, reads the record: its version tells whether the write happened. Keeps
   * a quarter of the time for that read.
   */
  async #compareAndSet(
    id: InstallationId,
    expected: string | undefined,
    record: StoredRecord | undefined,
    until: number,
  ): Promise<boolean> {
    const writtenBy = until - Math.max(until - this.#clock.now(), 0) / 4
    try {
      return await storeAnswer(
        this.#settings,
        'compareAndSet',
        () => this.#store.compareAndSet(id, expected, record),
        { installationId: id, until: writtenBy },
      )
    } catch (error) {
      const found = await this.#get(id, until)
      if (found?.version === record?.version) return true
      // Another writer has replaced the record, so this write can no longer happen, and the caller has to decide again.
      if (found?.version !== expected) return false
      throw error
    }
  }

  /** Opens a record that the store handed over. Undefined: it cannot be opened, and a read will tell why. */
  async #handedOver(id: InstallationId, stored: StoredRecord): Promise<OpenRecord | undefined> {
    try {
      return { version: stored.version, state: await this.#open(id, stored, false) }
    } catch {
      return undefined
    }
  }

  async #seal(id: InstallationId, state: InstallationState): Promise<StoredRecord> {
    const value = await this.#states.seal(id, payloadOf(state))
    const version = randomText(this.#random, 12)
    return {
      version,
      value,
      ...('tokens' in state && { dueAt: state.tokens.refreshTokenExpiresAt }),
      ...(needsAttention(state, this.#policy) && { attention: true }),
    }
  }

  async #open(
    id: InstallationId,
    stored: StoredRecord,
    toReplace: boolean,
  ): Promise<InstallationState | undefined> {
    try {
      return (await this.#opened(id, stored.value)).state
    } catch (error) {
      // While the key service does not answer, nobody knows whether the record can be opened.
      if (toReplace && error instanceof StoreError && !error.retryable) return undefined
      throw error
    }
  }

  /** @throws {StoreError} `unreadable_record`, `unknown_key`, `secrets_unavailable` */
  async #opened(
    id: InstallationId,
    value: string,
  ): Promise<{ readonly state: InstallationState; readonly isCurrentKey: boolean }> {
    const opened = await this.#states.open(id, value)
    if (!opened.ok) throw unreadable(id, opened.problem)
    return { state: opened.payload, isCurrentKey: opened.isCurrentKey }
  }
}

/** A record that still changes between read and write after so many tries means that the store breaks its contract. */
export const mostTries = 1_000

/** The error after `mostTries`. */
export function neverWritten(id: InstallationId): StoreError {
  return new StoreError(
    'store_unavailable',
    `The record of installation ${id} changed during each of ${mostTries} tries to write it.`,
    { installationId: id },
  )
}

function unreadable(id: InstallationId, problem: PayloadProblem): StoreError {
  switch (problem) {
    case 'unknown_key':
      return new StoreError(
        'unknown_key',
        `The record of installation ${id} is sealed with a secret that is not among \`secrets\`. ` +
          'Put that secret back, after the current one. The record is unchanged.',
        { installationId: id },
      )
    case 'unknown_format':
      return new StoreError(
        'unreadable_record',
        `The record of installation ${id} was written by a newer version of this library. ` +
          'Update this process. The record is unchanged.',
        { installationId: id },
      )
    case 'unreadable':
      return new StoreError(
        'unreadable_record',
        `The record of installation ${id} is damaged or belongs to another installation. ` +
          'It is unchanged. The user can connect again to replace it.',
        { installationId: id },
      )
  }
}
