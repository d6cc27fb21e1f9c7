import QuickLRU from 'quick-lru'
import { firstTokens } from '../../calls/first-tokens.ts'
import type { AttemptEvent } from '../../machine/consent/event.ts'
import type { AttemptState, Completed } from '../../machine/consent/state.ts'
import { transitionAttempt } from '../../machine/consent/transition.ts'
import type { Tokens } from '../../machine/tokens.ts'
import { authorizationUrl } from '../../protocol/authorization-url.ts'
import { readCallback } from '../../protocol/callback.ts'
import { isReturnPath } from '../../protocol/return-path.ts'
import { CallbackError, ForbiddenRequestError, TokenEndpointError } from '../../errors.ts'
import { SealedPayloads } from '../records/sealed-payload.ts'
import type { Sealer } from '../records/sealer.ts'
import { randomText } from '../runtime/random.ts'
import type { Settings } from '../runtime/settings.ts'
import type { TokenEndpoint } from '../tokens/token-endpoint.ts'
import { attemptState } from './attempt-schema.ts'
import type { Grants, StoredGrant } from './grants.ts'

/** Where to send the user, and what to remember meanwhile. */
export interface AuthorizationRequest {
  /** The address of Pipedrive's consent page. */
  readonly url: string
  /** The random `state` in that address: 256 bits. */
  readonly state: string
  /** Sealed; belongs into an HttpOnly cookie of the browser that is sent away, for `policy.attemptMs`. */
  readonly attempt: string
}

/** How a callback ended. */
export interface ConsentOutcome extends StoredGrant {
  readonly returnTo: string
  /** The attempt as it is now, sealed: in the cookie's place it makes the same callback end here again. */
  readonly attempt: string
}

/** The name that attempts are sealed under, and the format of their payload. */
const sealName = 'attempt'
const format = 1
/** How many attempts this process remembers beyond their cookie. */
const rememberedAttempts = 1_000

/** The way of one user through the consent page, decided by the attempt machine. */
export class Consent {
  readonly #settings: Settings
  readonly #attempts: SealedPayloads<AttemptState>
  readonly #endpoint: TokenEndpoint
  readonly #grants: Grants
  /** How far attempts have got here: a callback that comes again, or failed half-way, goes on from there. */
  readonly #reached = new QuickLRU<string, AttemptState>({ maxSize: rememberedAttempts })
  readonly #running = new Map<string, Promise<ConsentOutcome>>()

  constructor(settings: Settings, sealer: Sealer, endpoint: TokenEndpoint, grants: Grants) {
    this.#settings = settings
    this.#attempts = new SealedPayloads(sealer, format, attemptState)
    this.#endpoint = endpoint
    this.#grants = grants
  }

  async begin(returnTo: string): Promise<AuthorizationRequest> {
    if (!isReturnPath(returnTo))
      throw new ForbiddenRequestError(
        'foreign_return_to',
        'returnTo must be a path of this application, such as /settings',
      )
    const { clientId, redirectUri, oauthOrigin, random, clock } = this.#settings
    const state = randomText(random, 32)
    const attempt = await this.#attempts.seal(sealName, {
      status: 'awaiting_consent',
      state,
      returnTo,
      startedAt: clock.now(),
    })
    return { url: authorizationUrl({ clientId, redirectUri, state }, oauthOrigin), state, attempt }
  }

  async finish(
    url: string | URL,
    sealed: string | undefined,
    acceptsMissingState: boolean,
  ): Promise<ConsentOutcome> {
    const parameters = readCallback(url)
    if (parameters === undefined) throw new CallbackError('invalid_callback')
    const at = this.#settings.clock.now()
    const event: AttemptEvent = { type: 'returned', at, ...parameters }
    // Not bound to a browser, so nobody but the first to bring the code may have what comes of it.
    if (parameters.state === undefined && acceptsMissingState)
      return this.#advance({ status: 'awaiting_consent', returnTo: '/', startedAt: at }, event)
    const opened = await this.#open(sealed)
    const key = `${opened.status === 'failed' ? '' : (opened.state ?? '')} ${parameters.code ?? ''}`
    const running = this.#running.get(key)
    if (running !== undefined) return running
    const finishing = this.#advance(this.#reached.get(key) ?? opened, event, key)
    this.#running.set(key, finishing)
    try {
      return await finishing
    } finally {
      this.#running.delete(key)
    }
  }

  async #advance(attempt: AttemptState, event: AttemptEvent, key?: string): Promise<ConsentOutcome> {
    const [next, [effect]] = transitionAttempt(attempt, event, this.#settings.policy)
    switch (effect?.type) {
      case 'exchange':
        return this.#advance(next, await this.#exchange(effect.code), key)
      case 'identify':
        if (key !== undefined) this.#reached.set(key, next)
        return this.#advance(next, await this.#identify(effect.tokens), key)
      case 'install': {
        const outcome = await this.#grants.install(effect.account, effect.tokens)
        if (key !== undefined) this.#reached.set(key, next)
        return this.#outcome(next as Completed, outcome)
      }
      case 'resume':
        return this.#outcome(next as Completed, 'kept')
      case 'fail':
        throw new CallbackError(effect.code, { returnTo: attempt.returnTo })
      case undefined:
        throw new CallbackError('invalid_callback', { returnTo: attempt.returnTo })
    }
  }

  async #exchange(code: string): Promise<AttemptEvent> {
    const { redirectUri, clock } = this.#settings
    const answer = await this.#endpoint.tokens({ type: 'authorization_code', code, redirectUri })
    const at = clock.now()
    if (answer.type === 'refused') return { type: 'code_refused', at }
    return { type: 'exchanged', at, tokens: firstTokens(answer, this.#settings.apiOrigin) }
  }

  async #identify(tokens: Tokens): Promise<AttemptEvent> {
    const account = await this.#endpoint.identity(tokens.apiDomain, tokens.accessToken)
    if (account === undefined) throw new TokenEndpointError('identity_unavailable')
    return { type: 'identified', at: this.#settings.clock.now(), account }
  }

  async #outcome(attempt: Completed, outcome: StoredGrant['outcome']): Promise<ConsentOutcome> {
    const sealed = await this.#attempts.seal(sealName, attempt)
    return { account: attempt.account, returnTo: attempt.returnTo, outcome, attempt: sealed }
  }

  async #open(sealed: string | undefined): Promise<AttemptState> {
    const opened = sealed === undefined ? undefined : await this.#attempts.open(sealName, sealed)
    if (!opened?.ok) throw new CallbackError('state_mismatch')
    return opened.payload
  }
}
