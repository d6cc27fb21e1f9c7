import QuickLRU from 'quick-lru'
import * as v from 'valibot'
import { isInstallationId, type InstallationId } from '../../machine/account.ts'
import { sessionsOf } from '../../machine/installation/state.ts'
import { isStoreUnavailable, type Driver } from '../records/driver.ts'
import { expectOwn } from '../records/foreign-record.ts'
import type { Records } from '../records/records.ts'
import { sameSecrets } from '../runtime/action-for.ts'
import { randomText } from '../runtime/random.ts'
import { SealedPayloads } from '../records/sealed-payload.ts'
import type { Sealer } from '../records/sealer.ts'
import type { Settings } from '../runtime/settings.ts'
import { checkDuration } from './check-duration.ts'

/** The name under which sessions are sealed, and the format number of their payload. */
const sealName = 'session'
const format = 1
const remembered = 10_000

const session = v.object({
  installationId: v.custom<InstallationId>(isInstallationId),
  /** What the record calls its sessions. Absent: there was no record. */
  sessions: v.exactOptional(v.string()),
  issuedAt: v.number(),
  expiresAt: v.number(),
})
type Session = v.InferOutput<typeof session>

/** The parts of a client that sessions need. */
export interface SessionParts {
  readonly settings: Settings
  readonly records: Records
  readonly driver: Driver
  /** Seals what the user's browser keeps. */
  readonly cookies: Sealer
}

/** Seals and opens values that tell which installation a browser belongs to. Remembers opened values by their text. */
export class Sessions {
  readonly #sessions: SealedPayloads<Session>
  readonly #settings: Settings
  readonly #records: Records
  readonly #driver: Driver
  readonly #opened = new QuickLRU<string, Session>({ maxSize: remembered })

  constructor({ settings, records, driver, cookies }: SessionParts) {
    this.#sessions = new SealedPayloads(cookies, format, session)
    this.#settings = settings
    this.#records = records
    this.#driver = driver
  }

  /** Returns a sealed session that expires after `lifetimeMs`. `sessions`: its name. Default: that of the record as it is now. */
  async issue(installationId: InstallationId, lifetimeMs: number, sessions?: string): Promise<string> {
    checkDuration('issueSession()', 'lifetimeMs', lifetimeMs)
    const issuedAt = this.#settings.clock.now()
    const named = sessions ?? (await this.#nameOf(installationId))
    const times = { issuedAt, expiresAt: issuedAt + lifetimeMs }
    return this.#sessions.seal(sealName, {
      installationId,
      ...(named !== undefined && { sessions: named }),
      ...times,
    })
  }

  /** Asks the store, because another process may just have ended the sessions. If it does not answer, memory does. */
  async #nameOf(id: InstallationId): Promise<string | undefined> {
    const state = await this.#driver.current(id).catch((error: unknown) => {
      const remembered = isStoreUnavailable(error) ? this.#records.remembered(id) : undefined
      if (remembered?.state === undefined) throw error
      return remembered.state
    })
    return state && sessionsOf(state)
  }

  /** Returns the installation of a session. Undefined: the session is over, or was not sealed with these secrets. */
  async installationOf(sealed: string): Promise<InstallationId | undefined> {
    const found = this.#opened.get(sealed) ?? (await this.#open(sealed))
    const { clock, policy } = this.#settings
    const now = clock.now()
    if (found === undefined || now >= found.expiresAt) return undefined
    // Its clock was wrong, so its expiry is, too.
    if (found.issuedAt > now + policy.clockSkewMs) return undefined
    const { installationId, sessions } = found
    const state = this.#records.servableState(installationId) ?? (await this.#driver.current(installationId))
    return state !== undefined && sessionsOf(state) === sessions ? installationId : undefined
  }

  /**
   * Ends every session of this installation. Resolves to whether there is such an installation.
   * @throws {TokenEndpointError} `client_rejected`, if it belongs to another client id
   */
  async end(id: InstallationId): Promise<boolean> {
    const sessions = randomText(this.#settings.random, 12)
    const { before, next } = await this.#driver.submitPersistently(id, (origin) => ({
      type: 'sessions_ended',
      ...origin,
      sessions,
    }))
    expectOwn(id, before?.state, this.#settings)
    return next !== undefined
  }

  /** The log tells of unknown secrets once a minute, because all users are signed out if one is missing. */
  async #open(sealed: string): Promise<Session | undefined> {
    const opened = await this.#sessions.open(sealName, sealed)
    if (!opened.ok) {
      if (opened.problem === 'unknown_key') this.#settings.log.warn(unknownKey, 'session_of_unknown_key')
      return undefined
    }
    this.#opened.set(sealed, opened.payload)
    return opened.payload
  }
}

const unknownKey = {
  what: 'a session was sealed with a secret that is not in `secrets`. Its user has to sign in again',
  code: 'unknown_key',
  action: sameSecrets,
}
