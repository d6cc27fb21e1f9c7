import { memoryStore, type InstallationId, type StoredRecord, type TokenStore } from '../../src/index.ts'
import { but, type BrokenStore } from './broken-store.ts'

/** How many turns of the event loop a write needs to be seen elsewhere. */
const lag = 20

async function later(work: () => void): Promise<void> {
  for (let turns = 0; turns < lag; turns++) await undefined
  work()
}

/** Two places that hear of each other's writes late, and the last one wins: Cloudflare KV, keyv over a cache, S3. */
function replicated(): { readonly here: TokenStore; readonly there: TokenStore } {
  type Place = Map<InstallationId, StoredRecord>
  const [here, there]: [Place, Place] = [new Map(), new Map()]
  const put = (place: Place, id: InstallationId, next: StoredRecord | undefined) => {
    if (next === undefined) place.delete(id)
    else place.set(id, { ...next })
  }
  const at = (own: Place, other: Place): TokenStore => ({
    get: async (id) => own.get(id),
    compareAndSet: async (id, expected, next) => {
      if (own.get(id)?.version !== expected) return false
      put(own, id, next)
      void later(() => put(other, id, next))
      return true
    },
  })
  return { here: at(here, there), there: at(there, here) }
}

/** The other place of each store of `replicated()`. */
const others = new WeakMap<TokenStore, TokenStore>()

function createReplicated(): TokenStore {
  const { here, there } = replicated()
  others.set(here, there)
  return here
}

/** Stores on ground that is only eventually consistent. No rule of theirs can be repaired on top of it. */
export const brokenEventual: readonly BrokenStore[] = [
  {
    mistake: 'each place has a copy of its own, and copies agree later: what is read elsewhere is old',
    createStore: createReplicated,
    openAnother: (store) => others.get(store) as TokenStore,
    caughtBy: 'what one client writes, another reads at once',
  },
  {
    mistake: 'get() reads from a replica that lags',
    createStore: () => {
      const primary = memoryStore()
      const replica = memoryStore()
      return {
        get: (id) => replica.get(id),
        compareAndSet: async (id, expected, next) => {
          const isWritten = await primary.compareAndSet(id, expected, next)
          const version = isWritten ? (await replica.get(id))?.version : undefined
          if (isWritten) void later(() => void replica.compareAndSet(id, version, next))
          return isWritten
        },
      }
    },
    caughtBy: 'inserts a record where there is none',
  },
  {
    mistake: 'due() reads from an index that follows later, as the secondary indexes of DynamoDB do',
    createStore: but((sound) => {
      const index = memoryStore()
      return {
        compareAndSet: async (id, expected, next) => {
          const isWritten = await sound.compareAndSet(id, expected, next)
          const version = isWritten ? (await index.get(id))?.version : undefined
          if (isWritten) void later(() => void index.compareAndSet(id, version, next))
          return isWritten
        },
        due: index.due,
      }
    }),
    caughtBy: 'what expires soonest first',
  },
]
