import type { Account } from '../machine/account.ts'
import type { Policy } from '../machine/policy.ts'
import type { HttpAnswer, HttpRequest } from '../protocol/http.ts'
import { identityRequest, readIdentity } from '../protocol/identity.ts'
import {
  readRevocationAnswer,
  readTokenAnswer,
  type RevocationAnswer,
  type TokenAnswer,
} from '../protocol/token-answer.ts'
import {
  revocationRequest,
  tokenRequest,
  type ClientCredentials,
  type TokenGrant,
} from '../protocol/token-request.ts'
import type { FullClock } from './clock.ts'
import type { Emit } from './oauth-event.ts'
import type { Settings } from './options.ts'
import { readText } from './read-text.ts'
import { readRetryAfter } from '../protocol/retry-after.ts'

type Failed = Extract<TokenAnswer, { type: 'failed' }>

/** Why a request got no answer. */
type Silence = 'token_endpoint_unavailable' | 'token_endpoint_timeout'

const noDeadline = Number.POSITIVE_INFINITY

/** No answer of the token endpoint is longer than this, in bytes. */
const longestAnswer = 64 * 1024

/**
 * Asks Pipedrive. Nothing here throws for what the network or Pipedrive does: every outcome is an answer, and
 * what it means is decided elsewhere.
 */
export class TokenEndpoint {
  readonly #settings: Settings
  readonly #policy: Policy
  readonly #clock: FullClock
  readonly #emit: Emit
  /** The client secret that worked last. */
  #secretIndex = 0

  constructor(settings: Settings, emit: Emit) {
    this.#settings = settings
    this.#policy = settings.policy
    this.#clock = settings.clock
    this.#emit = emit
  }

  /**
   * Turns a grant into tokens, with retries while the trouble is passing. No request is sent that could end
   * after `deadline` (epoch ms): a lease has one, and nothing else.
   */
  tokens(grant: TokenGrant, deadline = noDeadline): Promise<TokenAnswer> {
    const { oauthOrigin, apiOrigin } = this.#settings
    return this.#persistently(
      (credentials) => tokenRequest(oauthOrigin, credentials, grant),
      (answer, requestedAt) => readTokenAnswer(answer, { requestedAt, apiOrigin }),
      deadline,
    )
  }

  /** Gives a token up. For an unknown token Pipedrive says yes, too. */
  revoke(token: string, hint: 'access_token' | 'refresh_token'): Promise<RevocationAnswer> {
    return this.#persistently(
      (credentials) => revocationRequest(this.#settings.oauthOrigin, credentials, token, hint),
      readRevocationAnswer,
      noDeadline,
    )
  }

  /** Whose tokens these are; undefined when Pipedrive does not say. */
  async identity(apiDomain: string, accessToken: string): Promise<Account | undefined> {
    const { attempts, retryPauseMs } = this.#policy
    for (let attempt = 1; ; attempt++) {
      const answer = await this.#send(identityRequest(apiDomain, accessToken))
      const account = typeof answer === 'object' ? readIdentity(answer.body) : undefined
      if (account !== undefined || attempt >= attempts) return account
      await this.#clock.sleep(retryPauseMs)
    }
  }

  async #persistently<Answer extends TokenAnswer | RevocationAnswer>(
    request: (credentials: ClientCredentials) => HttpRequest,
    read: (answer: HttpAnswer, requestedAt: number) => Answer,
    deadline: number,
  ): Promise<Answer | Failed> {
    const { attempts, retryPauseMs } = this.#policy
    for (let attempt = 1; ; attempt++) {
      const answer = await this.#withEverySecret(request, read, deadline)
      if (attempt >= attempts || !isWorthRetrying(answer, retryPauseMs)) return answer
      await this.#clock.sleep(retryPauseMs)
    }
  }

  async #withEverySecret<Answer extends TokenAnswer | RevocationAnswer>(
    request: (credentials: ClientCredentials) => HttpRequest,
    read: (answer: HttpAnswer, requestedAt: number) => Answer,
    deadline: number,
  ): Promise<Answer | Failed> {
    const { clientId, clientSecrets } = this.#settings
    let answer: Answer | Failed = { type: 'failed', code: 'token_endpoint_timeout' }
    for (const index of this.#secretOrder()) {
      const requestedAt = this.#clock.now()
      if (requestedAt + this.#policy.requestTimeoutMs >= deadline) return answer
      const http = await this.#send(request({ clientId, clientSecret: clientSecrets[index] ?? '' }))
      answer = typeof http === 'object' ? read(http, requestedAt) : { type: 'failed', code: http }
      if (answer.type !== 'failed' || answer.code !== 'client_rejected') {
        if (answer.type === 'granted') this.#worked(index)
        return answer
      }
    }
    return answer
  }

  /** All secrets, beginning with the one that worked last. */
  #secretOrder(): number[] {
    const indices = this.#settings.clientSecrets.map((_, index) => index)
    return [...indices.slice(this.#secretIndex), ...indices.slice(0, this.#secretIndex)]
  }

  #worked(index: number): void {
    if (index !== 0 && index !== this.#secretIndex) this.#emit({ type: 'client_secret_outdated' })
    this.#secretIndex = index
  }

  async #send(request: HttpRequest): Promise<HttpAnswer | Silence> {
    const stop = new AbortController()
    const done = new AbortController()
    let timedOut = false
    this.#clock.sleep(this.#policy.requestTimeoutMs, done.signal).then(
      () => {
        timedOut = true
        stop.abort()
      },
      () => {},
    )
    try {
      return await Promise.race([this.#answer(request, stop.signal), aborted(stop.signal)])
    } catch {
      return timedOut ? 'token_endpoint_timeout' : 'token_endpoint_unavailable'
    } finally {
      done.abort()
    }
  }

  async #answer(request: HttpRequest, signal: AbortSignal): Promise<HttpAnswer> {
    const { url, ...init } = request
    const response = await this.#settings.fetch(url, { ...init, redirect: 'manual', signal })
    const retryAfterMs = readRetryAfter(response.headers.get('retry-after'), this.#clock.now())
    const body = await readText(response, longestAnswer)
    return { status: response.status, body, ...(retryAfterMs === undefined ? {} : { retryAfterMs }) }
  }
}

/** A `fetch` that ignores its signal must not keep a refresh waiting for ever. */
function aborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) =>
    signal.addEventListener('abort', () => reject(signal.reason), { once: true }),
  )
}

function isWorthRetrying(answer: TokenAnswer | RevocationAnswer, pauseMs: number): boolean {
  if (answer.type !== 'failed' || (answer.retryAfterMs ?? 0) > pauseMs) return false
  return answer.code === 'token_endpoint_unavailable' || answer.code === 'token_endpoint_timeout'
}
