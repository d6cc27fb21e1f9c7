import type { InstallationId } from '../../machine/account.ts'
import {
  beginPace,
  onAnswered,
  onHeldUp,
  reserve,
  unspecifiedPauseMs,
  type Pace,
} from '../../machine/keep-alive/pace.ts'
import {
  isDoubtful,
  noTrouble,
  onFailure,
  onHoldUp,
  onOutage,
  onSound,
  onSuccess,
  type Trouble,
} from '../../machine/keep-alive/trouble.ts'
import { PipedriveOAuthError, type PipedriveOAuthErrorCode } from '../../errors.ts'
import type { DueEntry } from '../../store/store.ts'
import { listedPages } from '../records/listing.ts'
import { storeAnswer } from '../records/store-answer.ts'
import type { KeepAliveStop } from '../runtime/keep-alive-counts.ts'
import type { Settings } from '../runtime/settings.ts'
import type { AccessTokens, KeptAlive } from './access-tokens.ts'
import { askStore } from './ask-store.ts'
import { askForRefusal } from './client-check.ts'
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
  readonly #horizon: number
  #pace: Pace
  #trouble: Trouble = noTrouble
  /** While the run asks whether this is an outage, no lane begins anything. */
  #question: Promise<void> | undefined
  #stop: KeepAliveStop | undefined

  constructor(parts: RunParts, selection: Selection, options: RunOptions) {
    const { settings } = parts
    this.#parts = parts
    this.#options = options
    this.#horizon = selection.horizon
    this.#pace = beginPace(options.perSecond, settings.clock.now())
    this.#queue = new KeepAliveQueue(
      (before, limit, after) => this.#readPage(() => parts.due(before, limit, after)),
      selection,
      settings.random,
    )
  }

  /** Refreshes what is due. Resolves to why it ended early. */
  async refresh(): Promise<KeepAliveStop | undefined> {
    await Promise.all(Array.from({ length: this.#options.concurrency }, () => this.#lane()))
    for (const { id, code } of this.#queue.drain()) this.#parts.tally.add({ id, outcome: 'failed', code })
    return this.#stop
  }

  /** Deletes the records of grants that have long been dead. Resolves to why it ended early. */
  async forget(): Promise<KeepAliveStop | undefined> {
    const { settings } = this.#parts
    try {
      for await (const ids of listedPages(settings, 'keepAlive', { attention: true })) {
        const waiting = [...ids]
        const lane = async () => {
          for (let id = waiting.pop(); id !== undefined && this.#goesOn(); id = waiting.pop())
            await this.#forget(id)
        }
        await Promise.all(Array.from({ length: this.#options.concurrency }, lane))
        if (!this.#goesOn()) break
      }
    } catch (error) {
      this.#end({ reason: 'outage', code: codeOf(error) })
    }
    return this.#stop
  }

  async #lane(): Promise<void> {
    while (this.#goesOn()) {
      await this.#question
      if (!this.#goesOn()) return
      const next = await this.#queue.next(this.#now())
      if (next === undefined) return
      if (typeof next === 'number') await this.#sleepUntil(next)
      else await this.#attempt(next)
    }
  }

  async #attempt(task: Task): Promise<void> {
    const { tokens } = this.#parts
    let sentAt = this.#now()
    let kept: KeptAlive
    try {
      if (!this.#options.dryRun) await tokens.saveUnsaved(task.id)
      kept = await tokens.foreseeKeepAlive(task.id, this.#horizon)
      if (!this.#options.dryRun && kept.type !== 'skipped' && kept.type !== 'absent') {
        if (kept.type === 'refreshed' && !(await this.#turn())) return this.#putBack(task)
        sentAt = this.#now()
        kept = await tokens.keepAlive(task.id, this.#horizon)
      }
    } catch (error) {
      kept = { type: 'failed', code: codeOf(error) }
    }
    if (kept.type === 'failed') this.#onFailed(task, kept, sentAt)
    else await this.#onKept(task.id, kept)
  }

  async #onKept(id: InstallationId, kept: Exclude<KeptAlive, { type: 'failed' }>): Promise<void> {
    const { tally } = this.#parts
    if (kept.type === 'skipped') return tally.add({ id, outcome: 'skipped', reason: kept.reason })
    if (kept.type === 'absent') await this.#removeEntry(id)
    if (kept.type === 'refreshed') this.#onAnswer()
    tally.add({ id, outcome: kept.type })
  }

  #onFailed(
    task: Task,
    { code, retryAfterMs, holdUp }: Extract<KeptAlive, { type: 'failed' }>,
    sentAt: number,
  ) {
    const { settings } = this.#parts
    const at = this.#now() + (retryAfterMs ?? settings.policy.cooldownMs)
    if (holdUp !== undefined) {
      this.#holdUp(holdUp.ms ?? unspecifiedPauseMs, sentAt)
      const holdUps = task.holdUps + 1
      if (holdUps < mostHoldUpsOfOne) return this.#queue.tryAgain({ ...task, holdUps, code, at })
    } else if (mayBeOutage(code, retryAfterMs)) {
      this.#trouble = onFailure(this.#trouble)
      if (isDoubtful(this.#trouble)) this.#ask(code)
      const tries = task.tries + 1
      if (tries < mostTries && isTemporary(code)) return this.#queue.tryAgain({ ...task, tries, code, at })
    } else if (code === 'reauthorization_required') this.#onAnswer()
    this.#parts.tally.add({ id: task.id, outcome: 'failed', code })
  }

  #onAnswer(): void {
    this.#pace = onAnswered(this.#pace, this.#now())
    this.#trouble = onSuccess(this.#trouble)
  }

  #holdUp(ms: number, sentAt: number): void {
    const isNews = sentAt > this.#pace.pausedAt
    this.#pace = onHeldUp(this.#pace, { at: this.#now(), sentAt, ms })
    if (!isNews) return
    const [trouble, mayWait] = onHoldUp(this.#trouble, ms)
    this.#trouble = trouble
    if (!mayWait) this.#end({ reason: 'rate_limit', ...(Number.isFinite(ms) ? { retryAfterMs: ms } : {}) })
  }

  /** Asks whether this is an outage, until that is settled or the run ends. */
  #ask(code: PipedriveOAuthErrorCode): void {
    this.#question ??= this.#settle(() => this.#probe(code)).then(() => {
      this.#question = undefined
    })
  }

  /** Repeats a question with growing pauses. Ends the run if it keeps failing. */
  async #settle(ask: () => Promise<PipedriveOAuthErrorCode | undefined>): Promise<void> {
    while (this.#goesOn()) {
      const code = await ask()
      if (code === undefined) return void (this.#trouble = onSound(this.#trouble))
      const [trouble, pauseMs] = onOutage(this.#trouble, this.#now(), this.#parts.settings.policy)
      this.#trouble = trouble
      if (pauseMs === undefined || !isTemporary(code)) this.#end({ reason: 'outage', code })
      else await this.#sleepUntil(this.#now() + pauseMs)
    }
  }

  async #probe(code: PipedriveOAuthErrorCode): Promise<PipedriveOAuthErrorCode | undefined> {
    const { settings, endpoint } = this.#parts
    if (isOfStore(code)) return askStore(settings)
    const sentAt = this.#now()
    const answer = await askForRefusal(endpoint, settings.random)
    if (answer.type !== 'failed') return undefined
    if (answer.retryAfterMs === undefined && answer.isRateLimited === undefined) return answer.code
    this.#holdUp(answer.retryAfterMs ?? unspecifiedPauseMs, sentAt)
    return undefined
  }

  /** Waits until the next refresh may start. Resolves to whether the run goes on. */
  async #turn(): Promise<boolean> {
    while (this.#goesOn()) {
      await this.#question
      const [pace, startAt] = reserve(this.#pace, this.#now())
      this.#pace = pace
      await this.#sleepUntil(startAt)
      if (this.#question === undefined && this.#now() >= this.#pace.pausedUntil) break
    }
    return this.#goesOn()
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
    if ((await attempt()) !== undefined) await this.#settle(attempt)
    return page
  }

  async #forget(id: InstallationId): Promise<void> {
    const { tokens, tally } = this.#parts
    await this.#question
    try {
      // No refresh token expires before 0, so this refreshes nothing.
      const foreseen = await tokens.foreseeKeepAlive(id, 0)
      if (foreseen.type !== 'forgotten') return
      const kept = this.#options.dryRun ? foreseen : await tokens.keepAlive(id, 0)
      if (kept.type === 'forgotten') tally.add({ id, outcome: 'forgotten' })
    } catch (error) {
      const code = codeOf(error)
      if (!isOfStore(code)) return
      this.#trouble = onFailure(this.#trouble)
      if (isDoubtful(this.#trouble)) this.#ask(code)
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
        id,
      )
    } catch {
      // The entry stays, and the next run passes it by again.
    }
  }

  /** The run ends before this task. What failed before is reported; the rest is left. */
  #putBack({ id, code }: Task): void {
    if (code !== undefined) this.#parts.tally.add({ id, outcome: 'failed', code })
  }

  #goesOn(): boolean {
    if (this.#options.signal?.aborted) this.#end({ reason: 'signal' })
    return this.#stop === undefined
  }

  #end(stop: KeepAliveStop): void {
    this.#stop ??= stop
  }

  #now(): number {
    return this.#parts.settings.clock.now()
  }

  async #sleepUntil(at: number): Promise<void> {
    const ms = at - this.#now()
    if (ms <= 0) return
    try {
      await this.#parts.settings.clock.sleep(ms, this.#options.signal)
    } catch (error) {
      if (this.#options.signal?.aborted !== true) throw error
    }
  }
}

function codeOf(error: unknown): PipedriveOAuthErrorCode {
  if (error instanceof PipedriveOAuthError) return error.code
  throw error
}

/** Returns whether a failure may be the same for every installation. Without `retryAfterMs`, Pipedrive was not asked. */
function mayBeOutage(code: PipedriveOAuthErrorCode, retryAfterMs: number | undefined): boolean {
  return retryAfterMs !== undefined || isOfStore(code)
}

function isOfStore(code: PipedriveOAuthErrorCode): boolean {
  return code === 'store_unavailable' || code === 'secrets_unavailable' || code === 'invalid_configuration'
}

/** Returns whether another try may succeed although nobody changes anything. */
function isTemporary(code: PipedriveOAuthErrorCode): boolean {
  return code !== 'client_rejected' && code !== 'request_rejected' && code !== 'invalid_configuration'
}
