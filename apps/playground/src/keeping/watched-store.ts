import type { InstallationId, TokenStore } from '@pd/oauth-core'

/** The same store, telling of every record that was written or deleted. */
export function watchedStore(store: TokenStore, onWrite: (id: InstallationId) => void): TokenStore {
  return {
    ...store,
    async compareAndSet(id, expected, next) {
      const landed = await store.compareAndSet(id, expected, next)
      if (landed) onWrite(id)
      return landed
    },
  }
}
