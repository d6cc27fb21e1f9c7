import type { InstallationId, PipedriveOAuth } from '@pd/oauth-core'
import type { MovableClock } from './clock.ts'
import { explainFailure, type Failure } from './failure.ts'

/** A deal as API v2 gives it, as far as it is shown. */
export interface Deal {
  readonly id: number
  readonly title: string
  readonly value: number
  readonly currency: string
  readonly status: string
  readonly expected_close_date: string | null
}

/** What came of reading a user's deals. */
export interface DealReading {
  readonly readAt: number
  readonly deals: readonly Deal[]
  readonly failure?: Failure
}

/**
 * The deals as they were read last. The page shows these rather than ask each time it is looked at, so that nobody's
 * access token is refreshed by looking.
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

  /** Reads again. Never rejects: a failure is a reading, too. */
  async read(id: InstallationId): Promise<DealReading> {
    const before = this.#readings.get(id)
    const reading = await this.#ask(id).catch((error: unknown) => ({
      deals: before?.deals ?? [],
      failure: explainFailure(error),
    }))
    const dated = { readAt: this.#clock.now(), ...reading }
    this.#readings.set(id, dated)
    return dated
  }

  forget(id: InstallationId): void {
    this.#readings.delete(id)
  }

  async #ask(id: InstallationId): Promise<Pick<DealReading, 'deals'>> {
    const [, ownerId = ''] = id.split(':')
    const { data } = await this.#oauth
      .installation(id)
      .api<{ data: Deal[] | null }>('/api/v2/deals', { query: { owner_id: ownerId, limit: 50 } })
    return { deals: data ?? [] }
  }
}
