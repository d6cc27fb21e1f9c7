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
  /** When the refresh token expires if nobody uses it, in epoch milliseconds. A record without it is never due. */
  readonly dueAt?: number
  /** Whether somebody should look at the installation, for instance because its user has to connect again. */
  readonly attention?: boolean
}

/** Which ids `list()` gives. */
export interface ListQuery {
  /** Only those of this company. */
  readonly companyId?: number
  /** Only those of records with `attention`. */
  readonly attention?: true
  /**
   * Where the previous page ended. Reject a text that cannot be one of yours with `InvalidArgumentError`: it may come from another
   * store, and a caller that goes on from there leaves records out without knowing it.
   */
  readonly cursor?: string
  /** At most so many, at least 1. */
  readonly limit: number
}

/** A page of ids. */
export interface ListPage {
  readonly ids: InstallationId[]
  /** Where the next page begins. Absent: this was the last one. */
  readonly cursor?: string
}

/** An entry of the index of what is due: an id, and the `dueAt` of its record. */
export interface DueEntry {
  readonly id: InstallationId
  readonly dueAt: number
}

/** Which records `count()` counts: those with `attention`, or those whose `dueAt` is before an instant (epoch ms). */
export type CountQuery = { readonly attention: true } | { readonly dueBefore: number }

/** How a watch shows that it hears. */
export interface WatchOptions {
  /** How often the connection has to be checked, in milliseconds. */
  readonly heartbeatMs: number
  /**
   * Call it when a heartbeat is sent, the first one before `watch` resolves. Call what it returns when the heartbeat has come
   * back, with every change before it: that proves that changes are heard until the first call. A store that can miss no
   * change, such as one in this process's memory, never calls it.
   */
  readonly heartbeat?: (() => () => void) | undefined
}

/** A running watch: until `lost` resolves, the store reports every change. */
export interface StoreWatch {
  /**
   * Resolves when changes may have been missed from now on, to the error that caused it. Undefined: `close()` was called, or
   * the application has closed the connection. Never rejects.
   */
  readonly lost: Promise<unknown>
  /** Ends the watch. Resolves when nothing more will be told. */
  close(): Promise<void>
}

/** What `check()` of a store found. Sentences without secrets. */
export interface StoreFinding {
  /**
   * `problem`: records get lost while everything works as configured. `warning`: records may get lost when a server or a
   * disk fails. `unchecked`: the store could not find out.
   */
  readonly status: 'problem' | 'warning' | 'unchecked'
  /** What is the case, for instance that the server deletes records when its memory is full. */
  readonly found: string
  /** What to do about it. */
  readonly fix: string
}

/**
 * Keeps installations. `get` and `compareAndSet` are all it takes: a store that can replace one record atomically can
 * coordinate any number of processes. Prove an implementation with `storeSuite` from `@pd/oauth-core/store-suite`.
 *
 * A store may throw anything when it cannot answer; the client turns it into `StoreError`, unless it is one, whose message
 * says what to do. It throws `ConfigurationError` if a retry cannot help, because a table is missing, for example, and
 * `InvalidArgumentError` for a cursor that is not its own; the client passes these on. A store need not retry, time
 * out, lock, expire or encrypt.
 */
export interface TokenStore {
  /** The record, or undefined. Reads the latest write, not a replica that may lag. Rejects only when the store cannot answer. */
  get(id: InstallationId): Promise<StoredRecord | undefined>
  /**
   * Atomically replaces the record, if its version is still `expected` (undefined: if there is none).
   * `next: undefined` deletes. Resolves to whether it did. Everything that `due`, `list` and `count` answer from changes in
   * the same step.
   */
  compareAndSet(
    id: InstallationId,
    expected: string | undefined,
    next: StoredRecord | undefined,
  ): Promise<boolean>
  /**
   * Optional. At most `limit` entries whose `dueAt` is before `before` (epoch ms), ordered by `dueAt`, those of one instant
   * by their id as text. With `after`, only entries that come after it in this order, whether or not there still is such an
   * entry. Needed for `keepAlive()`.
   */
  due?(before: number, limit: number, after?: DueEntry): Promise<DueEntry[]>
  /** Optional. A page of ids, in any stable order. Needed for `installations()`, `reseal()` and `keepAlive()`. */
  list?(query: ListQuery): Promise<ListPage>
  /** Optional. How many records there are of a kind. Needed for the counts of `health()`. */
  count?(query: CountQuery): Promise<number>
  /**
   * Optional. Resolves when the record may have changed from `version`, at once if it has already, or at `signal`.
   * Never rejects for the signal. May resolve too early or miss a change: the client reads again, and polls slowly beside it.
   * It may resolve to the record that is there instead of `version`, and saves that read: only to one that was stored at some
   * moment since the call. Without this method, the client polls.
   */
  changed?(id: InstallationId, version: string, signal: AbortSignal): Promise<StoredRecord | void>
  /**
   * Optional. Reports every change of every record by any process, from when it resolves until `lost` resolves. It calls
   * `changed` with the id and, if the store knows it, the new version. Calls may be late, doubled, out of order, and about
   * own changes. A silent connection counts as lost after `heartbeatMs` and the time that one answer may take, at most a
   * second. The client trusts its memory for as long. An open watch keeps no process running. Rejects when the store cannot
   * answer.
   */
  watch?(changed: (id: InstallationId, version?: string) => void, options: WatchOptions): Promise<StoreWatch>
  /**
   * Optional. Returns what endangers the records in the server or the file behind the store: eviction, missing persistence.
   * Empty if nothing does. Only reads, costs a few round trips at most, and rejects only when the store cannot answer: what
   * it has no right to read is a finding with the status `unchecked`. Called by each client at the first use of the store, and
   * again a minute later if that failed; and by each `checkStore()` and `health()`.
   */
  check?(): Promise<readonly StoreFinding[]>
}
