import type { TokenStore } from '../../src/index.ts'

/** Carries out a call to the store: it may fail, delay or skip the work. */
export type Trouble = <T>(work: () => Promise<T>) => Promise<T>

type Method = keyof Required<TokenStore>

/** A store that can fail: `meet` gives one method a trouble, `recover` ends all troubles. */
export interface TroubledStore {
  readonly store: Required<TokenStore>
  /** For all calls from now on, or for the next `times` calls. */
  meet(method: Method, trouble: Trouble, times?: number): void
  recover(): void
  /** Returns how many calls a method has had. */
  calls(method: Method): number
}

/** Returns a view of a store, as one process sees it, with its own troubles. */
export function troubledStore(inner: Required<TokenStore>): TroubledStore {
  const troubles = new Map<Method, { trouble: Trouble; left: number }>()
  const counts = new Map<Method, number>()

  const through = <T>(method: Method, work: () => Promise<T>): Promise<T> => {
    counts.set(method, (counts.get(method) ?? 0) + 1)
    const met = troubles.get(method)
    if (met === undefined || met.left <= 0) return work()
    met.left -= 1
    return met.trouble(work)
  }

  return {
    store: {
      get: (id) => through('get', () => inner.get(id)),
      compareAndSet: (id, expected, next) =>
        through('compareAndSet', () => inner.compareAndSet(id, expected, next)),
      due: (before, limit, after) => through('due', () => inner.due(before, limit, after)),
      list: (query) => through('list', () => inner.list(query)),
      count: (query) => through('count', () => inner.count(query)),
      watch: (changed, options) => through('watch', () => inner.watch(changed, options)),
      changed: (id, version, signal) => through('changed', () => inner.changed(id, version, signal)),
      check: () => through('check', () => inner.check()),
    },
    meet: (method, trouble, times = Number.POSITIVE_INFINITY) =>
      void troubles.set(method, { trouble, left: times }),
    recover: () => troubles.clear(),
    calls: (method) => counts.get(method) ?? 0,
  }
}

/** The store cannot be reached. */
export const rejects: Trouble = async () => {
  throw new Error('connect ECONNREFUSED 10.0.0.7:6379')
}

/** The store never answers, and does nothing. */
export const hangs: Trouble = () => new Promise(() => {})

/** The store does the work, and its answer is lost. */
export const losesAnswer: Trouble = async (work) => {
  await work()
  throw new Error('read ECONNRESET')
}

/** The call waits for a promise, then does the work. */
export function waitsFor(released: Promise<unknown>): Trouble {
  return async (work) => {
    await released
    return work()
  }
}
