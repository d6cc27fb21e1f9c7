import type { InstallationId } from '../../machine/account.ts'
import { delivery, type Fail, type InstallationEffect } from '../../machine/installation/effect.ts'
import type { BearerToken } from '../../machine/tokens.ts'
import {
  ConfigurationError,
  ReauthorizationRequiredError,
  TokenEndpointError,
  type PipedriveOAuthError,
} from '../../errors.ts'
import { ChangeWatch } from '../records/change-watch.ts'
import { isStoreUnavailable, pick, type Driver, type EventNow } from '../records/driver.ts'
import type { Records } from '../records/records.ts'
import type { Abandonment } from '../runtime/abandonment.ts'
import { storeDeadline } from '../records/store-answer.ts'
import type { FullClock } from '../runtime/clock.ts'
import type { Emit } from '../runtime/oauth-event.ts'
import { randomText } from '../runtime/random.ts'
import type { Settings, WaitUntil } from '../runtime/settings.ts'
import { withTimeLimit } from '../runtime/time-limit.ts'
import type { Refreshes } from './refreshes.ts'

/** The outcome of a keep-alive for one installation. */
export type KeptAlive = 'refreshed' | 'skipped' | 'forgotten' | Fail['code']

/** What is known about a request for a token: the machine's effects, and those that a refresh brings. */
interface Answered {
  readonly version?: string | undefined
  readonly effects: readonly InstallationEffect[]
  readonly outcome?: Promise<readonly InstallationEffect[]> | undefined
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
   * it. `abandonment` stops the waiting. A refresh that was sent continues, and `waitUntil` keeps it alive.
   */
  async get(
    id: InstallationId,
    rejected: string | undefined,
    abandonment: Abandonment,
    waitUntil?: WaitUntil,
  ): Promise<BearerToken> {
    let watch: ChangeWatch | undefined
    for (;;) {
      const { version, effects, outcome } = await this.#answered(id, rejected, waitUntil)
      const delivered = pick(effects, 'deliver') ?? pick((await outcome) ?? [], 'deliver')
      if (delivered !== undefined) return delivered
      const failed = pick(effects, 'fail')
      if (failed !== undefined) throw errorFor(id, failed)
      const wait = pick(effects, 'wait')
      if (wait === undefined) continue
      const own = this.#refreshes.running(id)
      watch ??= new ChangeWatch(this.#records, this.#clock)
      await watch.next(id, version, { until: wait.until, or: own, signal: abandonment.signal })
    }
  }

  /**
   * Refreshes an installation if its refresh token expires before `before` (epoch ms), unless another process does.
   * Deletes its record if its grant has been dead for `policy.forgetAfterMs`.
   */
  async keepAlive(id: InstallationId, before: number): Promise<KeptAlive> {
    const until = storeDeadline(this.#settings)
    await this.#refreshes.saveUnsaved(id, until)
    const claim = this.#claim()
    const due: EventNow = (origin) => ({ type: 'keepalive_due', ...origin, ...claim, before })
    const { effects } = await this.#driver.submit(id, due, { until })
    const order = pick(effects, 'refresh')
    const outcome = order === undefined ? effects : await this.#refreshes.begin(id, order)
    if (pick(outcome, 'deliver') !== undefined) return 'refreshed'
    const failed = pick(outcome, 'fail')?.code
    const change = pick(outcome, 'notify')?.change
    if (change?.type === 'forgotten') return 'forgotten'
    return failed ?? (change?.type === 'refresh_failed' ? change.code : 'skipped')
  }

  /**
   * Saves the unsaved tokens of an installation, if there are any: before something is revoked, for example.
   * @throws {StoreError} `store_unavailable`, `unreadable_record`, `unknown_key`, `secrets_unavailable`
   */
  saveUnsaved(id: InstallationId): Promise<void> {
    return this.#refreshes.saveUnsaved(id)
  }

  /**
   * Asks the machine. If memory has a valid token, waits for the store for `policy.storeGraceMs` only. Then, or if the store
   * does not answer or refuses, returns that token; what has begun continues.
   */
  async #answered(
    id: InstallationId,
    rejected: string | undefined,
    waitUntil: WaitUntil | undefined,
  ): Promise<Answered> {
    const tokenRequested = this.#tokenRequested(rejected)
    const asked = this.#ask(id, tokenRequested, waitUntil)
    if (this.#inMemory(id, rejected, tokenRequested) === undefined) return asked
    const { storeGraceMs: ms } = this.#settings.policy
    try {
      return await withTimeLimit(asked, { ms, clock: this.#clock }, () => new SlowStore())
    } catch (error) {
      const isSlow = error instanceof SlowStore
      if (!isSlow && !isStoreUnavailable(error) && !(error instanceof ConfigurationError)) throw error
      const deliver = this.#inMemory(id, rejected, tokenRequested)
      if (deliver === undefined) return asked
      this.#refreshes.follow(
        asked.catch(() => {}),
        waitUntil,
      )
      const code = isSlow ? 'store_unavailable' : error.code
      this.#emit({ installationId: id, type: 'served_without_store', code })
      return { effects: [deliver] }
    }
  }

  /** Asks the machine by the stored record, after what is unsaved was saved. Begins the refresh that it orders. */
  async #ask(
    id: InstallationId,
    tokenRequested: EventNow,
    waitUntil: WaitUntil | undefined,
  ): Promise<Answered> {
    const until = storeDeadline(this.#settings)
    if (this.#refreshes.hasUnsaved) await this.#refreshes.saveUnsaved(id, until)
    const { before, effects } = await this.#driver.submit(id, tokenRequested, { until })
    const order = pick(effects, 'refresh')
    const outcome = order && this.#refreshes.begin(id, order, waitUntil)
    return { version: before?.version, effects, outcome }
  }

  /** Returns the delivery of a valid token in memory: an unsaved one, or that of the last record. */
  #inMemory(
    id: InstallationId,
    rejected: string | undefined,
    tokenRequested: EventNow,
  ): InstallationEffect | undefined {
    const unsaved = this.#refreshes.unsavedToken(id, rejected)
    if (unsaved !== undefined) return delivery({ tokens: unsaved })
    return pick(this.#driver.foresee(id, tokenRequested(this.#driver.origin())), 'deliver')
  }

  #tokenRequested(rejected: string | undefined): EventNow {
    const claim = this.#claim()
    return (origin) => ({
      type: 'token_requested',
      ...origin,
      ...claim,
      ...(rejected === undefined ? {} : { rejected }),
    })
  }

  /** Makes a unique claim id: a random process name plus a counter. */
  #claim(): { clientId: string; by: string } {
    this.#claims++
    return { clientId: this.#clientId, by: `${this.#name}-${this.#claims}` }
  }
}

class SlowStore extends Error {}

function errorFor(id: InstallationId, { code, retryAfterMs }: Fail): PipedriveOAuthError {
  if (code === 'not_installed' || code === 'reauthorization_required')
    return new ReauthorizationRequiredError(code, id)
  return new TokenEndpointError(code, { retryAfterMs })
}
