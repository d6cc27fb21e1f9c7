import { memoryStore, type InstallationId, type TokenStore } from '../../src/index.ts'

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

/** A `compareAndSet` that notes the marked records in a place of its own, now and then a moment after the write. */
export function withLateMarks(sound: TokenStore): {
  readonly marked: () => InstallationId[]
  readonly compareAndSet: TokenStore['compareAndSet']
} {
  const marks = new Map<InstallationId, boolean>()
  let writes = 0
  return {
    marked: () => [...marks].flatMap(([id, isMarked]) => (isMarked ? [id] : [])),
    compareAndSet: async (id, expected, next) => {
      const isWritten = await sound.compareAndSet(id, expected, next)
      for (let turns = (writes++ % 3) * 5; turns > 0; turns--) await undefined
      if (isWritten) marks.set(id, next?.attention === true)
      return isWritten
    },
  }
}
