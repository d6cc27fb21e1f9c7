import { memoryStore, type TokenStore } from '@pd/oauth-core'

const stores = new Map<string, Required<TokenStore>>()

/**
 * A store in memory that everybody in this process who asks for the same name shares. It ends with the process.
 *
 * @example
 * ```ts
 * import { sharedMemoryStore } from '@pd/oauth-desktop'
 *
 * const store = sharedMemoryStore('reports') // the same one wherever it is asked for
 * ```
 */
export function sharedMemoryStore(name: string): Required<TokenStore> {
  const known = stores.get(name)
  if (known !== undefined) return known
  const store = memoryStore()
  stores.set(name, store)
  return store
}
