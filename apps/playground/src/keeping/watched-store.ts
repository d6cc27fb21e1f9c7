import type { InstallationId, TokenStore } from '@pd/oauth-core'

/** Returns a store that calls `onWrite` after each record that was written or deleted. */
export function watchedStore(store: TokenStore, onWrite: (id: InstallationId) => void): TokenStore {
  return {
    ...store,
    async compareAndSet(id, expected, next) {
      const isWritten = await store.compareAndSet(id, expected, next)
      if (isWritten) onWrite(id)
      return isWritten
    },
  }
}
