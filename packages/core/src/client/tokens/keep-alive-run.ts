import type { InstallationId } from '../../machine/account.ts'
import { refreshTokenLifetimeMs } from '../../protocol/token-answer.ts'
import type { DueEntry } from '../../store/store.ts'
import { listedPages } from '../records/listing.ts'
import { storeAnswer } from '../records/store-answer.ts'
import type { KeepAliveStop } from '../runtime/keep-alive-counts.ts'
import type { Settings } from '../runtime/settings.ts'
import type { AccessTokens, KeptAlive } from './access-tokens.ts'
import { codeOf, isOfStore, isTemporary, KeepAliveCourse, mayBeOutage } from './keep-alive-course.ts'
import { KeepAliveQueue, type Selection, type Task } from './keep-alive-queue.ts'
import type { KeepAliveTally } from './keep-alive-report.ts'
import type { TokenEndpoint } from './token-endpoint.ts'

/** What a run works with. */
export interface RunParts {
  readonly settings: Settings
  readonly tokens: AccessTokens
  readonly endpoint: TokenEndpoint
  readonly tally: KeepAliveTally
  /** Reads the index. */
  readonly due: (before: number, limit: number, after?: DueEntry) => Promise<DueEntry[]>
}

/** The options of a run, with their defaults filled in. */
export interface RunOptions {
  readonly concurrency: number
  readonly perSecond: number
  readonly signal: AbortSignal | undefined
  readonly dryRun: boolean
}

const mostTries = 2
const mostHoldUpsOfOne = 10

/** One run of `keepAlive()`: several lanes take installations from one queue. */
export class KeepAliveRun {
  readonly #parts: RunParts
  readonly #options: RunOptions
  readonly #queue: KeepAliveQueue
  /** Takes no entry that is due later, in epoch milliseconds. */
  #horizon: number
  readonly #course: KeepAliveCourse

  constructor(parts: RunParts, selection: Selection, options: RunOptions) {
    const { settings } = parts
    this.#parts = parts
    this.#options = options
    this.#horizon = selection.horizon
    this.#course = new KeepAliveCourse(settings, parts.endpoint, options)
    this.#queue = new KeepAliveQueue(
      (before, limit, after) =>
        this.#readPage(() => parts.due(Math.min(before, this.#horizon), limit, after)),
      selection,
      settings.random,
    )
  }

  /** Refreshes what is due. Resolves to why it ended early. */
  async refresh(): Promise<KeepAliveStop | undefined> {
    await Promise.all(Array.from({ length: this.#options.concurrency }, () => this.#lane()))
    for (const { id, code } of this.#queue.drain()) this.#parts.tally.add({ id, outcome: 'failed', code })
    return this.#course.stop
  }

  /** Deletes the records of grants that have long been dead. Resolves to why it ended early. */
  async forget(): Promise<KeepAliveStop | undefined> {
    const { settings } = this.#parts
    try {
      for await (const ids of listedPages(settings, 'keepAlive', { attention: true })) {
        const waiting = [...ids]
        const lane = async () => {
          for (let id = waiting.pop(); id !== undefined && this.#course.goesOn(); id = waiting.pop())
            await this.#forget(id)
        }
        await Promise.all(Array.from({ length: this.#options.concurrency }, lane))
        if (!this.#course.goesOn()) break
      }
    } catch (error) {
      this.#course.end({ reason: 'outage', code: codeOf(error) })
    }
    return this.#course.stop
  }

  async #lane(): Promise<void> {
    while (this.#course.goesOn()) {
      await this.#course.question
      if (!this.#course.goesOn()) return
      // Once the clock was set back, what the run refreshes expires earlier than it assumed.
      this.#horizon = Math.min(this.#horizon, this.#parts.settings.clock.now() + refreshTokenLifetimeMs)
      const next = await this.#queue.next(this.#course.now())
      if (next === undefined) return
      if (typeof next === 'number') await this.#course.sleepUntil(next)
      else await this.#attempt(next)
    }
  }

  async #attempt(task: Task): Promise<void> {
    const { tokens } = this.#parts
    let sentAt = this.#course.now()
    let kept: KeptAlive
    try {
      if (!this.#options.dryRun) await tokens.saveUnsaved(task.id)
      kept = await tokens.foreseeKeepAlive(task.id, this.#horizon)
      if (!this.#options.dryRun && kept.type !== 'skipped' && kept.type !== 'absent') {
        if (kept.type === 'refreshed' && !(await this.#course.turn())) return this.#putBack(task)
        sentAt = this.#course.now()
        kept = await tokens.keepAlive(task.id, this.#horizon)
      }
    } catch (error) {
      kept = { type: 'failed', code: codeOf(error) }
    }
    if (kept.type === 'failed') this.#onFailed(task, kept, sentAt)
    else await this.#onKept(task.id, kept, sentAt)
  }

  async #onKept(
    id: InstallationId,
    kept: Exclude<KeptAlive, { type: 'failed' }>,
    sentAt: number,
  ): Promise<void> {
    const { tally } = this.#parts
    if (kept.type === 'skipped') return tally.add({ id, outcome: 'skipped', reason: kept.reason })
    if (kept.type === 'absent') await this.#removeEntry(id)
    if (kept.type === 'refreshed') this.#course.onAnswer(sentAt)
    tally.add({ id, outcome: kept.type })
  }

  #onFailed(
    task: Task,
    { code, retryAfterMs, holdUp }: Extract<KeptAlive, { type: 'failed' }>,
    sentAt: number,
  ) {
    const { settings } = this.#parts
    const at = this.#course.now() + (retryAfterMs ?? settings.policy.cooldownMs)
    if (holdUp !== undefined) {
      this.#course.onHoldUp(holdUp.ms, sentAt)
      const holdUps = task.holdUps + 1
      if (holdUps < mostHoldUpsOfOne) return this.#queue.tryAgain({ ...task, holdUps, code, at })
    } else if (mayBeOutage(code, retryAfterMs)) {
      this.#course.onFailure(code)
      const tries = task.tries + 1
      if (tries < mostTries && isTemporary(code)) return this.#queue.tryAgain({ ...task, tries, code, at })
    } else if (code === 'reauthorization_required') this.#course.onAnswer(sentAt)
    this.#parts.tally.add({ id: task.id, outcome: 'failed', code })
  }

  async #readPage(read: () => Promise<DueEntry[]>): Promise<DueEntry[] | undefined> {
    let page: DueEntry[] | undefined
    const attempt = async () => {
      try {
        page = await read()
        return undefined
      } catch (error) {
        if (isOfStore(codeOf(error))) return codeOf(error)
        throw error
      }
    }
    if ((await attempt()) !== undefined) await this.#course.settle(attempt)
    return page
  }

  async #forget(id: InstallationId): Promise<void> {
    const { tokens, tally } = this.#parts
    await this.#course.question
    try {
      // No refresh token expires before 0, so this refreshes nothing.
      const foreseen = await tokens.foreseeKeepAlive(id, 0)
      if (foreseen.type !== 'forgotten') return
      const kept = this.#options.dryRun ? foreseen : await tokens.keepAlive(id, 0)
      if (kept.type === 'forgotten') tally.add({ id, outcome: 'forgotten' })
    } catch (error) {
      const code = codeOf(error)
      if (!isOfStore(code)) return
      this.#course.onFailure(code)
    }
  }

  /** Lets the store remove an entry of its index that has no record. Does nothing if there is a record by now. */
  async #removeEntry(id: InstallationId): Promise<void> {
    const { settings } = this.#parts
    if (this.#options.dryRun) return
    try {
      await storeAnswer(
        settings,
        'compareAndSet',
        () => settings.store.compareAndSet(id, undefined, undefined),
        { installationId: id, inBackground: true },
      )
    } catch {
      // The entry stays, and the next run passes it by again.
    }
  }

  /** The run ends before this task. What failed before is reported; the rest is left. */
  #putBack({ id, code }: Task): void {
    if (code !== undefined) this.#parts.tally.add({ id, outcome: 'failed', code })
  }
}
