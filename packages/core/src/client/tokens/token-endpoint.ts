import { cleanCause } from '../../clean-cause.ts'
import { askForAccount, askForTokens, askToRevoke } from '../../calls/calls.ts'
import type { Connection } from '../../calls/send.ts'
import type { Account } from '../../machine/account.ts'
import type { Policy } from '../../machine/policy.ts'
import type { RevocationAnswer, TokenAnswer } from '../../protocol/token-answer.ts'
import type { ClientCredentials, TokenGrant, TokenHint } from '../../protocol/token-request.ts'
import type { FullClock } from '../runtime/clock.ts'
import { retry } from '../runtime/retry.ts'
import type { Settings } from '../runtime/settings.ts'
import { withTimeLimit } from '../runtime/time-limit.ts'

type Answer = TokenAnswer | RevocationAnswer
type Failed = Extract<TokenAnswer, { type: 'failed' }>

/** One request with these credentials. */
type Call<A extends Answer> = (credentials: ClientCredentials, connection: Connection) => Promise<A>

const noDeadline = Number.POSITIVE_INFINITY

/**
 * Sends requests to Pipedrive, with time limits and retries. Never throws for a failure of the network or of Pipedrive:
 * it returns every outcome as an answer.
 */
export class TokenEndpoint {
  readonly #settings: Settings
  readonly #policy: Policy
  readonly #clock: FullClock
  /** The client secret that worked last. */
  #secretIndex = 0

  constructor(settings: Settings) {
    this.#settings = settings
    this.#policy = settings.policy
    this.#clock = settings.clock
  }

  /**
   * Exchanges a grant for tokens, and tries again if that may help. Sends no request that could end after `deadline`
   * (epoch ms), because a refresh must end before its lease. Default: no deadline.
   */
  tokens(grant: TokenGrant, deadline = noDeadline): Promise<TokenAnswer> {
    return this.#retried((credentials, connection) => askForTokens(credentials, grant, connection), deadline)
  }

  /** Revokes a token. Pipedrive also answers an unknown token with success. */
  revoke(token: string, hint: TokenHint): Promise<RevocationAnswer> {
    return this.#retried(
      (credentials, connection) => askToRevoke(credentials, token, hint, connection),
      noDeadline,
    )
  }

  /** Asks who an access token belongs to. Resolves to an error that says why, if Pipedrive did not say. */
  identity(apiDomain: string, accessToken: string): Promise<Account | Error> {
    const ask = async () => {
      const answer = await this.#inTime((connection) => askForAccount(apiDomain, accessToken, connection))
      return 'companyId' in answer || answer instanceof Error
        ? answer
        : (answer.cause ?? new Error(answer.code))
    }
    return retry(this.#clock, ask, (account, tries) =>
      account instanceof Error ? this.#pauseAfter(tries) : undefined,
    )
  }

  #retried<A extends Answer>(call: Call<A>, deadline: number): Promise<A | Failed> {
    return retry(
      this.#clock,
      () => this.#withEverySecret(call, deadline),
      (answer, tries) =>
        isWorthRetrying(answer, this.#policy.retryPauseMs) ? this.#pauseAfter(tries) : undefined,
    )
  }

  #pauseAfter(tries: number): number | undefined {
    return tries < this.#policy.requestsPerRefresh ? this.#policy.retryPauseMs : undefined
  }

  async #withEverySecret<A extends Answer>(call: Call<A>, deadline: number): Promise<A | Failed> {
    const { clientId, clientSecrets } = this.#settings
    let answer: A | Failed = { type: 'failed', code: 'token_endpoint_timeout' }
    for (const index of this.#secretOrder()) {
      const leftMs = deadline - this.#clock.now()
      // More than a lease is left only if the clock was set back, and then nobody knows whether the lease still runs.
      const isUnknown = deadline !== noDeadline && leftMs > this.#policy.leaseMs
      if (isUnknown || leftMs <= this.#policy.requestTimeoutMs) return answer
      const credentials = { clientId, clientSecret: clientSecrets[index] ?? '' }
      answer = await this.#inTime((connection) => call(credentials, connection))
      if (answer.type !== 'failed' || answer.code !== 'client_rejected') {
        if (answer.type !== 'failed') this.#worked(index)
        return answer
      }
    }
    return answer
  }

  /** Returns the index of every secret, beginning with the one that worked last. */
  #secretOrder(): number[] {
    const indices = this.#settings.clientSecrets.map((_, index) => index)
    return [...indices.slice(this.#secretIndex), ...indices.slice(0, this.#secretIndex)]
  }

  #worked(index: number): void {
    if (index !== 0 && index !== this.#secretIndex) this.#settings.emit({ type: 'client_secret_outdated' })
    this.#secretIndex = index
  }

  /** Sends one request. It ends after `requestTimeoutMs`, even if `fetch` ignores its signal. */
  async #inTime<T>(call: (connection: Connection) => Promise<T>): Promise<T | Failed> {
    const { fetch, oauthOrigin, apiOrigin, clock, serverClock } = this.#settings
    const stop = new AbortController()
    const heard: Connection['heard'] = (...answer) => serverClock.hear(...answer)
    const connection = { fetch, oauthOrigin, apiOrigin, now: () => clock.now(), signal: stop.signal, heard }
    try {
      return await withTimeLimit(
        call(connection),
        { ms: this.#policy.requestTimeoutMs, clock },
        () => new Late(this.#policy.requestTimeoutMs),
      )
    } catch (error) {
      stop.abort()
      const code = error instanceof Late ? 'token_endpoint_timeout' : 'token_endpoint_unavailable'
      return { type: 'failed', code, cause: cleanCause(error, this.#settings.clientSecrets) }
    }
  }
}

class Late extends Error {
  constructor(ms: number) {
    super(`No answer within ${ms} ms`)
  }
}

function isWorthRetrying(answer: Answer, pauseMs: number): boolean {
  if (answer.type !== 'failed' || (answer.retryAfterMs ?? 0) > pauseMs) return false
  return answer.code === 'token_endpoint_unavailable' || answer.code === 'token_endpoint_timeout'
}
