import { memoryStore, type InstallationId, type StoredRecord, type TokenStore } from '../../src/index.ts'
import { but, type BrokenStore } from './broken-store.ts'

/** Mistakes in `changed`. */
export const brokenChanged: readonly BrokenStore[] = [
  {
    mistake: 'changed() never resolves',
    createStore: but(() => ({ changed: () => new Promise(() => {}) })),
    caughtBy: 'changed() resolves when another client updates',
  },
  {
    mistake: 'changed() rejects at the signal',
    createStore: but((sound) => ({
      changed: async (id, version, signal) => {
        await sound.changed(id, version, signal)
        signal.throwIfAborted()
      },
    })),
    caughtBy: 'changed() resolves when the signal comes',
  },
  {
    mistake: 'changed() does not hear the signal',
    createStore: but((sound) => ({
      changed: (id, version) => sound.changed(id, version, new AbortController().signal),
    })),
    caughtBy: 'changed() resolves at once when the signal came before',
  },
  {
    mistake: 'changed() resolves for the first caller only',
    createStore: but((sound) => {
      const taken = new Set<InstallationId>()
      return {
        changed: async (id, version, signal) => {
          if (taken.has(id)) return new Promise(() => {})
          taken.add(id)
          return sound.changed(id, version, signal)
        },
      }
    }),
    caughtBy: 'every one of 50 callers',
  },
  {
    mistake: 'changed() waits for the next message, also when the record has changed already',
    createStore: but((sound) => ({
      changed: async (id, _version, signal) => {
        const now = await sound.get(id)
        return sound.changed(id, now?.version ?? '', signal)
      },
    })),
    caughtBy: 'at once when the record has another version already',
  },
  {
    mistake: 'changed() waits for a record to appear where there is none',
    createStore: but((sound) => ({
      changed: async (id, version, signal) => {
        if ((await sound.get(id)) === undefined) return new Promise(() => {})
        return sound.changed(id, version, signal)
      },
    })),
    caughtBy: 'at once when there is no such record',
  },
  {
    mistake: 'changed() is not told of deletes',
    createStore: () => {
      const sound = memoryStore()
      const silent = memoryStore()
      return {
        ...sound,
        compareAndSet: (id, expected, next) => {
          if (next !== undefined) void silent.compareAndSet(id, expected, next)
          return sound.compareAndSet(id, expected, next)
        },
        changed: silent.changed,
      }
    },
    caughtBy: 'changed() resolves when the record is deleted',
  },
  {
    mistake: 'changed() hears its own client only',
    createStore: () => withOwnEars(memoryStore()),
    openAnother: (store) => withOwnEars(sharedBy.get(store) ?? store),
    caughtBy: 'changed() resolves when another client updates',
  },
  {
    mistake: 'changed() lets all callers go when one goes',
    createStore: but((sound) => {
      let together = new AbortController()
      return {
        changed: async (id, version, signal) => {
          const leave = () => {
            const all = together
            together = new AbortController()
            all.abort()
          }
          signal.addEventListener('abort', leave)
          const mine = together.signal
          await sound.changed(id, version, mine)
          if (mine.aborted && !signal.aborted) return new Promise(() => {})
        },
      }
    }),
    caughtBy: 'goes on for the others when one caller goes away',
  },
  {
    mistake: 'changed() tells one change and no more',
    createStore: but((sound) => {
      let isSpent = false
      return {
        changed: async (id, version, signal) => {
          if (isSpent) return new Promise(() => {})
          await sound.changed(id, version, signal)
          isSpent = true
        },
      }
    }),
    caughtBy: 'changed() tells one change after another',
  },
  {
    mistake: 'changed() hands over the record that was replaced',
    createStore: but((sound) => ({
      changed: async (id, version, signal) => {
        const before = await sound.get(id)
        await sound.changed(id, version, signal)
        return before
      },
    })),
    caughtBy: 'changed() resolves when another client updates',
  },
  {
    mistake: 'changed() hands over a record that was deleted',
    createStore: but((sound) => ({
      changed: async (id, version, signal) => {
        const before = await sound.get(id)
        const next = await sound.changed(id, version, signal)
        return next ?? before
      },
    })),
    caughtBy: 'changed() resolves when the record is deleted',
  },
  {
    mistake: 'changed() hands over what every record has, and not what some have',
    createStore: but((sound) => ({
      changed: async (id, version, signal) => {
        const next = await sound.changed(id, version, signal)
        return next && { version: next.version, value: next.value }
      },
    })),
    caughtBy: 'changed() hands over the stored record, or none',
  },
  {
    mistake: 'changed() hands over the record that came next, although another one has replaced it since',
    createStore: but((sound) => {
      const nextOf = new Map<string | undefined, StoredRecord | undefined>()
      return {
        compareAndSet: async (id, expected, next) => {
          const isWritten = await sound.compareAndSet(id, expected, next)
          if (isWritten) nextOf.set(expected, next)
          return isWritten
        },
        changed: async (id, version, signal) => {
          await sound.changed(id, version, signal)
          return nextOf.get(version)
        },
      }
    }),
    caughtBy: 'changed() hands over no record that was replaced before the call',
  },
  {
    mistake: 'changed() hands over the record that was written last, of any installation',
    createStore: but((sound) => {
      let last: StoredRecord | undefined
      return {
        compareAndSet: async (id, expected, next) => {
          const isWritten = await sound.compareAndSet(id, expected, next)
          if (isWritten) last = next
          return isWritten
        },
        changed: async (id, version, signal) => {
          await sound.changed(id, version, signal)
          return last
        },
      }
    }),
    caughtBy: 'changed() hands over no record that was replaced before the call',
  },
  {
    mistake: 'changed() hands over the version of one record with the value of a later one',
    createStore: but((sound) => ({
      changed: async (id, version, signal) => {
        const next = await sound.changed(id, version, signal)
        for (let turns = 0; turns < 20; turns++) await undefined
        const later = await sound.get(id)
        return next && later && { ...later, version: next.version }
      },
    })),
    caughtBy: 'changed() hands over one whole record while others follow',
  },
]

const sharedBy = new WeakMap<TokenStore, TokenStore>()

/** A client that wakes its own callers only, over records it shares with others. */
function withOwnEars(shared: TokenStore): TokenStore {
  const own = memoryStore()
  const client: TokenStore = {
    ...shared,
    compareAndSet: (id, expected, next) => {
      void own.compareAndSet(id, expected, next)
      return shared.compareAndSet(id, expected, next)
    },
    changed: own.changed,
  }
  sharedBy.set(client, shared)
  return client
}
