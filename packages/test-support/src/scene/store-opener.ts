import type { TokenStore } from '@pd/oauth-core'

/** A store with everything that the tests use. */
export type TestedStore = TokenStore & Required<Pick<TokenStore, 'due' | 'list'>>

/** A store over a connection of its own, which is closed with it. */
export interface OpenedStore extends AsyncDisposable {
  readonly store: TestedStore
  /** Creates what the store needs before its first use, a table for example. Left out by stores that need nothing. */
  readonly setUp?: (() => Promise<void>) | undefined
}

/**
 * How any process opens a store. An opener is the export `opener` of a module that runs in plain Node, because worker
 * processes import that module by its URL. `Address` says where the installations are, as JSON.
 */
export interface StoreOpener<Address> {
  /** `import.meta.url` of the module. */
  readonly module: string
  open(address: Address): OpenedStore
}
