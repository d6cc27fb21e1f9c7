import type { InstallationId } from '../../machine/account.ts'
import {
  delivery,
  type Deliver,
  type Fail,
  type HoldUp,
  type InstallationEffect,
  type PassByReason,
} from '../../machine/installation/effect.ts'
import { tokensOf } from '../../machine/installation/state.ts'
import type { BearerToken } from '../../machine/tokens.ts'
import {
  ConfigurationError,
  ReauthorizationRequiredError,
  PipedriveOAuthError,
  TokenEndpointError,
  type PipedriveOAuthErrorCode,
} from '../../errors.ts'
import { ChangeWatch } from '../records/change-watch.ts'
import { isStoreUnavailable, pick, type Driver, type EventNow, type JustRead } from '../records/driver.ts'
import { foreignRecord } from '../records/foreign-record.ts'
import type { OpenRecord } from '../records/memory.ts'
import type { Records } from '../records/records.ts'
import { storeDeadline, StoreTimeout } from '../records/store-answer.ts'
import type { Abandonment } from '../runtime/abandonment.ts'
import type { FullClock } from '../runtime/clock.ts'
import { causeOf } from '../runtime/log.ts'
import type { Emit } from '../runtime/oauth-event.ts'
import { randomText } from '../runtime/random.ts'
import type { Settings, WaitUntil } from '../runtime/settings.ts'
import { withTimeLimit } from '../runtime/time-limit.ts'
import type { Refreshes } from './refreshes.ts'

/** The outcome of a keep-alive for one installation. */
export type KeptAlive =
  | { readonly type: 'refreshed' | 'forgotten' }
  /** There is no record. */
  | { readonly type: 'absent' }
  | { readonly type: 'skipped'; readonly reason: PassByReason }
  | {
      readonly type: 'failed'
      readonly code: PipedriveOAuthErrorCode
      /** Pipedrive was asked, and nothing was learned of the grant: another try may succeed after this time. */
      readonly retryAfterMs?: number
      /** Pipedrive asked to wait before any other request. `ms` is absent if it did not say how long. */
      readonly holdUp?: HoldUp
    }

/** What is known about a request for a token: the machine's effects, and those that a refresh brings. */
interface Answered {
  readonly version?: string | undefined
  readonly effects: readonly InstallationEffect[]
  readonly outcome?: Promise<readonly InstallationEffect[]> | undefined
}

/** A caller that asks for a token. */
interface Caller {
  readonly rejected: string | undefined
  readonly waitUntil: WaitUntil | undefined
  readonly tokenRequested: EventNow
  /** Whether it has got a token from memory, and waits no longer. */
  isServed: boolean
}

/** What `get` is asked for. */
interface Wanted {
  readonly id: InstallationId
  readonly rejected: string | undefined
  readonly abandonment: Abandonment
  readonly waitUntil: WaitUntil | undefined
  readonly justRead: JustRead | undefined
}

/** Since when a call waits for another process, in epoch milliseconds. */
interface Waiting {
  since: number | undefined
}

/** Gets access tokens: asks the machine and carries out its effects (deliver, refresh, wait, fail). */
export class AccessTokens {
  readonly #driver: Driver
  readonly #refreshes: Refreshes
  readonly #records: Records
  readonly #settings: Settings
  readonly #clientId: string
  readonly #clock: FullClock
  readonly #emit: Emit
  /** A random name that tells this process from others over the same store. */
  readonly #name: string
  #claims = 0

  constructor(settings: Settings, driver: Driver, refreshes: Refreshes, records: Records) {
    this.#driver = driver
    this.#refreshes = refreshes
    this.#records = records
    this.#settings = settings
    this.#clientId = settings.clientId
    this.#clock = settings.clock
    this.#emit = settings.emit
    this.#name = randomText(settings.random, 12)
  }

  /**
   * Resolves to a valid access token other than `rejected`. If a refresh is needed, this process or another one does
   * it. `abandonment` stops the waiting. A refresh that was sent continues, and `waitUntil` keeps it alive. `justRead`:
   * the record, if it has just been read.
   */
  async get(
    id: InstallationId,
    rejected: string | undefined,
    abandonment: Abandonment,
    waitUntil?: WaitUntil,
    justRead?: JustRead,
  ): Promise<BearerToken> {
    const waiting: Waiting = { since: undefined }
    try {
      const delivered = await this.#get({ id, rejected, abandonment, waitUntil, justRead }, waiting)
      this.#waited(id, waiting)
      return delivered
    } catch (error) {
      this.#waited(id, waiting, error)
      throw error
    }
  }

  async #get(
    { id, rejected, abandonment, waitUntil, justRead }: Wanted,
    waiting: Waiting,
  ): Promise<BearerToken> {
    let known = justRead
    let watch: ChangeWatch | undefined
    for (;;) {
      abandonment.signal.throwIfAborted()
      const { version, effects, outcome } = await this.#answered(id, rejected, waitUntil, known)
      known = undefined
      const delivered = pick(effects, 'deliver') ?? pick((await outcome) ?? [], 'deliver')
      if (delivered !== undefined) return delivered
      const failed = pick(effects, 'fail')
      if (failed !== undefined) throw this.#errorFor(id, failed)
      const wait = pick(effects, 'wait')
      if (wait === undefined) continue
      const own = this.#refreshes.running(id)
      watch ??= new ChangeWatch(this.#records, this.#clock)
      waiting.since ??= this.#clock.now()
      const record = await watch.next(id, version, { until: wait.until, or: own, signal: abandonment.signal })
      known = record && { record }
    }
  }

  /**
   * Returns what `keepAlive` would do with an installation. Changes nothing.
   * @throws {StoreError} `store_unavailable`, `unreadable_record`, `unknown_key`, `secrets_unavailable`
   */
  async foreseeKeepAlive(id: InstallationId, before: number): Promise<KeptAlive> {
    const decision = await this.#driver.preview(id, this.#keepaliveDue(before))
    if (decision.before === undefined) return { type: 'absent' }
    return pick(decision.effects, 'refresh') ? { type: 'refreshed' } : keptAlive(decision.effects)
  }

  /**
   * Refreshes an installation if its refresh token expires before `before` (epoch ms), unless another process does.
   * Deletes its record if its grant has been dead for `policy.forgetAfterMs`.
   * @throws {StoreError} `store_unavailable`, `unreadable_record`, `unknown_key`, `secrets_unavailable`
   */
  async keepAlive(id: InstallationId, before: number): Promise<KeptAlive> {
    const until = storeDeadline(this.#settings)
    await this.#refreshes.saveUnsaved(id, until)
    const decision = await this.#driver.submit(id, this.#keepaliveDue(before), { until })
    if (decision.before === undefined) return { type: 'absent' }
    const order = pick(decision.effects, 'refresh')
    return keptAlive(order === undefined ? decision.effects : await this.#refreshes.begin(id, order))
  }

  /**
   * Saves the unsaved tokens of an installation, if there are any: before that, its record has a refresh token that may be
   * spent.
   * @throws {StoreError} `store_unavailable`, `unreadable_record`, `unknown_key`, `secrets_unavailable`
   */
  saveUnsaved(id: InstallationId): Promise<void> {
    return this.#refreshes.saveUnsaved(id)
  }

  #keepaliveDue(before: number): EventNow {
    const by = this.#claimant()
    return (origin) => ({ type: 'keepalive_due', ...origin, by, before })
  }

  #tokenRequested(rejected: string | undefined): EventNow {
    const by = this.#claimant()
    return (origin) => ({
      type: 'token_requested',
      ...origin,
      by,
      ...(rejected === undefined ? {} : { rejected }),
    })
  }

  /**
   * Asks the machine. If memory has a valid token, waits for the store for `policy.storeGraceMs` only. Then, or if the store
   * does not answer or refuses, returns that token; what has begun continues.
   */
  async #answered(
    id: InstallationId,
    rejected: string | undefined,
    waitUntil: WaitUntil | undefined,
    justRead: JustRead | undefined,
  ): Promise<Answered> {
    const tokenRequested = this.#tokenRequested(rejected)
    const caller: Caller = { rejected, waitUntil, tokenRequested, isServed: false }
    const isPlain = rejected === undefined && justRead === undefined && !this.#refreshes.hasUnsaved
    const known = isPlain ? this.#records.deliverable(id) : undefined
    const asked =
      known === undefined ? this.#ask(id, caller, undefined, justRead) : this.#confirm(id, caller, known)
    if (known === undefined && this.#inMemory(id, caller) === undefined) return asked
    const { storeGraceMs: ms } = this.#settings.policy
    try {
      return await withTimeLimit(asked, { ms, clock: this.#clock }, () => new StoreTimeout(ms))
    } catch (error) {
      const isSlow = error instanceof StoreTimeout
      if (!isSlow && !isStoreUnavailable(error) && !(error instanceof ConfigurationError)) throw error
      const deliver = this.#inMemory(id, caller)
      if (deliver === undefined) return asked
      caller.isServed = true
      this.#refreshes.follow(
        asked.catch(() => {}),
        waitUntil,
      )
      const code = isSlow ? 'store_unavailable' : error.code
      this.#emit({ installationId: id, type: 'served_without_store', code, ...causeOf(error) })
      return { effects: [deliver] }
    }
  }

  /**
   * Reads the record. If it is still the known one, whose token the machine only delivers, delivers that. Otherwise asks the
   * machine by what was read.
   */
  async #confirm(id: InstallationId, caller: Caller, known: OpenRecord): Promise<Answered> {
    const until = storeDeadline(this.#settings)
    const record = await this.#driver.read(id, false, until)
    if (record !== known || this.#records.deliverable(id) !== known)
      return this.#ask(id, caller, until, { record })
    const tokens = tokensOf(known.state)
    return tokens === undefined
      ? this.#ask(id, caller, until, { record })
      : { version: known.version, effects: [delivery({ tokens })] }
  }

  /** Asks the machine by the stored record, after what is unsaved was saved. Begins the refresh that it orders. */
  async #ask(
    id: InstallationId,
    caller: Caller,
    until = storeDeadline(this.#settings),
    justRead?: JustRead,
  ): Promise<Answered> {
    if (this.#refreshes.hasUnsaved) {
      await this.#refreshes.saveUnsaved(id, until)
      justRead = undefined
    }
    const { before, effects } = await this.#driver.submit(id, caller.tokenRequested, { until, justRead })
    const order = pick(effects, 'refresh')
    const inBackground = caller.isServed || pick(effects, 'deliver') !== undefined
    const outcome = order && this.#refreshes.begin(id, order, caller.waitUntil, inBackground)
    return { version: before?.version, effects, outcome }
  }

  /** Returns the delivery of a valid token in memory: an unsaved one, or that of the last record. */
  #inMemory(id: InstallationId, { rejected, tokenRequested }: Caller): Deliver | undefined {
    const unsaved = this.#refreshes.unsavedToken(id, rejected)
    if (unsaved !== undefined) return delivery({ tokens: unsaved })
    return pick(this.#driver.foresee(id, tokenRequested(this.#driver.origin())), 'deliver')
  }

  #waited(id: InstallationId, { since }: Waiting, error?: unknown): void {
    if (since === undefined) return
    const code = error instanceof PipedriveOAuthError ? { code: error.code } : {}
    this.#emit({ installationId: id, type: 'waited', durationMs: this.#clock.now() - since, ...code })
  }

  #errorFor(id: InstallationId, { code, retryAfterMs, writtenBy }: Fail): PipedriveOAuthError {
    if (writtenBy !== undefined) return foreignRecord(id, writtenBy, this.#clientId)
    if (code === 'not_installed') return new ReauthorizationRequiredError(code, id)
    // Why the last refresh of this process failed. A cooldown may come from a refresh of another process.
    const cause = this.#refreshes.causeOf(id)
    if (code === 'reauthorization_required') return new ReauthorizationRequiredError(code, id, { cause })
    return new TokenEndpointError(code, { retryAfterMs, cause, installationId: id })
  }

  /** Makes a unique name of a claim: a random process name plus a counter. */
  #claimant(): string {
    this.#claims++
    return `${this.#name}-${this.#claims}`
  }
}

function keptAlive(effects: readonly InstallationEffect[]): KeptAlive {
  if (pick(effects, 'deliver') !== undefined) return { type: 'refreshed' }
  const passed = pick(effects, 'pass_by')
  if (passed !== undefined) return { type: 'skipped', reason: passed.reason }
  const failed = pick(effects, 'fail')
  if (failed !== undefined) return { type: 'failed', code: failed.code }
  const change = effects.flatMap((effect) => (effect.type === 'notify' ? [effect.change] : []))
  if (change.some(({ type }) => type === 'forgotten')) return { type: 'forgotten' }
  const failure = change.find((each) => each.type === 'refresh_failed')
  // A refusal that is in doubt, and an answer that came too late: another process has the installation.
  if (failure === undefined) return { type: 'skipped', reason: 'refreshed_elsewhere' }
  const { code, retryAfterMs } = failure
  const holdUp = pick(effects, 'hold_up')
  return { type: 'failed', code, retryAfterMs, ...(holdUp && { holdUp }) }
}
