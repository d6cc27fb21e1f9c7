import { guarded } from './guarded.ts'
import { logEvent } from './log-event.ts'
import type { Log } from './log.ts'
import type { Emit, OAuthEvent, OAuthEventListener } from './oauth-event.ts'

/** Calls every listener for each event. The error of a listener is logged and does not reach other code. */
export class EventHub {
  readonly #now: () => number
  readonly #log: Log
  readonly #listeners = new Set<(event: OAuthEvent) => void>()

  constructor(now: () => number, log: Log) {
    this.#now = now
    this.#log = log
  }

  /** Adds a listener. The returned function removes it. */
  subscribe(hear: OAuthEventListener): () => void {
    const listener = guarded(this.#log, hear, ({ type, installationId }) => ({
      what: `a listener of events failed at ${type}`,
      installationId,
      action: 'Correct the listener. Nothing else is affected.',
    }))
    this.#listeners.add(listener)
    return () => void this.#listeners.delete(listener)
  }

  readonly emit: Emit = (report) => {
    logEvent(this.#log, report)
    if (this.#listeners.size === 0) return
    const { installationId } = report
    const reference =
      report.reference ?? (installationId === undefined ? undefined : this.#log.referenceOf(installationId))
    const named = reference === undefined ? {} : { reference }
    const event = { at: this.#now(), ...report, ...named } as OAuthEvent
    for (const listener of this.#listeners) listener(event)
  }
}
