import { but, withLateMarks, type BrokenStore } from './broken-store.ts'

/** Mistakes in `count`. */
export const brokenCount: readonly BrokenStore[] = [
  {
    mistake: 'count() is never 0',
    createStore: but((sound) => ({ count: async (query) => Math.max(1, await sound.count(query)) })),
    caughtBy: 'count() of an empty store is 0',
  },
  {
    mistake: 'count({ dueBefore }) also counts what is due at the instant',
    createStore: but((sound) => ({
      count: (query) => sound.count('dueBefore' in query ? { dueBefore: query.dueBefore + 0.001 } : query),
    })),
    caughtBy: 'count({ dueBefore }) counts the records that due() gives',
  },
  {
    mistake: 'count({ attention }) counts every record',
    createStore: but((sound) => ({
      count: async (query) =>
        'attention' in query ? (await sound.list({ limit: 1_000 })).ids.length : sound.count(query),
    })),
    caughtBy: 'count({ attention }) counts the marked records alone',
  },
  {
    mistake: 'count() is a number that refused writes raise',
    createStore: but((sound) => {
      let refused = 0
      return {
        compareAndSet: async (id, expected, next) => {
          const isWritten = await sound.compareAndSet(id, expected, next)
          if (!isWritten) refused += 1
          return isWritten
        },
        count: async (query) => refused + (await sound.count(query)),
      }
    }),
    caughtBy: 'count() follows updates and deletes',
  },
  {
    mistake: 'count() is a counter that is kept a moment after the write',
    createStore: but((sound) => {
      const { marked, compareAndSet } = withLateMarks(sound)
      return {
        compareAndSet,
        count: async (query) => ('attention' in query ? marked().length : sound.count(query)),
      }
    }),
    caughtBy: 'F33 count() and the records agree',
  },
]
