import { memoryStore, type TokenStore } from '../../src/index.ts'

/** A store with one mistake that real stores make. */
export interface BrokenStore {
  readonly mistake: string
  readonly createStore: () => TokenStore
  readonly openAnother?: (store: TokenStore) => TokenStore
  /** Words from the title of a case that must catch it. */
  readonly caughtBy: string
}

/** A memory store with some methods replaced; `change` gets the sound one to build on. */
export function but(change: (sound: Required<TokenStore>) => Partial<TokenStore>): () => TokenStore {
  return () => {
    const sound = memoryStore()
    return { ...sound, ...change(sound) }
  }
}
