import QuickLRU from 'quick-lru'
import * as v from 'valibot'
import { isInstallationId, type InstallationId } from '../../machine/account.ts'
import type { FullClock } from '../runtime/clock.ts'
import { SealedPayloads } from '../records/sealed-payload.ts'
import type { Sealer } from '../records/sealer.ts'

/** The name that sessions are sealed under, and the format of their payload. */
const sealName = 'session'
const format = 1
const remembered = 10_000

const session = v.object({
  installationId: v.custom<InstallationId>(isInstallationId),
  expiresAt: v.number(),
})
type Session = v.InferOutput<typeof session>

/** Sealed values that say which installation a browser belongs to. A value that was opened once is remembered by its text. */
export class Sessions {
  readonly #sessions: SealedPayloads<Session>
  readonly #clock: FullClock
  readonly #opened = new QuickLRU<string, Session>({ maxSize: remembered })

  constructor(sealer: Sealer, clock: FullClock) {
    this.#sessions = new SealedPayloads(sealer, format, session)
    this.#clock = clock
  }

  issue(installationId: InstallationId, lifetimeMs: number): Promise<string> {
    const issued: Session = { installationId, expiresAt: this.#clock.now() + lifetimeMs }
    return this.#sessions.seal(sealName, issued)
  }

  /** Returns the installation that a session belongs to. Undefined: the session has expired, or is not one of this app. */
  async read(sealed: string): Promise<InstallationId | undefined> {
    const found = this.#opened.get(sealed) ?? (await this.#open(sealed))
    return found !== undefined && this.#clock.now() < found.expiresAt ? found.installationId : undefined
  }

  async #open(sealed: string): Promise<Session | undefined> {
    const opened = await this.#sessions.open(sealName, sealed)
    if (!opened.ok) return undefined
    this.#opened.set(sealed, opened.payload)
    return opened.payload
  }
}
