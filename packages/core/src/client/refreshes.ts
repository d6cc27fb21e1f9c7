import type { InstallationId } from '../machine/account.ts'
import type { InstallationEffect, Refresh } from '../machine/effect.ts'
import type { InstallationEvent, Refreshed } from '../machine/event.ts'
import type { Policy } from '../machine/policy.ts'
import type { InstallationState } from '../machine/state.ts'
import { isUsable, renewTokens } from '../machine/tokens.ts'
import type { TokenAnswer } from '../protocol/token-answer.ts'
import { PipedriveOAuthError } from '../errors.ts'
import type { FullClock } from './clock.ts'
import type { Delivered } from './access-tokens.ts'
import type { Driver, Unsaved } from './driver.ts'
import type { Emit } from './oauth-event.ts'
import type { Settings } from './options.ts'
import { persistently } from './persistently.ts'
import type { TokenEndpoint } from './token-endpoint.ts'

/** Keeps work alive where a runtime ends with the response. */
export type WaitUntil = (work: Promise<unknown>) => void

/** Takes the effects of a refresh as soon as they may be acted on; only the first call counts. */
type HandOut = (effects: readonly InstallationEffect[]) => void

/**
 * The refreshes that this process carries out: each goes on until its answer is saved, whoever stops waiting. An answer
 * that cannot be saved serves from here meanwhile.
 */
export class Refreshes {
  readonly #driver: Driver
  readonly #endpoint: TokenEndpoint
  readonly #policy: Policy
  readonly #clock: FullClock
  readonly #emit: Emit
  readonly #waitUntil: WaitUntil | undefined
  /** Never reject. */
  readonly #running = new Map<InstallationId, Promise<void>>()
  readonly #unsaved: Unsaved

  constructor(settings: Settings, driver: Driver, unsaved: Unsaved, endpoint: TokenEndpoint, emit: Emit) {
    this.#driver = driver
    this.#unsaved = unsaved
    this.#endpoint = endpoint
    this.#policy = settings.policy
    this.#clock = settings.clock
    this.#emit = emit
    this.#waitUntil = settings.waitUntil
  }

  /** Resolves to the effects of the answer as soon as they may be acted on; without a token among them: ask again. */
  begin(id: InstallationId, order: Refresh, waitUntil?: WaitUntil): Promise<readonly InstallationEffect[]> {
    return new Promise((handOut) => this.#track(id, this.#carryOut(id, order, handOut), waitUntil))
  }

  /** The refresh of this installation that is under way here, if there is one. */
  running(id: InstallationId): Promise<void> | undefined {
    return this.#running.get(id)
  }

  /** Resolves when nothing that this process began is unfinished. */
  async settled(): Promise<void> {
    while (this.#running.size > 0) await Promise.all(this.#running.values())
  }

  /** Whether anything waits to be saved: the rule is that nothing does. */
  get hasUnsaved(): boolean {
    return this.#unsaved.size > 0
  }

  /** A token that was won but could not be saved, if it can be used; saving it is tried again. */
  unsavedToken(
    id: InstallationId,
    rejected: string | undefined,
    waitUntil?: WaitUntil,
  ): Delivered | undefined {
    const event = this.#unsaved.get(id)
    if (event === undefined) return undefined
    if (!isUsable(event.tokens, this.#clock.now(), rejected, this.#policy)) return undefined
    if (!this.#running.has(id))
      this.#track(
        id,
        this.#settle(id, event, this.#clock.now(), () => {}),
        waitUntil,
      )
    return event.tokens
  }

  /**
   * Saves what waits to be saved, before anything is decided by the record: its refresh token may be spent.
   * @throws {StoreError} when that still cannot be done
   */
  async saveUnsaved(id: InstallationId): Promise<void> {
    const event = this.#unsaved.get(id)
    if (event !== undefined) await this.#save(id, event)
  }

  #track(id: InstallationId, work: Promise<void>, waitUntil: WaitUntil | undefined): void {
    const tracked = work.finally(() => {
      if (this.#running.get(id) === tracked) this.#running.delete(id)
    })
    this.#running.set(id, tracked)
    this.#waitUntil?.(tracked)
    waitUntil?.(tracked)
  }

  async #carryOut(id: InstallationId, order: Refresh, handOut: HandOut): Promise<void> {
    const { tokens, lease } = order
    const answer = await this.#endpoint.tokens(
      { type: 'refresh_token', refreshToken: tokens.refreshToken },
      lease.until - this.#policy.clockSkewMs,
    )
    if (answer.type === 'granted' && answer.untrustedApiDomain !== undefined)
      this.#emit({ installationId: id, type: 'untrusted_api_domain', apiDomain: answer.untrustedApiDomain })
    await this.#settle(id, answerEvent(order, answer, this.#clock.now()), lease.until, handOut)
  }

  /**
   * Saves an answer, again and again until `until` if the store has trouble. Hands the token out once it is saved, or, when
   * it cannot be, from memory. Never rejects.
   */
  async #settle(
    id: InstallationId,
    event: InstallationEvent,
    until: number,
    handOut: HandOut,
  ): Promise<void> {
    const failed = (error: unknown) =>
      handOut(event.type === 'refreshed' ? this.#holdInMemory(id, event, error) : [])
    try {
      handOut(await persistently(() => this.#save(id, event), { clock: this.#clock, until, failed }))
    } catch {
      // What was won stays in memory, and its next use tries again.
    }
  }

  async #save(id: InstallationId, event: InstallationEvent): Promise<readonly InstallationEffect[]> {
    const { next, effects } = await this.#driver.submitToRemembered(id, event)
    if (this.#unsaved.get(id) === event) {
      this.#unsaved.delete(id)
      // Also when an earlier attempt landed late, as those do that a store's client sends once it is connected again.
      if (holds(next, event)) this.#emit({ installationId: id, type: 'save_recovered' })
    }
    return effects
  }

  #holdInMemory(id: InstallationId, event: Refreshed, error: unknown): InstallationEffect[] {
    if (!this.#unsaved.has(id)) {
      const code = error instanceof PipedriveOAuthError ? error.code : 'store_unavailable'
      this.#emit({ installationId: id, type: 'save_failed', code })
    }
    this.#unsaved.set(id, event)
    return [{ type: 'deliver', accessToken: event.tokens.accessToken, apiDomain: event.tokens.apiDomain }]
  }
}

/** Whether what is stored has the very tokens that an answer brought. */
function holds(state: InstallationState | undefined, event: InstallationEvent): boolean {
  if (event.type !== 'refreshed' || state === undefined || !('tokens' in state)) return false
  return state.tokens.accessToken === event.tokens.accessToken
}

function answerEvent(order: Refresh, answer: TokenAnswer, at: number): InstallationEvent {
  const { grantId, generation, lease, tokens } = order
  const about = { at, by: lease.holder, grantId, generation }
  switch (answer.type) {
    case 'granted':
      return { type: 'refreshed', ...about, tokens: renewTokens(tokens, answer.tokens) }
    case 'refused':
      return { type: 'refresh_refused', ...about }
    case 'failed':
      return { ...answer, ...about, type: 'refresh_failed' }
  }
}
