import { seededRandom } from './seeded-random.ts'
import type { TokenStore } from '../store/store.ts'

export interface InterleavedOptions {
  /** Decides the order, which is the same for the same seed and the same calls. */
  readonly seed: number
}

/**
 * A store whose calls reach the store beneath in shuffled order, and whose answers come back in shuffled order, so that
 * races show which a fast store hides. Uses no timers: of the calls that are under way, the seed draws the ones that get
 * on. Each call stays as atomic as the store beneath makes it.
 *
 * Not guaranteed: the same order over a store that itself takes real time.
 *
 * @example
 * ```ts
 * import { memoryStore } from '@pd/oauth-core'
 * import { interleaved } from '@pd/oauth-core/store-suite'
 *
 * const store = interleaved(memoryStore(), { seed: 7 })
 * const [first, second] = await Promise.all([
 *   store.compareAndSet('1:2', undefined, { version: 'a', value: 'sealed' }),
 *   store.compareAndSet('1:2', undefined, { version: 'b', value: 'sealed' }),
 * ])
 * console.log(first !== second) // true: one of them, by the seed
 * ```
 */
export function interleaved(store: TokenStore, { seed }: InterleavedOptions): TokenStore {
  const crossing = new Crossing(seededRandom(seed))
  const { due, list, count, changed, watch, check } = store
  return {
    get: (id) => crossing.pass(() => store.get(id)),
    compareAndSet: (id, expected, next) => crossing.pass(() => store.compareAndSet(id, expected, next)),
    ...(due && { due: (before, limit, after) => crossing.pass(() => due.call(store, before, limit, after)) }),
    ...(list && { list: (query) => crossing.pass(() => list.call(store, query)) }),
    ...(count && { count: (query) => crossing.pass(() => count.call(store, query)) }),
    ...(check && { check: () => crossing.pass(() => check.call(store)) }),
    // News comes when it comes: a watch has no answer whose order could matter.
    ...(watch && { watch: (hear, options) => watch.call(store, hear, options) }),
    ...(changed && {
      changed: (id, version, signal) => crossing.pass(() => changed.call(store, id, version, signal)),
    }),
  }
}

/** How many steps of a chain of awaits the others get, at most, to arrive at the crossing, too. */
const mostTurns = 12

/** Where calls wait for each other, to be let through in another order. */
class Crossing {
  readonly #random: () => number
  readonly #waiting: (() => void)[] = []
  #isOpen = false

  constructor(random: () => number) {
    this.#random = random
  }

  /** A call, held up before it begins and after it has ended, well or badly. */
  async pass<T>(call: () => Promise<T>): Promise<T> {
    await this.#turn()
    try {
      return await call()
    } finally {
      await this.#turn()
    }
  }

  #turn(): Promise<void> {
    return new Promise((resolve) => {
      this.#waiting.push(resolve)
      if (!this.#isOpen) void this.#letThrough()
    })
  }

  async #letThrough(): Promise<void> {
    this.#isOpen = true
    while (this.#waiting.length > 0) {
      // Every other time without a pause, so that calls also run side by side in the store beneath.
      for (let turns = this.#draw(2 * mostTurns) - mostTurns; turns > 0; turns--) await undefined
      const [next] = this.#waiting.splice(this.#draw(this.#waiting.length), 1)
      next?.()
    }
    this.#isOpen = false
  }

  #draw(below: number): number {
    return Math.floor(this.#random() * below)
  }
}
