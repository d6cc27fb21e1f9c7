import type { StoreFinding } from '../../store/store.ts'
import type { Settings } from '../runtime/settings.ts'
import { steadyTime } from '../runtime/steady-time.ts'
import { storeAnswer } from './store-answer.ts'

/** How long after a check that failed the next one may begin, in milliseconds. */
const pauseMs = 60_000

/**
 * Returns what the store's `check()` finds. Empty if the store has none. `inBackground`: as in `storeAnswer`.
 * @throws {StoreError} `store_unavailable`
 */
export async function storeFindings(
  settings: Settings,
  inBackground = false,
): Promise<readonly StoreFinding[]> {
  const check = settings.store.check?.bind(settings.store)
  if (check === undefined) return []
  return storeAnswer(settings, 'check', check, { inBackground })
}

/** Asks the store once per client what endangers its records, in the background, and reports it. */
export class FirstUseCheck {
  readonly #settings: Settings
  readonly #now: () => number
  #dueAt: number

  constructor(settings: Settings) {
    this.#settings = settings
    this.#now = steadyTime(settings.clock)
    this.#dueAt = settings.store.check === undefined ? Infinity : -Infinity
  }

  /** Begins the check if it is due. For after an answer of the store, so that a store that is away is not asked. */
  run(): void {
    if (this.#dueAt === Infinity || this.#now() < this.#dueAt) return
    this.#dueAt = Infinity
    const checked = this.#report()
    this.#settings.waitUntil?.(checked)
  }

  async #report(): Promise<void> {
    const { emit } = this.#settings
    try {
      const findings = await storeFindings(this.#settings, true)
      if (findings.length > 0) emit({ type: 'store_endangered', findings })
    } catch {
      this.#dueAt = this.#now() + pauseMs
    }
  }
}
