import type { InstallationId } from '../machine/account.ts'
import type { Deliver, Fail } from '../machine/effect.ts'
import type { InstallationEvent } from '../machine/event.ts'
import { ReauthorizationRequiredError, TokenEndpointError, type PipedriveOAuthError } from '../errors.ts'
import type { Abandonment } from './abandonment.ts'
import { ChangeWatch } from './change-watch.ts'
import type { FullClock } from './clock.ts'
import { isStoreUnavailable, pick, type Driver, type Landed } from './driver.ts'
import type { Emit } from './oauth-event.ts'
import type { Settings } from './options.ts'
import { randomText } from './random.ts'
import type { Records } from './records.ts'
import type { Refreshes, WaitUntil } from './refreshes.ts'

/** An access token, and where it may go. */
export type Delivered = Pick<Deliver, 'accessToken' | 'apiDomain'>

/** What became of one installation in a keep-alive. */
export type KeptAlive = 'refreshed' | 'skipped' | Fail['code']

/** Gets access tokens by asking the machine, and does what it orders: deliver, refresh, wait, fail. */
export class AccessTokens {
  readonly #driver: Driver
  readonly #refreshes: Refreshes
  readonly #records: Records
  readonly #clientId: string
  readonly #clock: FullClock
  readonly #emit: Emit
  /** This process, among all that share the store. */
  readonly #name: string
  #claims = 0

  constructor(settings: Settings, driver: Driver, refreshes: Refreshes, records: Records, emit: Emit) {
    this.#driver = driver
    this.#refreshes = refreshes
    this.#records = records
    this.#clientId = settings.clientId
    this.#clock = settings.clock
    this.#emit = emit
    this.#name = randomText(settings.random, 12)
  }

  /**
   * An access token that is valid and not `rejected`, refreshed if it must be, whoever refreshes it. `abandonment` ends the
   * waiting; a refresh that was sent goes on, and `waitUntil` keeps it alive.
   */
  async get(
    id: InstallationId,
    rejected: string | undefined,
    abandonment: Abandonment,
    waitUntil?: WaitUntil,
  ): Promise<Delivered> {
    let watch: ChangeWatch | undefined
    for (;;) {
      const unsaved = this.#refreshes.hasUnsaved && (await this.#unsaved(id, rejected, waitUntil))
      if (unsaved) return unsaved
      const { before, effects } = await this.#ask(id, rejected)
      const order = pick(effects, 'refresh')
      const outcome = order && this.#refreshes.begin(id, order, waitUntil)
      const delivered = pick(effects, 'deliver') ?? pick((await outcome) ?? [], 'deliver')
      if (delivered !== undefined) return delivered
      const failed = pick(effects, 'fail')
      if (failed !== undefined) throw errorFor(id, failed)
      const wait = pick(effects, 'wait')
      if (wait === undefined) continue
      const own = this.#refreshes.running(id)
      watch ??= new ChangeWatch(this.#records, this.#clock)
      await watch.next(id, before?.version, { until: wait.until, or: own, signal: abandonment.signal })
    }
  }

  /** Refreshes an installation whose refresh token lapses before `before` (epoch ms), if nobody else does. */
  async keepAlive(id: InstallationId, before: number): Promise<KeptAlive> {
    await this.#refreshes.saveUnsaved(id)
    const claim = this.#claim()
    const { effects } = await this.#driver.submit(id, (at) => ({
      type: 'keepalive_due',
      at,
      ...claim,
      before,
    }))
    const order = pick(effects, 'refresh')
    const outcome = order === undefined ? effects : await this.#refreshes.begin(id, order)
    if (pick(outcome, 'deliver') !== undefined) return 'refreshed'
    const failed = pick(outcome, 'fail')?.code
    const notice = pick(outcome, 'notify')?.notice
    return failed ?? (notice?.type === 'refresh_failed' ? notice.code : 'skipped')
  }

  /** When the store does not answer, a token in memory that is still valid goes on serving. */
  async #ask(id: InstallationId, rejected: string | undefined): Promise<Landed> {
    const claim = this.#claim()
    const eventAt = (at: number): InstallationEvent => ({
      type: 'token_requested',
      at,
      ...claim,
      ...(rejected === undefined ? {} : { rejected }),
    })
    try {
      return await this.#driver.submit(id, eventAt)
    } catch (error) {
      if (!isStoreUnavailable(error)) throw error
      const foreseen = this.#driver.foresee(id, eventAt(this.#clock.now()))
      const deliver = pick(foreseen.effects, 'deliver')
      if (deliver === undefined) throw error
      this.#emit({ installationId: id, type: 'served_without_store', code: error.code })
      return { ...foreseen, effects: [deliver] }
    }
  }

  async #unsaved(
    id: InstallationId,
    rejected: string | undefined,
    waitUntil: WaitUntil | undefined,
  ): Promise<Delivered | undefined> {
    const token = this.#refreshes.unsavedToken(id, rejected, waitUntil)
    if (token === undefined) await this.#refreshes.saveUnsaved(id)
    return token
  }

  /** The particulars of a claim that nobody has made: random once for this process, counted from there. */
  #claim(): { clientId: string; by: string } {
    this.#claims++
    return { clientId: this.#clientId, by: `${this.#name}-${this.#claims}` }
  }
}

function errorFor(id: InstallationId, { code, retryAfterMs }: Fail): PipedriveOAuthError {
  if (code === 'not_installed' || code === 'reauthorization_required')
    return new ReauthorizationRequiredError(code, id)
  return new TokenEndpointError(code, retryAfterMs === undefined ? {} : { retryAfterMs })
}
