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
import type { KeepAliveStop } from '../runtime/keep-alive-counts.ts'
import type { Settings } from '../runtime/settings.ts'
import { steadyTime } from '../runtime/steady-time.ts'
import { askStore } from './ask-store.ts'
import { askForRefusal } from './client-check.ts'
import type { TokenEndpoint } from './token-endpoint.ts'

interface CourseOptions {
  /** How many refreshes may start per second. */
  readonly perSecond: number
  readonly signal: AbortSignal | undefined
}

/** Whether a run of `keepAlive()` goes on, and when its next refresh may start. */
export class KeepAliveCourse {
  readonly #settings: Settings
  readonly #endpoint: TokenEndpoint
  readonly #signal: AbortSignal | undefined
  /** The time of the run, in epoch milliseconds. It never goes back. */
  readonly now: () => number
  #pace: Pace
  #trouble: Trouble = noTrouble
  #question: Promise<void> | undefined
  #lastTurn: Promise<boolean> = Promise.resolve(true)
  #stop: KeepAliveStop | undefined

  constructor(settings: Settings, endpoint: TokenEndpoint, { perSecond, signal }: CourseOptions) {
    this.#settings = settings
    this.#endpoint = endpoint
    this.#signal = signal
    this.now = steadyTime(settings.clock)
    this.#pace = beginPace(perSecond, this.now())
  }

  /** Resolves once the run knows whether this is an outage. Until then, no lane begins anything. Undefined: it is not asking. */
  get question(): Promise<void> | undefined {
    return this.#question
  }

  /** Why the run ended early. Undefined: it did not. */
  get stop(): KeepAliveStop | undefined {
    return this.#stop
  }

  goesOn(): boolean {
    if (this.#signal?.aborted) this.end({ reason: 'signal' })
    return this.#stop === undefined
  }

  end(stop: KeepAliveStop): void {
    this.#stop ??= stop
  }

  /**
   * Waits until the next refresh may start. Resolves to whether the run goes on. Only one lane sleeps at a time, the others
   * wait behind it: after the process was busy, lanes whose time has passed would otherwise all start at once.
   */
  turn(): Promise<boolean> {
    this.#lastTurn = this.#lastTurn.then(() => this.#nextTurn())
    return this.#lastTurn
  }

  async #nextTurn(): Promise<boolean> {
    while (this.goesOn()) {
      await this.#question
      const [pace, startAt] = reserve(this.#pace, this.now())
      this.#pace = pace
      await this.sleepUntil(startAt)
      if (this.#question === undefined && this.now() >= this.#pace.pausedUntil) break
    }
    return this.goesOn()
  }

  /** Pipedrive answered a refresh that was sent at `sentAt`. */
  onAnswer(sentAt: number): void {
    this.#pace = onAnswered(this.#pace, { at: this.now(), sentAt })
    this.#trouble = onSuccess(this.#trouble)
  }

  /** A failure that may be the same for every installation. After a few of them, the run asks whether this is an outage. */
  onFailure(code: PipedriveOAuthErrorCode): void {
    this.#trouble = onFailure(this.#trouble)
    if (!isDoubtful(this.#trouble)) return
    this.#question ??= this.settle(() => this.#probe(code)).then(() => {
      this.#question = undefined
    })
  }

  /** Pipedrive asked to wait, in answer to a request of `sentAt`. `given`: for how long, in milliseconds, if it said so. */
  onHoldUp(given: number | undefined, sentAt: number): void {
    const ms = given ?? unspecifiedPauseMs
    const isNews = sentAt > this.#pace.pausedAt
    this.#pace = onHeldUp(this.#pace, { at: this.now(), sentAt, ms })
    if (!isNews) return
    const [trouble, mayWait] = onHoldUp(this.#trouble, ms)
    this.#trouble = trouble
    if (!mayWait) this.end({ reason: 'rate_limit', ...(Number.isFinite(ms) ? { retryAfterMs: ms } : {}) })
  }

  /** Repeats a question with growing pauses. Ends the run if it keeps failing. */
  async settle(ask: () => Promise<PipedriveOAuthErrorCode | undefined>): Promise<void> {
    while (this.goesOn()) {
      const code = await ask()
      if (code === undefined) return void (this.#trouble = onSound(this.#trouble))
      const [trouble, pauseMs] = onOutage(this.#trouble, this.now(), this.#settings.policy)
      this.#trouble = trouble
      if (pauseMs === undefined || !isTemporary(code)) this.end({ reason: 'outage', code })
      else await this.sleepUntil(this.now() + pauseMs)
    }
  }

  /** Sleeps until an instant, or until the run is stopped. */
  async sleepUntil(at: number): Promise<void> {
    const ms = at - this.now()
    if (ms <= 0) return
    try {
      await this.#settings.clock.sleep(ms, this.#signal)
    } catch (error) {
      if (this.#signal?.aborted !== true) throw error
    }
  }

  async #probe(code: PipedriveOAuthErrorCode): Promise<PipedriveOAuthErrorCode | undefined> {
    if (isOfStore(code)) return askStore(this.#settings)
    const sentAt = this.now()
    const answer = await askForRefusal(this.#endpoint, this.#settings.random)
    if (answer.type !== 'failed') return undefined
    if (answer.retryAfterMs === undefined && answer.isRateLimited === undefined) return answer.code
    this.onHoldUp(answer.retryAfterMs, sentAt)
    return undefined
  }
}

/** Returns the code of an error of this library. Throws any other error. */
export function codeOf(error: unknown): PipedriveOAuthErrorCode {
  if (error instanceof PipedriveOAuthError) return error.code
  throw error
}

/** Returns whether a failure may be the same for every installation. Without `retryAfterMs`, Pipedrive was not asked. */
export function mayBeOutage(code: PipedriveOAuthErrorCode, retryAfterMs: number | undefined): boolean {
  return retryAfterMs !== undefined || isOfStore(code)
}

export function isOfStore(code: PipedriveOAuthErrorCode): boolean {
  return code === 'store_unavailable' || code === 'secrets_unavailable' || code === 'invalid_configuration'
}

/** Returns whether another try may succeed although nobody changes anything. */
export function isTemporary(code: PipedriveOAuthErrorCode): boolean {
  return code !== 'client_rejected' && code !== 'request_rejected' && code !== 'invalid_configuration'
}
