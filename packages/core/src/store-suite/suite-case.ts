import type { InstallationId } from '../machine/account.ts'
import type { StoredRecord, TokenStore } from '../store/store.ts'

/** One case of the suite. */
export interface SuiteCase<Store extends TokenStore = TokenStore> {
  /** A sentence: what must hold. */
  readonly title: string
  readonly run: (clients: Clients<Store>) => Promise<void>
}

/** Two clients over the same, at first empty, data; the same one twice where the store has only one. */
export interface Clients<Store extends TokenStore = TokenStore> {
  readonly store: Store
  readonly other: Store
  /** How long `changed()` and `watch()` may take to notice, in milliseconds. */
  readonly patienceMs: number
}

/** A store that has this optional method. */
export type With<Method extends OptionalMethod> = TokenStore & Required<Pick<TokenStore, Method>>

/** The methods that a store may do without. */
export type OptionalMethod = 'due' | 'list' | 'count' | 'changed' | 'watch' | 'check'

/** A record as a client would write it. */
export function recordOf(version: string, dueAt?: number, attention = false): StoredRecord {
  const value = `eyJhbGciOiJkaXIi..${version}.c2VhbGVk`
  return { version, value, ...(dueAt === undefined ? {} : { dueAt }), ...(attention ? { attention } : {}) }
}

/** Writes one record per entry, all of which must be new: `{ '1:2': dueAt | undefined }`. */
export async function fill(
  store: TokenStore,
  dueAts: Record<InstallationId, number | undefined>,
): Promise<void> {
  for (const [id, dueAt] of Object.entries(dueAts) as [InstallationId, number | undefined][])
    await store.compareAndSet(id, undefined, recordOf(`first-${id}`, dueAt))
}

/** `count` times the same thing, at once, by both clients in turn. */
export function atOnce<T, Store extends TokenStore>(
  { store, other }: Clients<Store>,
  count: number,
  run: (client: Store, index: number) => Promise<T>,
): Promise<T[]> {
  return Promise.all(Array.from({ length: count }, (_, index) => run(index % 2 === 0 ? store : other, index)))
}
