import type { InstallationId, PipedriveOAuth } from '@pd/oauth-core'
import type { MovableClock } from './clock.ts'
import { explainFailure, type Failure } from './failure.ts'

/** The fields of a deal of API v2 that the pages show. */
export interface Deal {
  readonly id: number
  readonly title: string
  readonly value: number
  readonly currency: string
  readonly status: string
  readonly expected_close_date: string | null
}

/** The deals of a user as they were read last. */
export interface DealReading {
  /** When `deals` were read, in epoch milliseconds. Undefined if no reading has succeeded yet. */
  readonly readAt?: number
  readonly deals: readonly Deal[]
  /** Why the latest reading failed. Undefined if it succeeded. */
  readonly failure?: Failure
}

/**
 * The latest reading of each user's deals. The page shows it and does not ask Pipedrive at each visit, so that a visit
 * refreshes no tokens.
 */
export class DealReadings {
  readonly #oauth: PipedriveOAuth
  readonly #clock: MovableClock
  readonly #readings = new Map<InstallationId, DealReading>()

  constructor(oauth: PipedriveOAuth, clock: MovableClock) {
    this.#oauth = oauth
    this.#clock = clock
  }

  last(id: InstallationId): DealReading | undefined {
    return this.#readings.get(id)
  }

  /** Reads the deals. If that fails, the reading has the deals of the one before and the failure. */
  async read(id: InstallationId): Promise<DealReading> {
    const before = this.#readings.get(id) ?? { deals: [] }
    const reading = await this.#ask(id).catch((error: unknown) => ({
      ...before,
      failure: explainFailure(error),
    }))
    this.#readings.set(id, reading)
    return reading
  }

  forget(id: InstallationId): void {
    this.#readings.delete(id)
  }

  async #ask(id: InstallationId): Promise<DealReading> {
    const [, ownerId = ''] = id.split(':')
    const { data } = await this.#oauth
      .installation(id)
      .api<{ data: Deal[] | null }>('/api/v2/deals', { query: { owner_id: ownerId, limit: 50 } })
    return { readAt: this.#clock.now(), deals: data ?? [] }
  }
}
