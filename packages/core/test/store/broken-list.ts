import type { InstallationId, TokenStore } from '../../src/index.ts'
import { but, type BrokenStore } from './broken-store.ts'

/** Mistakes in `list`. */
export const brokenList: readonly BrokenStore[] = [
  {
    mistake: 'list() takes company 11 for company 1',
    createStore: but((sound) => ({
      list: ({ companyId, ...page }) => filtered(sound, page, `${companyId ?? ''}`),
    })),
    caughtBy: 'F25 list() of one company',
  },
  {
    mistake: 'list() takes user 1 for company 1',
    createStore: but((sound) => ({
      list: ({ companyId, ...page }) => filtered(sound, page, companyId === undefined ? '' : `:${companyId}`),
    })),
    caughtBy: 'F25 list() of one company',
  },
  {
    mistake: 'list() counts its place in the order, which a delete moves',
    createStore: but((sound) => ({
      list: async ({ cursor, limit, ...which }) => {
        const { ids } = await sound.list({ ...which, limit: Number.MAX_SAFE_INTEGER })
        const end = Number(cursor ?? 0) + limit
        const page = ids.slice(Number(cursor ?? 0), end)
        return end < ids.length ? { ids: page, cursor: String(end) } : { ids: page }
      },
    })),
    caughtBy: 'deleted between two pages',
  },
  {
    mistake: 'list() puts what was written last at its end',
    createStore: () => {
      const order = new Map<InstallationId, number>()
      let writes = 0
      return but((sound) => ({
        compareAndSet: (id, expected, next) => {
          order.set(id, writes++)
          return sound.compareAndSet(id, expected, next)
        },
        list: async ({ cursor, limit, ...which }) => {
          const { ids } = await sound.list({ ...which, limit: Number.MAX_SAFE_INTEGER })
          const placeOf = (id: InstallationId) => order.get(id) ?? 0
          const after = ids.filter((id) => placeOf(id) > Number(cursor ?? -1))
          const page = after.sort((left, right) => placeOf(left) - placeOf(right)).slice(0, limit)
          const last = page.at(-1)
          return after.length > page.length && last !== undefined
            ? { ids: page, cursor: String(placeOf(last)) }
            : { ids: page }
        },
      }))()
    },
    caughtBy: 'added and changed between two pages',
  },
  {
    mistake: 'list() has no limit',
    createStore: but((sound) => ({
      list: (query) => sound.list({ ...query, limit: Number.MAX_SAFE_INTEGER }),
    })),
    caughtBy: 'over pages of any size',
  },
  {
    mistake: 'list() has no last page',
    createStore: but((sound) => ({
      list: async (query) => ({ cursor: '0:0', ...(await sound.list(query)) }),
    })),
    caughtBy: 'list() of an empty store',
  },
  {
    mistake: 'list() gives only what is due some time',
    createStore: but((sound) => ({
      list: async (query) => {
        const page = await sound.list(query)
        const entries = await sound.due(Number.MAX_SAFE_INTEGER, Number.MAX_SAFE_INTEGER)
        const due = new Set(entries.map(({ id }) => id))
        return { ...page, ids: page.ids.filter((id) => due.has(id)) }
      },
    })),
    caughtBy: 'with and without dueAt alike',
  },
  {
    mistake: 'list() still gives what was deleted',
    createStore: but((sound) => {
      const ever = new Set<InstallationId>()
      return {
        compareAndSet: (id, expected, next) => {
          ever.add(id)
          return sound.compareAndSet(id, expected, next)
        },
        list: async () => ({ ids: [...ever] }),
      }
    }),
    caughtBy: 'F33 list() and the records agree',
  },
]

/** Lists by a pattern over the text of ids. */
async function filtered(
  sound: Required<TokenStore>,
  page: { readonly cursor?: string; readonly limit: number },
  pattern: string,
): Promise<{ ids: InstallationId[]; cursor?: string }> {
  const found = await sound.list(page)
  return {
    ...found,
    ids: found.ids.filter((id) => (pattern.startsWith(':') ? id.endsWith(pattern) : id.startsWith(pattern))),
  }
}
