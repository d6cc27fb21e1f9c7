import type { AttemptState, Identifying } from '../../machine/consent/state.ts'
import { SealedPayloads, type OpenedPayload } from '../records/sealed-payload.ts'
import type { Sealer } from '../records/sealer.ts'
import { attemptState } from './attempt-schema.ts'

type SealedState = Exclude<AttemptState, Identifying>

/** The name under which attempts are sealed, and the format number of their payload. */
const sealName = 'attempt'
const format = 1

/** The longest sealed attempt, in characters. One answer may set the cookies of two, which stay below 6 000 together. */
const longestAttempt = 3_000

/** Seals attempts for the browser that begins them, without tokens, and short enough for a cookie. */
export class SealedAttempts {
  readonly #payloads: SealedPayloads<SealedState>

  constructor(sealer: Sealer) {
    this.#payloads = new SealedPayloads(sealer, format, attemptState)
  }

  async seal(attempt: AttemptState): Promise<string> {
    const sealed = await this.#payloads.seal(sealName, withoutTokens(attempt))
    if (attempt.status !== 'completed' || sealed.length <= longestAttempt) return sealed
    // The names of the account can have any length. Its ids are enough to end in the same place.
    const { companyId, userId } = attempt.account
    return this.#payloads.seal(sealName, { ...attempt, account: { companyId, userId } })
  }

  open(sealed: string): Promise<OpenedPayload<SealedState>> {
    return this.#payloads.open(sealName, sealed)
  }
}

function withoutTokens(attempt: AttemptState): SealedState {
  if (attempt.status !== 'identifying') return attempt
  const { tokens: _, ...kept } = attempt
  return { ...kept, status: 'exchanging' }
}
