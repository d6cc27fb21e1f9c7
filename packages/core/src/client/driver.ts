import type { InstallationId } from '../machine/account.ts'
import type { Deliver, Fail, InstallationEffect, Refresh } from '../machine/effect.ts'
import type { InstallationEvent, Refreshed } from '../machine/event.ts'
import { transition } from '../machine/installation.ts'
import type { Policy } from '../machine/policy.ts'
import type { InstallationState } from '../machine/state.ts'
import { isUsable, renewTokens } from '../machine/tokens.ts'
import type { TokenAnswer } from '../protocol/token-answer.ts'
import {
  PipedriveOAuthError,
  ReauthorizationRequiredError,
  StoreError,
  TokenEndpointError,
} from '../errors.ts'
import type { Abandonment } from './abandonment.ts'
import type { FullClock } from './clock.ts'
import type { Emit } from './oauth-event.ts'
import type { Settings } from './options.ts'
import { randomText } from './random.ts'
import type { OpenRecord, Records } from './records.ts'
import type { TokenEndpoint } from './token-endpoint.ts'

/** An access token, and where it may go. */
export type Delivered = Pick<Deliver, 'accessToken' | 'apiDomain'>

/** What an event came to, once it was stored. */
interface Landed {
  readonly before: OpenRecord | undefined
  readonly effects: readonly InstallationEffect[]
}

/** Makes the event anew for every try, with the time it is. */
type EventAt = (at: number) => InstallationEvent

type WaitUntil = (work: Promise<unknown>) => void

/** Takes the effects of a refresh as soon as they may be acted on. */
type HandOut = (effects: readonly InstallationEffect[]) => void

const firstPollMs = 10
const longestPollMs = 250
/** A message from the store that gets lost costs no more than this. */
const slowPollMs = 1_000
/** A store that speaks of more changes than this, to one waiting caller, is not listened to any longer. */
const mostChanges = 20
const firstSavePauseMs = 50
const longestSavePauseMs = 1_000
/** A record that still changes under our hands after so many tries is a store that lies. */
const mostTries = 1_000

/**
 * Carries events to the machine and its effects into the world, by one rule: compare-and-set first, then act.
 * Everything that is decided, `transition` decides.
 */
export class Driver {
  readonly #records: Records
  readonly #endpoint: TokenEndpoint
  readonly #clientId: string
  readonly #policy: Policy
  readonly #clock: FullClock
  /** This process, among all that share the store. */
  readonly #name: string
  #holders = 0
  readonly #emit: Emit
  readonly #waitUntil: WaitUntil | undefined
  /** Refreshes this process is carrying out, until they are saved or given up. Never reject. */
  readonly #refreshes = new Map<InstallationId, Promise<void>>()
  /** Answers that were won but are not in the store yet. */
  readonly #unsaved = new Map<InstallationId, Refreshed>()

  constructor(settings: Settings, records: Records, endpoint: TokenEndpoint, emit: Emit) {
    this.#records = records
    this.#endpoint = endpoint
    this.#clientId = settings.clientId
    this.#policy = settings.policy
    this.#clock = settings.clock
    this.#name = randomText(settings.random, 12)
    this.#emit = emit
    this.#waitUntil = settings.waitUntil
  }

  /**
   * An access token that is valid, refreshed if it must be, whoever refreshes it.
   * `abandonment` ends the waiting; a refresh that was sent goes on, and `waitUntil` keeps it alive.
   */
  async token(
    id: InstallationId,
    rejected: string | undefined,
    abandonment: Abandonment,
    waitUntil?: WaitUntil,
  ): Promise<Delivered> {
    for (let polls = 0; ; polls++) {
      const held = this.#unsaved.size > 0 && (await this.#heldInMemory(id, rejected, waitUntil))
      if (held) return held
      const { before, effects } = await this.#askForToken(id, rejected)
      const order = pick(effects, 'refresh')
      const outcome = order && this.#refresh(id, order, waitUntil)
      const delivered = pick(effects, 'deliver') ?? pick((await outcome) ?? [], 'deliver')
      if (delivered !== undefined) return delivered
      const failed = pick(effects, 'fail')
      if (failed !== undefined) throw errorFor(id, failed)
      const wait = pick(effects, 'wait')
      if (wait !== undefined)
        await this.#mayHaveChanged(id, before?.version, wait.until, polls, abandonment.signal)
    }
  }

  /** The installation as it is in the store. */
  async current(id: InstallationId): Promise<InstallationState | undefined> {
    return (await this.#records.read(id))?.state
  }

  /**
   * Puts an event to the machine until what it decides is stored, and carries out its notices.
   * @throws {StoreError} when it is not known to be stored
   */
  async submit(id: InstallationId, eventAt: EventAt, toReplace = false): Promise<Landed> {
    for (let tries = 0; tries < mostTries; tries++) {
      const before = await this.#records.read(id, toReplace)
      const event = eventAt(this.#clock.now())
      const [next, effects] = transition(before?.state, event, this.#policy)
      if (next === before?.state || (await this.#records.write(id, before?.version, next)))
        return this.#landed(id, event, { before, effects })
    }
    throw new StoreError(
      'store_unavailable',
      `The record of installation ${id} changed at every one of ${mostTries} attempts to write it.`,
    )
  }

  /**
   * The same without reading first: an answer mostly comes to the very record that this process wrote when it claimed the
   * refresh. Undefined when it does not; then nothing has happened.
   */
  async #submitToRemembered(id: InstallationId, event: InstallationEvent): Promise<Landed | undefined> {
    const before = this.#records.remembered(id)
    const [next, effects] = transition(before?.state, event, this.#policy)
    if (before === undefined || next === before.state) return undefined
    const hasLanded = await this.#records.write(id, before.version, next)
    return hasLanded ? this.#landed(id, event, { before, effects }) : undefined
  }

  #landed(id: InstallationId, event: InstallationEvent, landed: Landed): Landed {
    if (endsGrant(event)) this.#unsaved.delete(id)
    for (const effect of landed.effects)
      if (effect.type === 'notify') this.#emit({ installationId: id, ...effect.notice })
    return landed
  }

  /**
   * `submit`, again and again for `requestTimeoutMs` while the store has trouble: for what cannot be asked for twice.
   * @throws {StoreError} when it is not known to be stored
   */
  async submitPersistently(id: InstallationId, eventAt: EventAt, toReplace = false): Promise<Landed> {
    const until = this.#clock.now() + this.#policy.requestTimeoutMs
    for (let pauseMs = firstSavePauseMs; ; pauseMs = Math.min(pauseMs * 2, longestSavePauseMs)) {
      try {
        return await this.submit(id, eventAt, toReplace)
      } catch (error) {
        if (!isPassing(error) || this.#clock.now() + pauseMs >= until) throw error
        await this.#clock.sleep(pauseMs)
      }
    }
  }

  /** Refreshes an installation whose refresh token lapses before `before`, if nobody else does. */
  async keepAlive(id: InstallationId, before: number): Promise<KeptAlive> {
    await this.#saveHeld(id)
    const by = this.#holder()
    const { effects } = await this.submit(id, (at) => ({
      type: 'keepalive_due',
      at,
      clientId: this.#clientId,
      by,
      before,
    }))
    const order = pick(effects, 'refresh')
    const outcome = order === undefined ? effects : await this.#refresh(id, order)
    if (pick(outcome, 'deliver') !== undefined) return 'refreshed'
    const failed = pick(outcome, 'fail')?.code
    const notice = pick(outcome, 'notify')?.notice
    return failed ?? (notice?.type === 'refresh_failed' ? notice.code : 'skipped')
  }

  /** Resolves when nothing that this process began is unfinished. */
  async settled(): Promise<void> {
    while (this.#refreshes.size > 0) await Promise.all(this.#refreshes.values())
  }

  async #askForToken(id: InstallationId, rejected: string | undefined): Promise<Landed> {
    const by = this.#holder()
    const eventAt = (at: number): InstallationEvent => ({
      type: 'token_requested',
      at,
      clientId: this.#clientId,
      by,
      ...(rejected === undefined ? {} : { rejected }),
    })
    try {
      return await this.submit(id, eventAt)
    } catch (error) {
      if (!isPassing(error)) throw error
      const before = this.#records.remembered(id)
      const [, effects] = transition(before?.state, eventAt(this.#clock.now()), this.#policy)
      const deliver = pick(effects, 'deliver')
      if (deliver === undefined) throw error
      this.#emit({ installationId: id, type: 'served_without_store', code: error.code })
      return { before, effects: [deliver] }
    }
  }

  /** A name that no claim has had: random once for this process, counted from there. */
  #holder(): string {
    this.#holders++
    return `${this.#name}-${this.#holders}`
  }

  /** A token that was won but could not be saved serves from here, and saving is tried again. */
  async #heldInMemory(
    id: InstallationId,
    rejected: string | undefined,
    waitUntil: WaitUntil | undefined,
  ): Promise<Delivered | undefined> {
    const event = this.#unsaved.get(id)
    if (event === undefined) return undefined
    if (!isUsable(event.tokens, this.#clock.now(), rejected, this.#policy)) {
      await this.#saveHeld(id)
      return undefined
    }
    if (!this.#refreshes.has(id))
      this.#track(
        id,
        this.#settle(id, event, this.#clock.now(), () => {}),
        waitUntil,
      )
    return event.tokens
  }

  /**
   * Saves what waits in memory before anything is decided by the record: its refresh token may be spent.
   * @throws {StoreError} when that still cannot be saved
   */
  async #saveHeld(id: InstallationId): Promise<void> {
    const event = this.#unsaved.get(id)
    if (event !== undefined) await this.#save(id, event)
  }

  async #save(id: InstallationId, event: InstallationEvent): Promise<readonly InstallationEffect[]> {
    const { effects } = (await this.#submitToRemembered(id, event)) ?? (await this.submit(id, () => event))
    if (this.#unsaved.get(id) === event) {
      this.#unsaved.delete(id)
      this.#emit({ installationId: id, type: 'save_recovered' })
    }
    return effects
  }

  /** Resolves to the effects of the answer as soon as they may be acted on; without a token among them: ask again. */
  #refresh(
    id: InstallationId,
    order: Refresh,
    waitUntil?: WaitUntil,
  ): Promise<readonly InstallationEffect[]> {
    return new Promise((handOut) => {
      this.#track(id, this.#carryOut(id, order, handOut), waitUntil)
    })
  }

  #track(id: InstallationId, work: Promise<void>, waitUntil: WaitUntil | undefined): void {
    const tracked = work.finally(() => {
      if (this.#refreshes.get(id) === tracked) this.#refreshes.delete(id)
    })
    this.#refreshes.set(id, tracked)
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
   * Saves an answer, again and again until the lease ends if the store has trouble. Hands the token out once it
   * is saved, or, when it cannot be, from memory. Never rejects.
   */
  async #settle(
    id: InstallationId,
    event: InstallationEvent,
    until: number,
    handOut: HandOut,
  ): Promise<void> {
    for (let pauseMs = firstSavePauseMs; ; pauseMs = Math.min(pauseMs * 2, longestSavePauseMs)) {
      try {
        return handOut(await this.#save(id, event))
      } catch (error) {
        handOut(event.type === 'refreshed' ? this.#holdInMemory(id, event, error) : [])
        if (this.#clock.now() + pauseMs >= until) return
        await this.#clock.sleep(pauseMs)
      }
    }
  }

  #holdInMemory(id: InstallationId, event: Refreshed, error: unknown): InstallationEffect[] {
    if (!this.#unsaved.has(id)) {
      const code = error instanceof PipedriveOAuthError ? error.code : 'store_unavailable'
      this.#emit({ installationId: id, type: 'save_failed', code })
    }
    this.#unsaved.set(id, event)
    return [{ type: 'deliver', accessToken: event.tokens.accessToken, apiDomain: event.tokens.apiDomain }]
  }

  /** Resolves when it is worth asking again: the record changed, our own refresh ended, or time is up. */
  async #mayHaveChanged(
    id: InstallationId,
    version: string | undefined,
    until: number,
    polls: number,
    signal: AbortSignal,
  ): Promise<void> {
    signal.throwIfAborted()
    const stop = new AbortController()
    const abort = () => stop.abort(signal.reason)
    signal.addEventListener('abort', abort)
    const isTold = this.#records.canTellChanges && polls < mostChanges
    const pollMs = isTold ? slowPollMs : Math.min(firstPollMs * 1.5 ** polls, longestPollMs)
    const pauseMs = Math.min(pollMs, Math.max(until - this.#clock.now(), 0))
    try {
      await Promise.race([
        this.#clock.sleep(pauseMs, stop.signal),
        ...(isTold ? [this.#records.changed(id, version, stop.signal)] : []),
        ...(this.#refreshes.has(id) ? [this.#refreshes.get(id)] : []),
      ])
    } finally {
      signal.removeEventListener('abort', abort)
      stop.abort()
    }
  }
}

/** What became of one installation in a keep-alive. */
export type KeptAlive = 'refreshed' | 'skipped' | Fail['code']

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

function errorFor(id: InstallationId, { code, retryAfterMs }: Fail): PipedriveOAuthError {
  if (code === 'not_installed' || code === 'reauthorization_required')
    return new ReauthorizationRequiredError(code, id)
  return new TokenEndpointError(code, retryAfterMs === undefined ? {} : { retryAfterMs })
}

function isPassing(error: unknown): error is StoreError {
  return error instanceof StoreError && error.code === 'store_unavailable'
}

/** Whether what this process may still hold of an earlier grant has become worthless. */
function endsGrant(event: InstallationEvent): boolean {
  return event.type === 'authorized' || event.type === 'adopted' || event.type === 'uninstalled'
}

function pick<Type extends InstallationEffect['type']>(
  effects: readonly InstallationEffect[],
  type: Type,
): Extract<InstallationEffect, { type: Type }> | undefined {
  return effects.find((effect): effect is Extract<InstallationEffect, { type: Type }> => effect.type === type)
}
