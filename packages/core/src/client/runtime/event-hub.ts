import type { InstallationId } from '../../machine/account.ts'
import type { Log } from './log.ts'
import type { Emit, OAuthEvent, OAuthEventListener } from './oauth-event.ts'

/** Calls every listener for each event. The error of a listener is logged and does not reach other code. */
export class EventHub {
  readonly #now: () => number
  readonly #log: Log
  readonly #listeners = new Set<{ readonly hear: OAuthEventListener }>()
  /** Returns the reference of an installation, as far as this process remembers it. */
  referenceOf: (id: InstallationId) => string | undefined = () => undefined

  constructor(now: () => number, log: Log) {
    this.#now = now
    this.#log = log
  }

  /** Adds a listener. The returned function removes it. */
  subscribe(hear: OAuthEventListener): () => void {
    const listener = { hear }
    this.#listeners.add(listener)
    return () => void this.#listeners.delete(listener)
  }

  readonly emit: Emit = (report) => {
    if (this.#listeners.size === 0) return
    const { installationId } = report
    const reference =
      report.reference ?? (installationId === undefined ? undefined : this.referenceOf(installationId))
    const named = reference === undefined ? {} : { reference }
    const event = { at: this.#now(), ...report, ...named } as OAuthEvent
    for (const { hear } of this.#listeners) void this.#tell(hear, event)
  }

  async #tell(hear: OAuthEventListener, event: OAuthEvent): Promise<void> {
    try {
      await hear(event)
    } catch (error) {
      const { installationId } = event
      const what = `a listener of events failed at ${event.type}`
      this.#log.error({
        what,
        error,
        installationId,
        action: 'Correct the listener. Nothing else is affected.',
      })
    }
  }
}
