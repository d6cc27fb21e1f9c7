import type { InstallationId, TokenStore } from '../../src/index.ts'
import { but, type BrokenStore } from './broken-store.ts'

/** A store with an index of its own for `due`, which `keep` brings up to date after (or before) each write. */
function indexed(
  keep: (index: Map<InstallationId, number>, write: Write) => Promise<boolean>,
): () => TokenStore {
  return but((sound) => {
    const index = new Map<InstallationId, number>()
    return {
      compareAndSet: (id, expected, next) =>
        keep(index, { id, next, carryOut: () => sound.compareAndSet(id, expected, next) }),
      due: async (before, limit) =>
        [...index]
          .filter(([, dueAt]) => dueAt < before)
          .sort((left, right) => left[1] - right[1])
          .slice(0, limit)
          .map(([id]) => id),
    }
  })
}

interface Write {
  readonly id: InstallationId
  readonly next: Parameters<TokenStore['compareAndSet']>[2]
  readonly carryOut: () => Promise<boolean>
}

function follow(index: Map<InstallationId, number>, { id, next }: Write): void {
  if (next?.dueAt === undefined) index.delete(id)
  else index.set(id, next.dueAt)
}

/** Mistakes in `due`. */
export const brokenDue: readonly BrokenStore[] = [
  {
    mistake: 'due() gives ids in the order of writing',
    createStore: indexed(async (index, write) => {
      const isWritten = await write.carryOut()
      if (isWritten && write.next?.dueAt !== undefined) index.set(write.id, index.size)
      return isWritten
    }),
    caughtBy: 'soonest first, whatever order',
  },
  {
    mistake: 'due() sorts text',
    createStore: but((sound) => ({
      due: async (before, limit) => {
        const ids = await sound.due(before, Number.MAX_SAFE_INTEGER)
        const entries = await Promise.all(
          ids.map(async (id) => ({ id, text: String((await sound.get(id))?.dueAt) })),
        )
        return entries
          .sort((left, right) => (left.text < right.text ? -1 : 1))
          .slice(0, limit)
          .map(({ id }) => id)
      },
    })),
    caughtBy: 'sorts instants as numbers',
  },
  {
    mistake: 'due() also returns what expires at the given instant',
    createStore: but((sound) => ({ due: (before, limit) => sound.due(before + 0.001, limit) })),
    caughtBy: 'before the given instant, not at it',
  },
  {
    mistake: 'due() has no limit',
    createStore: but((sound) => ({ due: (before) => sound.due(before, Number.MAX_SAFE_INTEGER) })),
    caughtBy: 'no more than the limit',
  },
  {
    mistake: 'due() takes a record without dueAt for one that is overdue',
    createStore: indexed(async (index, write) => {
      const isWritten = await write.carryOut()
      if (isWritten && write.next !== undefined) index.set(write.id, write.next.dueAt ?? 0)
      if (isWritten && write.next === undefined) index.delete(write.id)
      return isWritten
    }),
    caughtBy: 'due() never gives a record without dueAt',
  },
  {
    mistake: 'due() still gives what was deleted',
    createStore: indexed(async (index, write) => {
      const isWritten = await write.carryOut()
      if (isWritten && write.next !== undefined) follow(index, write)
      return isWritten
    }),
    caughtBy: 'due() does not give what was deleted',
  },
  {
    mistake: 'due() keeps the first dueAt',
    createStore: indexed(async (index, write) => {
      const isWritten = await write.carryOut()
      if (isWritten && !index.has(write.id)) follow(index, write)
      return isWritten
    }),
    caughtBy: 'due() follows updates',
  },
  {
    mistake: 'due() learns of a write before it has happened',
    createStore: indexed((index, write) => {
      follow(index, write)
      return write.carryOut()
    }),
    caughtBy: 'due() is not moved by a write that was refused',
  },
  {
    mistake: 'due() is told a moment after the write, so that two writes may be told in the wrong order',
    createStore: () => {
      let writes = 0
      return indexed(async (index, write) => {
        const isWritten = await write.carryOut()
        for (let turns = (writes++ % 3) * 5; turns > 0; turns--) await undefined
        if (isWritten) follow(index, write)
        return isWritten
      })()
    },
    caughtBy: 'F33 due() and the records agree',
  },
  {
    mistake: 'due() has one place per instant',
    createStore: but((sound) => ({
      due: async (before, limit) => {
        const byInstant = new Map<unknown, InstallationId>()
        for (const id of await sound.due(before, Number.MAX_SAFE_INTEGER))
          byInstant.set((await sound.get(id))?.dueAt, id)
        return [...byInstant.values()].slice(0, limit)
      },
    })),
    caughtBy: 'expire at the same instant',
  },
  {
    mistake: 'due() gives an id where nothing is stored',
    createStore: but((sound) => ({
      due: async (before, limit) => ['9:9', ...(await sound.due(before, limit - 1))],
    })),
    caughtBy: 'due() of an empty store',
  },
]
