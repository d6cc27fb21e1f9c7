import QuickLRU from 'quick-lru'
import { firstTokens } from '../../calls/first-tokens.ts'
import type { AttemptEvent } from '../../machine/consent/event.ts'
import type { AttemptState, Completed } from '../../machine/consent/state.ts'
import { transitionAttempt } from '../../machine/consent/transition.ts'
import { problemsOf } from '../../machine/problems.ts'
import type { Tokens } from '../../machine/tokens.ts'
import { authorizationUrl } from '../../protocol/authorization-url.ts'
import { readCallback } from '../../protocol/callback.ts'
import { isReturnPath } from '../../protocol/return-path.ts'
import {
  CallbackError,
  ForbiddenRequestError,
  InvalidArgumentError,
  PipedriveOAuthError,
  TokenEndpointError,
} from '../../errors.ts'
import { SealedPayloads } from '../records/sealed-payload.ts'
import type { Sealer } from '../records/sealer.ts'
import { causeOf } from '../runtime/log.ts'
import { randomText } from '../runtime/random.ts'
import type { Settings } from '../runtime/settings.ts'
import type { TokenEndpoint } from '../tokens/token-endpoint.ts'
import { attemptState } from './attempt-schema.ts'
import { expectedAccount, type Expectation } from './expected-account.ts'
import type { Grants, StoredGrant } from './grants.ts'
import { referenceCheck } from './reference.ts'

/** How a connection begins. */
export interface AuthorizeOptions {
  /** Where the user goes after it: a path of this application. Default: `/`. */
  readonly returnTo?: string | undefined
  /**
   * The application's own name of the tenant or user, 1 to 200 characters. It comes back from `callback()`, is stored with
   * the installation, and is part of its description. Default: none; an installation keeps the one it has.
   */
  readonly reference?: string | undefined
  /** Only this account may connect: an installation id, or any user of a company. Default: any account. */
  readonly expect?: Expectation | undefined
}

/** The result of `authorize()`: where to send the user, and what to keep until the user comes back. */
export interface AuthorizationRequest {
  /** The address of Pipedrive's consent page. */
  readonly url: string
  /** The random `state` in that address: 256 bits. */
  readonly state: string
  /** The sealed attempt. Keep it in an HttpOnly cookie of the user's browser, for `policy.consentTimeoutMs`. */
  readonly attempt: string
}

/** The result of a callback. */
export interface ConsentOutcome extends StoredGrant {
  readonly returnTo: string
  readonly reference: string | undefined
  /** The sealed attempt after the callback. With it in the cookie, a repeat of the callback gives this result again. */
  readonly attempt: string
}

/** The name under which attempts are sealed, and the format number of their payload. */
const sealName = 'attempt'
const format = 1
/** How many attempts this process remembers besides their cookies. */
const rememberedAttempts = 1_000

/** Takes users through the consent page. The attempt machine decides each step. */
export class Consent {
  readonly #settings: Settings
  readonly #attempts: SealedPayloads<AttemptState>
  readonly #endpoint: TokenEndpoint
  readonly #grants: Grants
  /**
   * The latest step of each attempt in this process. A callback that is repeated, or failed half-way, continues from
   * it.
   */
  readonly #reached = new QuickLRU<string, AttemptState>({ maxSize: rememberedAttempts })
  readonly #running = new Map<string, Promise<ConsentOutcome>>()

  constructor(settings: Settings, sealer: Sealer, endpoint: TokenEndpoint, grants: Grants) {
    this.#settings = settings
    this.#attempts = new SealedPayloads(sealer, format, attemptState)
    this.#endpoint = endpoint
    this.#grants = grants
  }

  async begin({ returnTo = '/', reference, expect }: AuthorizeOptions): Promise<AuthorizationRequest> {
    const expected = expectedAccount(expect)
    const problems = problemsOf(referenceCheck(reference), [
      expected === 'malformed',
      'expect must be an installation id, or { companyId, userId? }',
    ])
    if (problems.length > 0 || expected === 'malformed')
      throw new InvalidArgumentError('authorize()', problems)
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
      ...(reference === undefined ? {} : { reference }),
      ...(expected === undefined ? {} : { expect: expected }),
    })
    this.#settings.emit({ type: 'consent_started', ...(reference === undefined ? {} : { reference }) })
    return { url: authorizationUrl({ clientId, redirectUri, state }, oauthOrigin), state, attempt }
  }

  async finish(
    url: string | URL,
    sealed: string | undefined,
    acceptsMissingState: boolean,
  ): Promise<ConsentOutcome> {
    const about: { attempt?: AttemptState } = {}
    try {
      return await this.#finish(url, sealed, acceptsMissingState, about)
    } catch (error) {
      if (error instanceof PipedriveOAuthError) this.#failed(error, about.attempt)
      throw error
    }
  }

  #failed(error: PipedriveOAuthError, attempt: AttemptState | undefined): void {
    const { emit, clock } = this.#settings
    const reference = attempt?.reference
    emit({
      type: 'consent_failed',
      code: error.code,
      ...(reference === undefined ? {} : { reference }),
      ...(attempt === undefined ? {} : { durationMs: clock.now() - attempt.startedAt }),
      ...causeOf(error),
    })
  }

  async #finish(
    url: string | URL,
    sealed: string | undefined,
    acceptsMissingState: boolean,
    about: { attempt?: AttemptState },
  ): Promise<ConsentOutcome> {
    const parameters = readCallback(url)
    if (parameters === undefined) throw new CallbackError('invalid_callback')
    const at = this.#settings.clock.now()
    const event = { type: 'returned' as const, at, ...parameters, cause: saidAtCallback(parameters.error) }
    // Without state, nothing binds the callback to a browser. So a repeat must not get the result of the first one.
    if (parameters.state === undefined && acceptsMissingState)
      return this.#advance({ status: 'awaiting_consent', returnTo: '/', startedAt: at }, event)
    const opened = await this.#open(sealed)
    about.attempt = opened
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

  async #advance(
    attempt: AttemptState,
    event: AttemptEvent & { readonly cause?: Error | undefined },
    key?: string,
  ): Promise<ConsentOutcome> {
    const { cause } = event
    const [next, [effect]] = transitionAttempt(attempt, event, this.#settings.policy)
    switch (effect?.type) {
      case 'exchange':
        return this.#advance(next, await this.#exchange(effect.code), key)
      case 'identify':
        if (key !== undefined) this.#reached.set(key, next)
        return this.#advance(next, await this.#identify(effect.tokens), key)
      case 'install': {
        const outcome = await this.#grants.install(
          effect.account,
          effect.tokens,
          effect.reference,
          next.startedAt,
        )
        if (key !== undefined) this.#reached.set(key, next)
        return this.#outcome(next as Completed, outcome)
      }
      case 'resume':
        return this.#outcome(next as Completed, 'kept')
      case 'fail':
        throw new CallbackError(effect.code, { returnTo: attempt.returnTo, cause })
      case undefined:
        throw new CallbackError('invalid_callback', { returnTo: attempt.returnTo })
    }
  }

  async #exchange(code: string): Promise<AttemptEvent & { readonly cause?: Error | undefined }> {
    const { redirectUri, clock } = this.#settings
    const answer = await this.#endpoint.tokens({ type: 'authorization_code', code, redirectUri })
    const at = clock.now()
    if (answer.type === 'refused') return { type: 'code_refused', at, cause: answer.cause }
    return { type: 'exchanged', at, tokens: firstTokens(answer, this.#settings.apiOrigin) }
  }

  async #identify(tokens: Tokens): Promise<AttemptEvent> {
    const account = await this.#endpoint.identity(tokens.apiDomain, tokens.accessToken)
    if (account instanceof Error) throw new TokenEndpointError('identity_unavailable', { cause: account })
    return { type: 'identified', at: this.#settings.clock.now(), account }
  }

  async #outcome(attempt: Completed, outcome: StoredGrant['outcome']): Promise<ConsentOutcome> {
    const sealed = await this.#attempts.seal(sealName, attempt)
    const { account, returnTo, reference } = attempt
    return { account, returnTo, reference, outcome, attempt: sealed }
  }

  async #open(sealed: string | undefined): Promise<AttemptState> {
    const opened = sealed === undefined ? undefined : await this.#attempts.open(sealName, sealed)
    if (!opened?.ok) throw new CallbackError('state_mismatch')
    return opened.payload
  }
}

/** Returns an error code that the callback address carried. Anybody can write there, so that other text is left out. */
function saidAtCallback(error: string | undefined): Error | undefined {
  if (error === undefined) return undefined
  return new Error(
    `The callback carried the error ${/^[\w.-]{1,64}$/.test(error) ? error : 'of an unknown form'}`,
  )
}
