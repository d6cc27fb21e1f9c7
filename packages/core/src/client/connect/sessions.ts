import QuickLRU from 'quick-lru'
import * as v from 'valibot'
import { isInstallationId, type InstallationId } from '../../machine/account.ts'
import { sessionsFrom } from '../../machine/installation/state.ts'
import { InvalidArgumentError } from '../../errors.ts'
import type { Driver } from '../records/driver.ts'
import type { Records } from '../records/records.ts'
import { sameSecrets } from '../runtime/action-for.ts'
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

  /** Returns a sealed session that expires `lifetimeMs` after `since`, which is now at the latest. */
  async issue(installationId: InstallationId, lifetimeMs: number, since?: number): Promise<string> {
    checkDuration('issueSession()', 'lifetimeMs', lifetimeMs)
    if (since !== undefined && !Number.isFinite(since))
      throw new InvalidArgumentError('issueSession()', ['issuedAt must be epoch milliseconds'])
    const now = this.#settings.clock.now()
    const issuedAt = Math.min(since ?? now, now)
    return this.#sessions.seal(sealName, { installationId, issuedAt, expiresAt: issuedAt + lifetimeMs })
  }

  /** Returns the installation of a session. Undefined: the session is over, or was not sealed with these secrets. */
  async installationOf(sealed: string): Promise<InstallationId | undefined> {
    const found = this.#opened.get(sealed) ?? (await this.#open(sealed))
    const { clock, policy } = this.#settings
    if (found === undefined || clock.now() >= found.expiresAt) return undefined
    const { installationId, issuedAt } = found
    const state = this.#records.servableState(installationId) ?? (await this.#driver.current(installationId))
    const isOver = state === undefined || issuedAt < sessionsFrom(state) - policy.clockSkewMs
    return isOver ? undefined : installationId
  }

  /** Ends every session of this installation. Resolves to whether there is such an installation. */
  async end(id: InstallationId): Promise<boolean> {
    const { next } = await this.#driver.submitPersistently(id, (origin) => ({
      type: 'sessions_ended',
      ...origin,
    }))
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
