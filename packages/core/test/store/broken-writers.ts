import { memoryStore, type InstallationId, type StoredRecord, type TokenStore } from '../../src/index.ts'
import { but, type BrokenStore } from './broken-store.ts'

type Records = Map<InstallationId, StoredRecord>

/** A store made from its records and two methods, without the optional ones. */
function bare(
  make: (records: Records) => Pick<TokenStore, 'compareAndSet'> & Partial<TokenStore>,
): () => TokenStore {
  return () => {
    const records: Records = new Map()
    return { get: async (id) => records.get(id), ...make(records) }
  }
}

function put(records: Records, id: InstallationId, next: StoredRecord | undefined): true {
  if (next === undefined) records.delete(id)
  else records.set(id, { ...next })
  return true
}

/** Mistakes in `get` and `compareAndSet`. */
export const brokenWriters: readonly BrokenStore[] = [
  {
    mistake: 'compareAndSet() ignores the expectation',
    createStore: bare((records) => ({
      compareAndSet: async (id, _expected, next) => put(records, id, next),
    })),
    caughtBy: 'refuses to replace a record of another version',
  },
  {
    mistake: 'an insert is an upsert',
    createStore: bare((records) => ({
      compareAndSet: async (id, expected, next) => {
        if (expected !== undefined && records.get(id)?.version !== expected) return false
        return put(records, id, next)
      },
    })),
    caughtBy: 'refuses to insert over an existing record',
  },
  {
    mistake: 'an update is an upsert',
    createStore: bare((records) => ({
      compareAndSet: async (id, expected, next) => {
        if (records.has(id) && records.get(id)?.version !== expected) return false
        return put(records, id, next)
      },
    })),
    caughtBy: 'refuses to replace a record that does not exist',
  },
  {
    mistake: 'compareAndSet() reads, then writes',
    createStore: bare((records) => ({
      compareAndSet: async (id, expected, next) => {
        const found = records.get(id)
        await undefined
        return found?.version === expected && put(records, id, next)
      },
    })),
    caughtBy: 'of 100 concurrent updates',
  },
  {
    mistake: 'compareAndSet() inserts after a look',
    createStore: bare((records) => ({
      compareAndSet: async (id, expected, next) => {
        const isNew = !records.has(id)
        if (expected === undefined) await undefined
        const fits = expected === undefined ? isNew : records.get(id)?.version === expected
        return fits && put(records, id, next)
      },
    })),
    caughtBy: 'of 100 concurrent inserts',
  },
  {
    mistake: 'the last of many writers stays, the first is told that it won',
    createStore: bare((records) => {
      const taken = new Set<string>()
      return {
        compareAndSet: async (id, expected, next) => {
          const claim = `${id} ${expected}`
          if (records.get(id)?.version !== expected && !taken.has(claim)) return false
          put(records, id, next)
          if (taken.has(claim)) return false
          taken.add(claim)
          return true
        },
      }
    }),
    caughtBy: 'and its record is the one stored',
  },
  {
    mistake: 'revisions count from 1 again when a record is made again',
    createStore: bare((records) => {
      const revisions = new Map<string, number>()
      const current = new Map<InstallationId, number>()
      return {
        compareAndSet: async (id, expected, next) => {
          const revision = expected === undefined ? undefined : revisions.get(`${id} ${expected}`)
          if (revision !== current.get(id) || (expected !== undefined && revision === undefined)) return false
          if (next === undefined) current.delete(id)
          else {
            current.set(id, (revision ?? 0) + 1)
            revisions.set(`${id} ${next.version}`, (revision ?? 0) + 1)
          }
          return put(records, id, next)
        },
      }
    }),
    caughtBy: 'deleted and made again does not fit an old expectation',
  },
  {
    mistake: 'a delete ignores the version',
    createStore: but((sound) => ({
      compareAndSet: async (id, expected, next) => {
        const found = await sound.get(id)
        return sound.compareAndSet(id, next === undefined ? found?.version : expected, next)
      },
    })),
    caughtBy: 'refuses to delete a record of another version',
  },
  {
    mistake: 'a delete says yes whatever there was',
    createStore: but((sound) => ({
      compareAndSet: async (id, expected, next) =>
        (await sound.compareAndSet(id, expected, next)) || (next === undefined && !(await sound.get(id))),
    })),
    caughtBy: 'refuses to delete a record that does not exist',
  },
  {
    mistake: 'a delete leaves an empty record behind',
    createStore: but((sound) => ({
      compareAndSet: (id, expected, next) =>
        sound.compareAndSet(id, expected, next ?? { version: '', value: '' }),
    })),
    caughtBy: 'compareAndSet() deletes a record',
  },
  {
    mistake: 'every write is refused',
    createStore: but(() => ({ compareAndSet: async () => false })),
    caughtBy: 'compareAndSet() inserts a record',
  },
  {
    mistake: 'get() gives null where there is nothing',
    createStore: but((sound) => ({
      get: async (id) => (await sound.get(id)) ?? (null as unknown as undefined),
    })),
    caughtBy: 'get() of an installation that was never stored',
  },
  {
    mistake: 'versions are compared without case and trailing spaces, as some collations do',
    createStore: but((sound) => ({
      compareAndSet: async (id, expected, next) => {
        const found = (await sound.get(id))?.version
        const isSame = found?.toLowerCase().trimEnd() === expected?.toLowerCase().trimEnd()
        return sound.compareAndSet(id, isSame ? found : expected, next)
      },
    })),
    caughtBy: 'versions are compared exactly',
  },
  {
    mistake: 'versions that look like numbers are compared as numbers',
    createStore: but((sound) => ({
      compareAndSet: async (id, expected, next) => {
        const found = (await sound.get(id))?.version
        return sound.compareAndSet(id, Number(found) === Number(expected) ? found : expected, next)
      },
    })),
    caughtBy: 'versions are compared exactly',
  },
  {
    mistake: 'values end after 8 000 characters',
    createStore: writing((next) => ({ ...next, value: next.value.slice(0, 8_000) })),
    caughtBy: 'values of 8 KiB',
  },
  {
    mistake: 'backslashes are lost on the way',
    createStore: writing((next) => ({ ...next, value: next.value.replaceAll('\\', '') })),
    caughtBy: 'of every printable character',
  },
  {
    mistake: 'dueAt is kept in 32 bits',
    createStore: writing((next) => (next.dueAt === undefined ? next : { ...next, dueAt: next.dueAt | 0 })),
    caughtBy: 'dueAt keeps every digit',
  },
  {
    mistake: 'dueAt is kept as a whole number',
    createStore: writing((next) =>
      next.dueAt === undefined ? next : { ...next, dueAt: Math.floor(next.dueAt) },
    ),
    caughtBy: 'dueAt keeps every digit',
  },
  {
    mistake: 'an update without dueAt keeps the old one',
    createStore: but((sound) => ({
      compareAndSet: async (id, expected, next) =>
        sound.compareAndSet(id, expected, next && { ...(await dueAtOf(sound, id)), ...next }),
    })),
    caughtBy: 'dueAt comes back as it was written',
  },
  {
    mistake: 'a record without dueAt comes back with null',
    createStore: but((sound) => ({
      get: async (id) => {
        const found = await sound.get(id)
        return found && { ...found, dueAt: found.dueAt ?? (null as unknown as number) }
      },
    })),
    caughtBy: 'compareAndSet() replaces a record of the expected version',
  },
  {
    mistake: 'the key is the id without its colon',
    createStore: keyed((id) => id.replace(':', '')),
    caughtBy: 'F25 ids that resemble one another',
  },
  {
    mistake: 'the key is the user id',
    createStore: keyed((id) => id.slice(id.indexOf(':') + 1)),
    caughtBy: 'F25 ids that resemble one another',
  },
  {
    mistake: 'the ids are kept as 32-bit numbers',
    createStore: keyed((id) =>
      id
        .split(':')
        .map((part) => Number(part) | 0)
        .join(':'),
    ),
    caughtBy: 'F25 ids that resemble one another',
  },
  {
    mistake: 'one write at a time: a write that comes meanwhile is refused',
    createStore: but((sound) => {
      let isBusy = false
      return {
        compareAndSet: async (id, expected, next) => {
          if (isBusy) return false
          isBusy = true
          const isWritten = await sound.compareAndSet(id, expected, next)
          isBusy = false
          return isWritten
        },
      }
    }),
    caughtBy: 'concurrent writes of different records all succeed',
  },
  {
    mistake: 'records are handed over and kept as the very objects',
    createStore: bare((records) => ({
      compareAndSet: async (id, expected, next) => {
        if (records.get(id)?.version !== expected) return false
        if (next === undefined) records.delete(id)
        else records.set(id, next)
        return true
      },
    })),
    caughtBy: 'when a caller changes the object it wrote',
  },
  {
    mistake: 'a second client reads from a replica that lags by one write',
    createStore: () => memoryStore(),
    openAnother: (store) => {
      const seen = new Map<InstallationId, StoredRecord | undefined>()
      return {
        ...store,
        get: async (id) => {
          const late = seen.get(id)
          seen.set(id, await store.get(id))
          return late
        },
      }
    },
    caughtBy: 'what one client writes, another reads at once',
  },
]

/** A store that writes another value than the given one. */
function writing(altered: (next: StoredRecord) => StoredRecord): () => TokenStore {
  return but((sound) => ({
    compareAndSet: (id, expected, next) => sound.compareAndSet(id, expected, next && altered(next)),
  }))
}

/** A store that keeps records under a key of its own making. */
function keyed(keyOf: (id: InstallationId) => string): () => TokenStore {
  return but((sound) => ({
    get: (id) => sound.get(keyOf(id) as InstallationId),
    compareAndSet: (id, expected, next) => sound.compareAndSet(keyOf(id) as InstallationId, expected, next),
  }))
}

async function dueAtOf(store: TokenStore, id: InstallationId): Promise<{ dueAt?: number }> {
  const dueAt = (await store.get(id))?.dueAt
  return dueAt === undefined ? {} : { dueAt }
}
