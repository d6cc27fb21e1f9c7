import { InvalidArgumentError } from '../errors.ts'
import type { InstallationId } from '../machine/account.ts'
import { DueIndex } from './due-index.ts'
import type { StoredRecord, TokenStore } from './store.ts'

/**
 * Makes a store in this process's memory, with every optional method. For tests and for a first try: a restart loses
 * everything, and other processes see nothing of it.
 *
 * @example
 * ```ts
 * import { memoryStore } from '@pd/oauth-core'
 *
 * const store = memoryStore()
 * await store.compareAndSet('1:2', undefined, { version: 'a', value: 'sealed' }) // true
 * ```
 */
export function memoryStore(): Required<TokenStore> {
  const records = new Map<InstallationId, StoredRecord>()
  const index = new DueIndex()
  const waiting = new Map<InstallationId, Set<(next?: StoredRecord) => void>>()
  const watchers = new Set<{ readonly changed: (id: InstallationId, version?: string) => void }>()

  return {
    async get(id) {
      return records.get(id)
    },

    async compareAndSet(id, expected, next) {
      if (records.get(id)?.version !== expected) return false
      if (next === undefined) records.delete(id)
      else records.set(id, Object.freeze({ ...next }))
      index.set(id, next?.dueAt)
      for (const wake of waiting.get(id) ?? []) wake(records.get(id))
      for (const { changed } of watchers) changed(id, next?.version)
      return true
    },

    async due(before, limit, after) {
      return index.page(before, limit, after)
    },

    async list({ companyId, attention, cursor, limit }) {
      if (cursor !== undefined && !/^\d+:\d+$/.test(cursor))
        throw new InvalidArgumentError('list()', ['cursor does not come from list() of memoryStore()'])
      const ids = [...records]
        .filter(([id]) => companyId === undefined || id.startsWith(`${companyId}:`))
        .filter(([id]) => cursor === undefined || id > cursor)
        .filter(([, record]) => attention === undefined || record.attention === true)
        .map(([id]) => id)
        .sort()
      const page = ids.slice(0, limit)
      const last = page.at(-1)
      return ids.length > page.length && last !== undefined ? { ids: page, cursor: last } : { ids: page }
    },

    async count(query) {
      const counts = (record: StoredRecord) =>
        'attention' in query ? record.attention === true : (record.dueAt ?? Infinity) < query.dueBefore
      return [...records.values()].filter(counts).length
    },

    async changed(id, version, signal) {
      if (signal.aborted) return undefined
      const now = records.get(id)
      if (now?.version !== version) return now
      return new Promise((resolve) => {
        const waiters = waiting.get(id) ?? new Set()
        const wake = (next?: StoredRecord) => {
          waiters.delete(wake)
          if (waiters.size === 0) waiting.delete(id)
          signal.removeEventListener('abort', leave)
          resolve(next)
        }
        const leave = () => wake()
        waiting.set(id, waiters.add(wake))
        signal.addEventListener('abort', leave)
      })
    },

    async watch(changed) {
      const watcher = { changed }
      watchers.add(watcher)
      const lost = Promise.withResolvers<undefined>()
      return {
        lost: lost.promise,
        close: async () => {
          watchers.delete(watcher)
          lost.resolve(undefined)
        },
      }
    },

    async check() {
      return []
    },
  }
}
