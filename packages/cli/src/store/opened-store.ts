import type { TokenStore } from '@pd/oauth-core'

/** A store that is ready to use. */
export interface OpenedStore {
  readonly store: TokenStore
  /** The address without its password, for messages. */
  readonly address: string
  /** Whether the store outlives this process. */
  readonly isLasting: boolean
  close(): Promise<void>
}
