import QuickLRU from 'quick-lru'
import * as v from 'valibot'
import { isInstallationId, type InstallationId } from '../machine/account.ts'
import type { FullClock } from './clock.ts'
import type { Sealer } from './sealing.ts'

const sealName = 'session'
const remembered = 10_000

const session = v.object({
  installationId: v.custom<InstallationId>(isInstallationId),
  expiresAt: v.number(),
})
type Session = v.InferOutput<typeof session>

/** Sealed values that say which installation a browser belongs to. What was opened once is known by its text. */
export class Sessions {
  readonly #sealer: Sealer
  readonly #clock: FullClock
  readonly #opened = new QuickLRU<string, Session>({ maxSize: remembered })

  constructor(sealer: Sealer, clock: FullClock) {
    this.#sealer = sealer
    this.#clock = clock
  }

  issue(installationId: InstallationId, lifetimeMs: number): Promise<string> {
    const issued: Session = { installationId, expiresAt: this.#clock.now() + lifetimeMs }
    return this.#sealer.seal(sealName, issued)
  }

  /** Whose session it is; undefined when it is not ours, or over. */
  async read(sealed: string): Promise<InstallationId | undefined> {
    const found = this.#opened.get(sealed) ?? (await this.#open(sealed))
    return found !== undefined && this.#clock.now() < found.expiresAt ? found.installationId : undefined
  }

  async #open(sealed: string): Promise<Session | undefined> {
    const opened = await this.#sealer.open(sealName, sealed)
    const parsed = v.safeParse(session, opened.ok ? opened.payload : undefined)
    if (!parsed.success) return undefined
    this.#opened.set(sealed, parsed.output)
    return parsed.output
  }
}
