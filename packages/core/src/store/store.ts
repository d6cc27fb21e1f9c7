import type { InstallationId } from '../machine/account.ts'

/** One installation as a store keeps it. The store never looks inside `value`: it is sealed. */
export interface StoredRecord {
  /**
   * A random string that the client chooses anew for every write. Never a counter: a record that was deleted
   * and made again must not fit an old expectation.
   */
  readonly version: string
  /** Sealed text of printable ASCII, usually 1 to 3 KiB. */
  readonly value: string
  /** When the refresh token lapses if nobody uses it, in epoch milliseconds. A record without it is never due. */
  readonly dueAt?: number
}

/**
 * Where installations are kept. `get` and `compareAndSet` are all it takes: whatever can replace one record
 * atomically can coordinate any number of processes. Prove an implementation with `storeSuite` from
 * `@pd/oauth-core/store-suite`.
 *
 * A store may throw anything when it cannot answer; the client turns it into `StoreError`. It need not retry,
 * time out, lock, expire or encrypt.
 */
export interface TokenStore {
  /** The record, or undefined. Reads the latest write, not a replica that may lag. Rejects only when the store cannot answer. */
  get(id: InstallationId): Promise<StoredRecord | undefined>
  /**
   * Atomically replaces the record, if its version is still `expected` (undefined: if there is none).
   * `next: undefined` deletes. Resolves to whether it did.
   */
  compareAndSet(
    id: InstallationId,
    expected: string | undefined,
    next: StoredRecord | undefined,
  ): Promise<boolean>
  /** Optional. At most `limit` ids whose `dueAt` is before `before` (epoch ms), soonest first. Needed for `keepAlive()`. */
  due?(before: number, limit: number): Promise<InstallationId[]>
  /**
   * Optional. A page of ids, for one company or all, in any stable order. No `cursor` in the answer: that was
   * the last page. Needed for `installations()`.
   */
  list?(query: {
    readonly companyId?: number
    readonly cursor?: string
    readonly limit: number
  }): Promise<{ ids: InstallationId[]; cursor?: string }>
  /**
   * Optional. Resolves when the record may have changed from `version`, at once if it has already, or at `signal`.
   * Never rejects for the signal. May resolve too early or miss a change: the client reads again, and polls slowly beside it.
   * Without it, the client polls.
   */
  changed?(id: InstallationId, version: string, signal: AbortSignal): Promise<void>
}
