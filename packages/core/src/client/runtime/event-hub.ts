import type { Emit, OAuthEvent, OAuthEventListener } from './oauth-event.ts'

/** Brings events to every listener. A listener that fails is logged and disturbs nobody. */
export class EventHub {
  readonly #now: () => number
  readonly #listeners = new Set<{ readonly hear: OAuthEventListener }>()

  constructor(now: () => number) {
    this.#now = now
  }

  /** Adds a listener. The function it returns removes it. */
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
