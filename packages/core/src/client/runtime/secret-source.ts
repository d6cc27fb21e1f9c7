import { ConfigurationError, StoreError } from '../../errors.ts'
import type { FullClock } from './clock.ts'
import { defaultPolicy } from '../../machine/policy.ts'
import { secretProblems } from './secret-problems.ts'
import { withTimeLimit } from './time-limit.ts'

/** The sealing secrets: an array, or a function that asks a key service. The first one seals, each of them opens. */
export type Secrets = readonly string[] | (() => Promise<readonly string[]>)

/** A key service is asked again at most this often, in milliseconds. */
const askAgainAfterMs = 60_000

/** Returns the texts of a list without the white space around them, such as the line break at the end of a file. */
export function trimmedEach<T>(values: T): T {
  const trimmed = (value: unknown) => (typeof value === 'string' ? value.trim() : value)
  return Array.isArray(values) ? (values.map(trimmed) as T) : values
}

/** Gives the sealing secrets. A key service is asked once, and again when a record was sealed with an unknown one. */
export class SecretSource {
  readonly #secrets: Secrets
  readonly #clientSecrets: readonly string[]
  readonly #clock: FullClock
  readonly #timeoutMs: number
  #asked: Promise<readonly string[]> | undefined
  /** The last time that a key service was asked again. What is known stays in use until it has answered. */
  #askedAgain: Promise<readonly string[]> | undefined
  #askedAt = Number.NEGATIVE_INFINITY

  /** `timeoutMs`: how long the key service may take to answer. */
  constructor(
    secrets: Secrets,
    clientSecrets: readonly string[],
    clock: FullClock,
    timeoutMs = defaultPolicy.storeTimeoutMs,
  ) {
    this.#secrets = secrets
    this.#clientSecrets = clientSecrets
    this.#clock = clock
    this.#timeoutMs = timeoutMs
  }

  /** Whether a function gives the secrets. */
  get isService(): boolean {
    return typeof this.#secrets === 'function'
  }

  /**
   * Returns the secrets. The array is the same one until they change.
   * @throws {ConfigurationError} `invalid_configuration`, when the key service gives secrets that can be guessed
   * @throws {StoreError} `secrets_unavailable`, when the key service does not answer
   */
  current(): Promise<readonly string[]> {
    this.#asked ??= this.#ask().catch((error: unknown) => {
      this.#asked = undefined
      throw error
    })
    return this.#asked
  }

  /**
   * Asks a key service again, if it was not asked within the last minute. What is known stays in use meanwhile, and if it
   * fails. Resolves to whether it was asked again, and shares its answer for that minute.
   * @throws as `current()`
   */
  async refresh(): Promise<boolean> {
    if (this.isService && !this.#wasAskedLately) {
      const asked = this.#ask()
      this.#askedAgain = asked
      asked.then(
        () => (this.#asked = asked),
        () => {},
      )
    }
    await this.#askedAgain
    return this.#askedAgain !== undefined
  }

  /** Not if the clock shows an earlier time than then: it was set back, and tells nothing. */
  get #wasAskedLately(): boolean {
    const now = this.#clock.now()
    return now >= this.#askedAt && now < this.#askedAt + askAgainAfterMs
  }

  async #ask(): Promise<readonly string[]> {
    if (typeof this.#secrets !== 'function') return this.#secrets
    this.#askedAt = this.#clock.now()
    const secrets = trimmedEach(await this.#answer(this.#secrets))
    const problems = secretProblems(secrets, this.#clientSecrets)
    if (problems.length > 0) throw new ConfigurationError(problems)
    return secrets
  }

  async #answer(ask: () => Promise<readonly string[]>): Promise<readonly string[]> {
    try {
      const limit = { ms: this.#timeoutMs, clock: this.#clock }
      return await withTimeLimit(ask(), limit, () => new Error(`It took longer than ${this.#timeoutMs} ms.`))
    } catch (cause) {
      throw new StoreError(
        'secrets_unavailable',
        'The key service did not give the sealing secrets. Nothing is lost; see `cause` for what it said.',
        { cause },
      )
    }
  }
}
