import type { Emit, OAuthEvent, OAuthEventListener } from './oauth-event.ts'

/** Calls every listener for each event. The error of a listener is logged and does not reach other code. */
export class EventHub {
  readonly #now: () => number
  readonly #listeners = new Set<{ readonly hear: OAuthEventListener }>()

  constructor(now: () => number) {
    this.#now = now
  }

  /** Adds a listener. The returned function removes it. */
  subscribe(hear: OAuthEventListener): () => void {
    const listener = { hear }
    this.#listeners.add(listener)
    return () => void this.#listeners.delete(listener)
  }

  readonly emit: Emit = (report) => {
    if (this.#listeners.size === 0) return
    const event = { at: this.#now(), ...report } as OAuthEvent
    for (const { hear } of this.#listeners) void tell(hear, event)
  }
}

async function tell(hear: OAuthEventListener, event: OAuthEvent): Promise<void> {
  try {
    await hear(event)
  } catch (error) {
    console.error('A listener for the events of PipedriveOAuth failed:', error)
  }
}
