import QuickLRU from 'quick-lru'
import type { InstallationId } from '../../machine/account.ts'
import { delivery, type InstallationEffect, type Refresh } from '../../machine/installation/effect.ts'
import type { Origin, RefreshFailed, RefreshRefused, Refreshed } from '../../machine/installation/event.ts'
import type { InstallationState } from '../../machine/installation/state.ts'
import type { Policy } from '../../machine/policy.ts'
import { isUsable, renewTokens, type BearerToken } from '../../machine/tokens.ts'
import type { TokenAnswer } from '../../protocol/token-answer.ts'
import { causeText } from '../../clean-cause.ts'
import { ConfigurationError, PipedriveOAuthError, StoreError } from '../../errors.ts'
import { pick, type Circumstances, type Driver } from '../records/driver.ts'
import type { Records } from '../records/records.ts'
import type { FullClock } from '../runtime/clock.ts'
import { causeOf } from '../runtime/log.ts'
import type { Emit } from '../runtime/oauth-event.ts'
import { retryUntil } from '../runtime/retry.ts'
import type { Settings, WaitUntil } from '../runtime/settings.ts'
import type { TokenEndpoint } from './token-endpoint.ts'

/** What came of a refresh. */
type RefreshOutcome = Refreshed | RefreshRefused | RefreshFailed

/** New tokens that are not in the store yet. */
interface Unsaved {
  readonly event: Refreshed
  /** When they could not be saved for the first time. */
  readonly since: number
}

/** How an outcome is saved: until when it is tried, what its events say, and who waits for it. */
interface Settling {
  readonly until: number
  readonly about: Circumstances
  readonly handOut: HandOut
}

/** How many installations whose refresh failed this process remembers the cause of. */
const rememberedCauses = 1_000

/** Passes on the effects of a refresh once they hold. Calls after the first do nothing. */
type HandOut = (effects: readonly InstallationEffect[]) => void

/**
 * Carries out the refreshes of this process. Each continues until its answer is saved, even if nobody waits for it any
 * more. Tokens that cannot be saved yet are kept here and handed out while the store does not answer.
 */
export class Refreshes {
  readonly #driver: Driver
  readonly #records: Records
  readonly #endpoint: TokenEndpoint
  readonly #policy: Policy
  readonly #clock: FullClock
  readonly #emit: Emit
  readonly #waitUntil: WaitUntil | undefined
  /** The running refreshes. These promises never reject. */
  readonly #running = new Map<InstallationId, Promise<void>>()
  /** All work that `settled()` waits for: the running refreshes, and what may begin another one. */
  readonly #works = new Set<Promise<unknown>>()
  /** Answers with new tokens that are not in the store yet. Usually empty. */
  readonly #unsaved = new Map<InstallationId, Unsaved>()
  /** The answers that were unsaved at any time. */
  readonly #held = new WeakSet<RefreshOutcome>()
  /** Why the last refresh of an installation failed in this process. */
  readonly #causes = new QuickLRU<InstallationId, Error>({ maxSize: rememberedCauses })

  constructor(settings: Settings, driver: Driver, records: Records, endpoint: TokenEndpoint) {
    this.#driver = driver
    this.#records = records
    this.#endpoint = endpoint
    this.#policy = settings.policy
    this.#clock = settings.clock
    this.#emit = settings.emit
    this.#waitUntil = settings.waitUntil
  }

  /**
   * Starts a refresh. Resolves to the effects of its answer as soon as they may be carried out. If none delivers a token,
   * the caller asks the machine again. `inBackground`: nobody waits for its outcome.
   */
  begin(
    id: InstallationId,
    order: Refresh,
    waitUntil?: WaitUntil,
    inBackground = false,
  ): Promise<readonly InstallationEffect[]> {
    return new Promise((handOut) =>
      this.#track(id, this.#carryOut(id, order, inBackground, handOut), waitUntil),
    )
  }

  /** Returns the running refresh of this installation in this process, if there is one. */
  running(id: InstallationId): Promise<void> | undefined {
    return this.#running.get(id)
  }

  /** Resolves when no refresh of this process is running, and no work that may begin one. */
  async settled(): Promise<void> {
    while (this.#works.size > 0) await Promise.all(this.#works)
  }

  /** Makes `settled()` and `waitUntil` wait for work that may begin a refresh. The work must not reject. */
  follow(work: Promise<unknown>, waitUntil: WaitUntil | undefined): void {
    const followed = work.finally(() => this.#works.delete(followed))
    this.#works.add(followed)
    this.#waitUntil?.(followed)
    waitUntil?.(followed)
  }

  /** Of how many installations the tokens are still unsaved. Usually 0. */
  get unsavedCount(): number {
    return this.#unsaved.size
  }

  /** Whether any tokens are still unsaved. Usually false. */
  get hasUnsaved(): boolean {
    return this.#unsaved.size > 0
  }

  /**
   * Saves the unsaved tokens of this installation, if there are any. Call it before the machine decides by the stored
   * record, because the refresh token in it may be spent. `until` (epoch ms): when the store must have answered.
   * @throws {StoreError} `store_unavailable`, `unreadable_record`, `unknown_key`, `secrets_unavailable`
   */
  async saveUnsaved(id: InstallationId, until?: number): Promise<void> {
    const event = this.#unsavedOf(id)
    if (event !== undefined) await this.#save(id, event, {}, until)
  }

  /** Returns the unsaved token of this installation if it is valid. For use while the store does not answer. */
  unsavedToken(id: InstallationId, rejected: string | undefined): BearerToken | undefined {
    const tokens = this.#unsavedOf(id)?.tokens
    return tokens && isUsable(tokens, this.#clock.now(), rejected, this.#policy) ? tokens : undefined
  }

  /** Returns the unsaved answer of an installation. Discards it if its grant has ended. */
  #unsavedOf(id: InstallationId): Refreshed | undefined {
    const event = this.#unsaved.get(id)?.event
    if (event === undefined || !this.#records.hasEnded(id, event.grantId)) return event
    this.#unsaved.delete(id)
    this.#discardUnsaved(id, event)
    return undefined
  }

  #track(id: InstallationId, work: Promise<void>, waitUntil: WaitUntil | undefined): void {
    const tracked = work.finally(() => {
      if (this.#running.get(id) === tracked) this.#running.delete(id)
    })
    this.#running.set(id, tracked)
    this.follow(tracked, waitUntil)
  }

  /** Returns why the last refresh of an installation failed in this process. */
  causeOf(id: InstallationId): Error | undefined {
    return this.#causes.get(id)
  }

  async #carryOut(
    id: InstallationId,
    order: Refresh,
    inBackground: boolean,
    handOut: HandOut,
  ): Promise<void> {
    const { tokens, lease } = order
    const since = this.#clock.now()
    this.#emit({ installationId: id, type: 'refresh_started' })
    const answer = await this.#endpoint.tokens(
      { type: 'refresh_token', refreshToken: tokens.refreshToken },
      lease.until - this.#policy.clockSkewMs,
    )
    if (answer.type === 'granted' && answer.untrustedApiDomain !== undefined)
      this.#emit({ installationId: id, type: 'untrusted_api_domain', apiDomain: answer.untrustedApiDomain })
    const cause = answer.type === 'granted' ? undefined : answer.cause
    if (cause === undefined) this.#causes.delete(id)
    else this.#causes.set(id, cause)
    const about = { since, cause: cause && causeText(cause), inBackground }
    const event = answerEvent(order, answer, this.#driver.origin())
    await this.#settle(id, event, { until: lease.until, about, handOut })
  }

  /**
   * Saves an answer, and repeats that until `until` (epoch ms) while it fails. Hands the token out when it is saved, or
   * after the first failure if the store does not answer. Never rejects.
   */
  async #settle(
    id: InstallationId,
    event: RefreshOutcome,
    { until, about, handOut }: Settling,
  ): Promise<void> {
    const failed = (error: unknown) =>
      handOut(event.type === 'refreshed' ? this.#holdInMemory(id, event, error, about) : [])
    const save = () => this.#save(id, event, about)
    try {
      handOut(await retryUntil(save, { clock: this.#clock, until, failed }))
    } catch {
      // The tokens stay in memory. Their next use tries to save them again.
      if (event.type !== 'refreshed') this.#discarded(id, event, about)
    }
  }

  async #save(
    id: InstallationId,
    event: RefreshOutcome,
    about: Circumstances,
    until?: number,
  ): Promise<readonly InstallationEffect[]> {
    const { next, effects } = await this.#driver.submitToRemembered(id, event, { until, about })
    const unsaved = this.#unsaved.get(id)
    const isChange = pick(effects, 'notify') !== undefined
    if (unsaved?.event !== event) {
      // Two callers may save the same tokens, and the second one changes nothing.
      if (!isChange && !this.#held.has(event)) this.#discarded(id, event, about)
      return effects
    }
    this.#unsaved.delete(id)
    // An earlier try may have been stored late: some store clients send it after they reconnect.
    const durationMs = this.#clock.now() - unsaved.since
    if (holds(next, event)) this.#emit({ installationId: id, type: 'save_recovered', durationMs })
    else this.#discardUnsaved(id, event)
    return effects
  }

  /** The duration of this refresh was told with `save_failed`. */
  #discardUnsaved(id: InstallationId, event: Refreshed): void {
    this.#discarded(id, event, {})
  }

  #discarded(id: InstallationId, event: RefreshOutcome, { since, cause }: Circumstances): void {
    this.#emit({
      installationId: id,
      type: 'refresh_discarded',
      outcome: outcomes[event.type],
      ...(since === undefined ? {} : { durationMs: this.#clock.now() - since }),
      ...(cause === undefined ? {} : { cause }),
    })
  }

  #holdInMemory(
    id: InstallationId,
    event: Refreshed,
    error: unknown,
    { since = event.at }: Circumstances,
  ): InstallationEffect[] {
    // A later failure: they are held already, or another call has saved or discarded them while this one waited.
    if (this.#held.has(event)) return []
    const now = this.#clock.now()
    const code = error instanceof PipedriveOAuthError ? error.code : 'store_unavailable'
    this.#emit({ installationId: id, type: 'save_failed', code, durationMs: now - since, ...causeOf(error) })
    this.#unsaved.set(id, { event, since: now })
    this.#held.add(event)
    // The store answers, so another process may have ended the grant: the caller asks again, and gets this error.
    return isNoAnswer(error) ? [delivery(event)] : []
  }
}

/** Returns whether an error means that the record is unknown, because the store or the key service does not answer. */
function isNoAnswer(error: unknown): boolean {
  return error instanceof ConfigurationError || !(error instanceof StoreError) || error.retryable
}

const outcomes = {
  refreshed: 'refreshed',
  refresh_refused: 'refused',
  refresh_failed: 'failed',
} as const

/** Returns whether the stored state has the tokens of this answer. */
function holds(state: InstallationState | undefined, event: RefreshOutcome): boolean {
  const stored = state !== undefined && 'tokens' in state ? state.tokens.accessToken : undefined
  return event.type === 'refreshed' && stored === event.tokens.accessToken
}

function answerEvent(order: Refresh, answer: TokenAnswer, origin: Origin): RefreshOutcome {
  const { grantId, generation, lease, tokens } = order
  const about = { ...origin, by: lease.holder, grantId, generation }
  switch (answer.type) {
    case 'granted':
      return { type: 'refreshed', ...about, tokens: renewTokens(tokens, answer.tokens) }
    case 'refused':
      return { type: 'refresh_refused', ...about }
    case 'failed': {
      const { cause: _, ...failed } = answer
      return { ...failed, ...about, type: 'refresh_failed' }
    }
  }
}
