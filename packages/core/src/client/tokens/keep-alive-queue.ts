import { isInstallationId, type InstallationId } from '../../machine/account.ts'
import { ConfigurationError, type PipedriveOAuthErrorCode } from '../../errors.ts'
import { compareDue } from '../../store/due-index.ts'
import type { DueEntry } from '../../store/store.ts'
import type { Random } from '../runtime/random.ts'

/** An installation to refresh, and what earlier tries of this run came to. */
export interface Task {
  readonly id: InstallationId
  readonly tries: number
  readonly holdUps: number
  /** The failure of the last try. */
  readonly code?: PipedriveOAuthErrorCode
}

interface Retry extends Task {
  readonly code: PipedriveOAuthErrorCode
  /** When to try again, in epoch milliseconds. */
  readonly at: number
}

/** Which entries of the index a run takes: all that are due before an instant (epoch ms), and at least so many. */
export interface Selection {
  readonly dueBefore: number
  readonly atLeast: number
  /** Takes none that is due later than this, in epoch milliseconds. */
  readonly horizon: number
}

/** Reads a page of the index. Undefined: the run ends. */
type ReadPage = (before: number, limit: number, after?: DueEntry) => Promise<DueEntry[] | undefined>

const pageSize = 500
const mostRetries = 1_000

/**
 * Gives out the installations of a run, those that expire soonest first, and later those that are to be tried again. Holds
 * one page and a bounded number of retries, however many are due.
 */
export class KeepAliveQueue {
  readonly #read: ReadPage
  readonly #random: Random
  readonly #selection: Selection
  #page: InstallationId[] = []
  #after: DueEntry | undefined
  #taken = 0
  #isAtEnd = false
  #loading: Promise<void> | undefined
  #retries: Retry[] = []

  constructor(read: ReadPage, selection: Selection, random: Random) {
    this.#read = read
    this.#selection = selection
    this.#random = random
  }

  /**
   * Returns the next task, or when to ask again (epoch ms). Undefined: nothing is left. Retries come first where there are
   * as many as the queue keeps.
   */
  async next(now: number): Promise<Task | number | undefined> {
    for (;;) {
      const retry = this.#readyRetry(now)
      if (retry !== undefined) return retry
      const mayRead = this.#retries.length < mostRetries
      const id = mayRead ? this.#page.pop() : undefined
      if (id !== undefined) return { id, tries: 0, holdUps: 0 }
      if (mayRead && !this.#isAtEnd) await this.load()
      else if (this.#retries.length === 0) return undefined
      else return Math.min(...this.#retries.map(({ at }) => at))
    }
  }

  tryAgain(retry: Retry): void {
    this.#retries.push(retry)
  }

  /** Reads the next page. Callers at the same time share one read. */
  load(): Promise<void> {
    this.#loading ??= this.#load().finally(() => {
      this.#loading = undefined
    })
    return this.#loading
  }

  /** Removes and returns what was to be tried again. */
  drain(): readonly Retry[] {
    const retries = this.#retries
    this.#retries = []
    return retries
  }

  #readyRetry(now: number): Retry | undefined {
    const index = this.#retries.findIndex(({ at }) => at <= now)
    return index === -1 ? undefined : this.#retries.splice(index, 1)[0]
  }

  async #load(): Promise<void> {
    const { dueBefore, atLeast, horizon } = this.#selection
    const page = await this.#read(horizon, pageSize, this.#after)
    if (page === undefined) return void (this.#isAtEnd = true)
    const [first] = page
    if (first !== undefined && this.#after !== undefined && compareDue(first, this.#after) <= 0)
      throw new ConfigurationError(
        ['due() of the store must go on behind the entry `after`, its third argument'],
        'unsupported_by_store',
      )
    const rest = atLeast - this.#taken
    const taken = page.filter(({ dueAt }, index) => dueAt < dueBefore || index < rest)
    this.#taken += taken.length
    this.#after = page.at(-1)
    this.#isAtEnd = page.length < pageSize || taken.length < page.length
    this.#page = this.#shuffled(taken.map(({ id }) => id).filter(isInstallationId))
  }

  /** Returns the ids in random order, so that processes that start together do not all claim the same record. */
  #shuffled(ids: readonly InstallationId[]): InstallationId[] {
    return ids
      .map((id) => ({ id, order: this.#random(4).join() }))
      .sort((left, right) => (left.order < right.order ? -1 : 1))
      .map(({ id }) => id)
  }
}
