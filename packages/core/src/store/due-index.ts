import type { InstallationId } from '../machine/account.ts'
import type { DueEntry } from './store.ts'

/** The entries of a store in memory that have a `dueAt`, kept in the order of `due()`. */
export class DueIndex {
  readonly #sorted: DueEntry[] = []
  readonly #byId = new Map<InstallationId, DueEntry>()

  /** Puts an id at its new place. Undefined removes it. */
  set(id: InstallationId, dueAt: number | undefined): void {
    const former = this.#byId.get(id)
    if (former?.dueAt === dueAt) return
    if (former !== undefined) this.#sorted.splice(this.#placeOf(former), 1)
    if (dueAt === undefined) return void this.#byId.delete(id)
    const entry = { id, dueAt }
    this.#byId.set(id, entry)
    this.#sorted.splice(this.#placeOf(entry), 0, entry)
  }

  /** Returns entries as `due()` does. */
  page(before: number, limit: number, after?: DueEntry): DueEntry[] {
    const first = after === undefined ? 0 : this.#placeOf(after, true)
    return this.#sorted.slice(first, first + limit).filter(({ dueAt }) => dueAt < before)
  }

  /** Returns the index of the first entry that is not before this one; with `behind`, of the first one behind it. */
  #placeOf(entry: DueEntry, behind = false): number {
    let [low, high] = [0, this.#sorted.length]
    while (low < high) {
      const middle = (low + high) >> 1
      const candidate = this.#sorted[middle]
      const order = candidate === undefined ? 1 : compareDue(candidate, entry)
      if (order < 0 || (behind && order === 0)) low = middle + 1
      else high = middle
    }
    return low
  }
}

/** Compares two entries by the order of `due()`. */
export function compareDue(left: DueEntry, right: DueEntry): number {
  if (left.dueAt !== right.dueAt) return left.dueAt - right.dueAt
  if (left.id === right.id) return 0
  return left.id < right.id ? -1 : 1
}
