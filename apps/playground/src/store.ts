import { memoryStore, type InstallationId, type TokenStore } from '@pd/oauth-core'

/** Where the playground keeps its installations. The one place to change for another store. */
export function openStore(): TokenStore {
  return memoryStore()
}

/** The same store, telling of every record that was written or deleted. */
export function watched(store: TokenStore, onWrite: (id: InstallationId) => void): TokenStore {
  return {
    ...store,
    async compareAndSet(id, expected, next) {
      const landed = await store.compareAndSet(id, expected, next)
      if (landed) onWrite(id)
      return landed
    },
  }
}
