import type { InstallationId, TokenStore } from '../../src/index.ts'
import type { DueEntry } from '../../src/adapter.ts'
import { compareDue } from '../../src/store/due-index.ts'
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
      due: async (before, limit, after) =>
        [...index]
          .map(([id, dueAt]) => ({ id, dueAt }))
          .filter((entry) => entry.dueAt < before && (after === undefined || compareDue(entry, after) > 0))
          .sort(compareDue)
          .slice(0, limit),
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
        const entries = await sound.due(before, Number.MAX_SAFE_INTEGER)
        return entries
          .sort((left, right) => (String(left.dueAt) < String(right.dueAt) ? -1 : 1))
          .slice(0, limit)
      },
    })),
    caughtBy: 'sorts instants as numbers',
  },
  {
    mistake: 'due() also returns what expires at the given instant',
    createStore: but((sound) => ({ due: (before, limit, after) => sound.due(before + 0.001, limit, after) })),
    caughtBy: 'before the given instant, not at it',
  },
  {
    mistake: 'due() has no limit',
    createStore: but((sound) => ({
      due: (before, _, after) => sound.due(before, Number.MAX_SAFE_INTEGER, after),
    })),
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
        const byInstant = new Map<number, DueEntry>()
        for (const entry of await sound.due(before, Number.MAX_SAFE_INTEGER))
          byInstant.set(entry.dueAt, entry)
        return [...byInstant.values()].slice(0, limit)
      },
    })),
    caughtBy: 'expire at the same instant',
  },
  {
    mistake: 'due() gives an id where nothing is stored',
    createStore: but((sound) => ({
      due: async (before, limit) => [{ id: '9:9', dueAt: 1 }, ...(await sound.due(before, limit - 1))],
    })),
    caughtBy: 'due() of an empty store',
  },
  {
    mistake: 'due() gives another instant than that of the record',
    createStore: but((sound) => ({
      due: async (before, limit, after) =>
        (await sound.due(before, limit, after)).map(({ id, dueAt }) => ({ id, dueAt: Math.trunc(dueAt) })),
    })),
    caughtBy: 'each id with the dueAt of its record',
  },
  {
    mistake: 'due() takes no notice of `after`',
    createStore: but((sound) => ({ due: (before, limit) => sound.due(before, limit) })),
    caughtBy: 'behind an entry that has moved',
  },
  {
    mistake: 'due() goes on behind the instant of `after`, and skips others of that instant',
    createStore: but((sound) => ({
      due: (before, limit, after) =>
        sound.due(before, limit, after && { id: '9:999999', dueAt: after.dueAt }),
    })),
    caughtBy: 'gives every entry once',
  },
  {
    mistake: 'due() goes on from the instant of `after`, and repeats others of that instant',
    createStore: but((sound) => ({
      due: (before, limit, after) => sound.due(before, limit, after && { id: '0:0', dueAt: after.dueAt }),
    })),
    caughtBy: 'gives every entry once',
  },
  {
    mistake: 'due() looks for the entry `after` itself, and begins anew if it is gone',
    createStore: but((sound) => ({
      due: async (before, limit, after) => {
        const all = await sound.due(before, Number.MAX_SAFE_INTEGER)
        const place = all.findIndex(({ id, dueAt }) => id === after?.id && dueAt === after.dueAt)
        return all.slice(place + 1, place + 1 + limit)
      },
    })),
    caughtBy: 'behind an entry that has moved',
  },
  {
    mistake: 'due() orders the ids of one instant as numbers',
    createStore: but((sound) => ({
      due: async (before, limit) =>
        (await sound.due(before, Number.MAX_SAFE_INTEGER))
          .sort(
            (left, right) => left.dueAt - right.dueAt || Number.parseInt(left.id) - Number.parseInt(right.id),
          )
          .slice(0, limit),
    })),
    caughtBy: 'due() orders the ids of one instant as text',
  },
]
