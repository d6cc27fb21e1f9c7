import { EventEmitter, on } from 'node:events'
import type { InstallationId, OAuthEvent } from '@pd/oauth-core'

/** An event of the library, numbered as it came. */
export interface Entry {
  readonly number: number
  readonly event: OAuthEvent
}

/** What someone who watches is told. */
export type Change =
  | { readonly type: 'happened'; readonly entry: Entry }
  | { readonly type: 'record_changed'; readonly id: InstallationId }
  /** What every installation is shown with has changed: the time, or Pipedrive itself. */
  | { readonly type: 'surroundings_changed' }

const keptEntries = 200

/** What happened, newest first, and word of what happens. */
export class Feed {
  readonly #emitter = new EventEmitter().setMaxListeners(0)
  #entries: readonly Entry[] = []
  #count = 0

  /** How many entries there ever were. */
  get count(): number {
    return this.#count
  }

  get entries(): readonly Entry[] {
    return this.#entries
  }

  happened(event: OAuthEvent): void {
    const entry = { number: ++this.#count, event }
    this.#entries = [entry, ...this.#entries].slice(0, keptEntries)
    this.#tell({ type: 'happened', entry })
  }

  recordChanged(id: InstallationId): void {
    this.#tell({ type: 'record_changed', id })
  }

  lookAgain(): void {
    this.#tell({ type: 'surroundings_changed' })
  }

  /** Everything from now on, until the signal. What happened after entry number `seen` comes first. */
  async *changes(signal: AbortSignal, seen = this.#count): AsyncGenerator<Change> {
    const coming = on(this.#emitter, 'change', { signal })
    for (const entry of this.#entries.toReversed()) if (entry.number > seen) yield { type: 'happened', entry }
    try {
      for await (const [change] of coming) yield change as Change
    } catch (error) {
      if (!signal.aborted) throw error
    }
  }

  #tell(change: Change): void {
    this.#emitter.emit('change', change)
  }
}
