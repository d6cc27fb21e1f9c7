import type { InstallationId } from '../../src/index.ts'
import { but, withLateMarks, type BrokenStore } from './broken-store.ts'

/** Mistakes in the attention mark. */
export const brokenAttention: readonly BrokenStore[] = [
  {
    mistake: 'get() forgets the attention mark',
    createStore: but((sound) => ({
      get: async (id) => {
        const { attention: _, ...record } = (await sound.get(id)) ?? { version: '', value: '' }
        return record.version === '' ? undefined : record
      },
    })),
    caughtBy: 'get() gives the attention mark back',
  },
  {
    mistake: 'list() does not look at attention',
    createStore: but((sound) => ({
      list: ({ companyId, cursor, limit }) =>
        sound.list({
          limit,
          ...(companyId === undefined ? {} : { companyId }),
          ...(cursor === undefined ? {} : { cursor }),
        }),
    })),
    caughtBy: 'list({ attention }) of a store without marks',
  },
  {
    mistake: 'list({ attention }) forgets the company',
    createStore: but((sound) => ({
      list: ({ companyId, ...query }) =>
        sound.list(
          query.attention === undefined && companyId !== undefined ? { ...query, companyId } : query,
        ),
    })),
    caughtBy: 'list({ attention }) gives the marked records alone',
  },
  {
    mistake: 'list({ attention }) keeps a mark that was taken away',
    createStore: but((sound) => {
      const everMarked = new Set<InstallationId>()
      return {
        compareAndSet: async (id, expected, next) => {
          const isWritten = await sound.compareAndSet(id, expected, next)
          if (isWritten && next?.attention === true) everMarked.add(id)
          return isWritten
        },
        list: async (query) => {
          if (query.attention === undefined) return sound.list(query)
          const ids = [...everMarked].filter(
            (id) => query.companyId === undefined || id.startsWith(`${query.companyId}:`),
          )
          return { ids }
        },
      }
    }),
    caughtBy: 'list({ attention }) follows updates and deletes',
  },
  {
    mistake: 'list({ attention }) learns of a write a moment later',
    createStore: but((sound) => {
      const { marked, compareAndSet } = withLateMarks(sound)
      return {
        compareAndSet,
        list: async (query) =>
          query.attention === undefined ? sound.list(query) : { ids: marked().slice(0, 100) },
      }
    }),
    caughtBy: 'F33 list({ attention }) and the records agree',
  },
]
