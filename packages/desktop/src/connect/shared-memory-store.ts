import { memoryStore, type TokenStore } from '@pd/oauth-core'

const stores = new Map<string, Required<TokenStore>>()

/**
 * Returns the store in memory that has this name. All callers in the process share it; it ends with the process.
 *
 * @example
 * ```ts
 * import { sharedMemoryStore } from '@pd/oauth-desktop'
 *
 * const store = sharedMemoryStore('reports') // the same store in every module that asks for it
 * ```
 */
export function sharedMemoryStore(name: string): Required<TokenStore> {
  const known = stores.get(name)
  if (known !== undefined) return known
  const store = memoryStore()
  stores.set(name, store)
  return store
}
