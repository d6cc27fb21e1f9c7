import QuickLRU from 'quick-lru'
import type { Tokens } from '../../machine/tokens.ts'

/** How many one-time tokens are remembered whose exchange is not stored yet. */
const remembered = 1_000

interface Calls {
  running: number
  isStored: boolean
}

/**
 * Exchanges tokens that Pipedrive takes once. Calls that bring the same one at the same time share one exchange. If what came of it
 * cannot be stored, a later call with the same token continues with that.
 */
export class OneTimeTokens {
  readonly #received = new QuickLRU<string, Tokens>({ maxSize: remembered })
  readonly #exchanging = new Map<string, Promise<Tokens>>()
  readonly #calls = new Map<string, Calls>()

  /** Runs a call that brings a token. What came of its exchange is kept for all that bring it meanwhile. */
  async during<T>(oneTime: string, call: () => Promise<T>): Promise<T> {
    const calls = this.#calls.get(oneTime) ?? { running: 0, isStored: false }
    this.#calls.set(oneTime, calls)
    calls.running++
    try {
      return await call()
    } finally {
      calls.running--
      if (calls.running === 0) {
        this.#calls.delete(oneTime)
        if (calls.isStored) this.#received.delete(oneTime)
      }
    }
  }

  /** Returns what a token was exchanged for last. */
  received(oneTime: string): Tokens | undefined {
    return this.#received.get(oneTime)
  }

  /** Exchanges a token, unless that happens already or what came of it is another than `known`. */
  exchanged(oneTime: string, known: Tokens | undefined, exchange: () => Promise<Tokens>): Promise<Tokens> {
    const received = this.#received.get(oneTime)
    if (received !== undefined && received !== known) return Promise.resolve(received)
    const running = this.#exchanging.get(oneTime)
    if (running !== undefined) return running
    const exchanging = exchange()
      .then((tokens) => {
        this.#received.set(oneTime, tokens)
        return tokens
      })
      .finally(() => this.#exchanging.delete(oneTime))
    this.#exchanging.set(oneTime, exchanging)
    return exchanging
  }

  /** Notes that what came of a token is stored, so that it is forgotten after the last call that brings it. */
  stored(oneTime: string): void {
    const calls = this.#calls.get(oneTime)
    if (calls !== undefined) calls.isStored = true
  }
}
