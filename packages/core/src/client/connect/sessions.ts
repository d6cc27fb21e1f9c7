import QuickLRU from 'quick-lru'
import * as v from 'valibot'
import { isInstallationId, type InstallationId } from '../../machine/account.ts'
import type { FullClock } from '../runtime/clock.ts'
import { sameSecrets } from '../runtime/action-for.ts'
import type { Log } from '../runtime/log.ts'
import { SealedPayloads } from '../records/sealed-payload.ts'
import type { Sealer } from '../records/sealer.ts'

/** The name under which sessions are sealed, and the format number of their payload. */
const sealName = 'session'
const format = 1
const remembered = 10_000

const session = v.object({
  installationId: v.custom<InstallationId>(isInstallationId),
  issuedAt: v.number(),
  expiresAt: v.number(),
})
export type Session = v.InferOutput<typeof session>

/** Seals and opens values that tell which installation a browser belongs to. Remembers opened values by their text. */
export class Sessions {
  readonly #sessions: SealedPayloads<Session>
  readonly #clock: FullClock
  readonly #log: Log
  readonly #opened = new QuickLRU<string, Session>({ maxSize: remembered })

  constructor(sealer: Sealer, { clock, log }: { readonly clock: FullClock; readonly log: Log }) {
    this.#sessions = new SealedPayloads(sealer, format, session)
    this.#clock = clock
    this.#log = log
  }

  /** Returns a sealed session that expires after `lifetimeMs`. */
  issue(installationId: InstallationId, lifetimeMs: number): Promise<string> {
    const issuedAt = this.#clock.now()
    return this.#sessions.seal(sealName, { installationId, issuedAt, expiresAt: issuedAt + lifetimeMs })
  }

  /**
   * Returns the installation of a session. Undefined: the session has expired, or was not sealed with these secrets. The log
   * says so once a minute, because all users are signed out if a secret is missing.
   */
  async read(sealed: string): Promise<Session | undefined> {
    const found = this.#opened.get(sealed) ?? (await this.#open(sealed))
    return found !== undefined && this.#clock.now() < found.expiresAt ? found : undefined
  }

  async #open(sealed: string): Promise<Session | undefined> {
    const opened = await this.#sessions.open(sealName, sealed)
    if (!opened.ok) {
      if (opened.problem === 'unknown_key') this.#log.warn(unknownKey, 'session_of_unknown_key')
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
