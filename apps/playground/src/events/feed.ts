import { EventEmitter, on } from 'node:events'
import type { InstallationId, OAuthEvent } from '@pd/oauth-core'

/** An event of the library with its number in the feed. */
export interface Entry {
  readonly number: number
  readonly event: OAuthEvent
}

/** A change that the pages show. */
export type Change =
  | { readonly type: 'happened'; readonly entry: Entry }
  | { readonly type: 'record_changed'; readonly id: InstallationId }
  /** The time or the state of Pipedrive has changed, which every page shows. */
  | { readonly type: 'surroundings_changed' }

const keptEntries = 200

/** The latest events, newest first, and a stream of all changes. */
export class Feed {
  readonly #emitter = new EventEmitter().setMaxListeners(0)
  #entries: readonly Entry[] = []
  #count = 0

  /** How many events there have been. */
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

  surroundingsChanged(): void {
    this.#tell({ type: 'surroundings_changed' })
  }

  /** Yields every change from now on, until the signal aborts. Entries after number `seen` come first. */
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
