import QuickLRU from 'quick-lru'
import { firstTokens } from '../../calls/first-tokens.ts'
import { installationIdOf } from '../../machine/account.ts'
import type { AttemptEvent } from '../../machine/consent/event.ts'
import type { AttemptState, Completed } from '../../machine/consent/state.ts'
import {
  furtherAttempt,
  isUnbound,
  transitionAttempt,
  unboundAttempt,
} from '../../machine/consent/transition.ts'
import type { Tokens } from '../../machine/tokens.ts'
import { authorizationUrl } from '../../protocol/authorization-url.ts'
import { readCallback } from '../../protocol/callback.ts'
import { isReturnPath, longestPath } from '../../protocol/return-path.ts'
import {
  CallbackError,
  ForbiddenRequestError,
  PipedriveOAuthError,
  TokenEndpointError,
} from '../../errors.ts'
import type { Sealer } from '../records/sealer.ts'
import { checkArgument, checkOptions, type Rules } from '../runtime/check-options.ts'
import { sameSecrets, withAction } from '../runtime/action-for.ts'
import { causeOf } from '../runtime/log.ts'
import { base64url, randomText } from '../runtime/random.ts'
import type { Settings } from '../runtime/settings.ts'
import type { TokenEndpoint } from '../tokens/token-endpoint.ts'
import { anExpectation, expectedAccount, type Expectation } from './expected-account.ts'
import type { Grants, StoredGrant } from './grants.ts'
import { aReference } from './reference.ts'
import { SealedAttempts } from './sealed-attempts.ts'
import { checkDuration } from './check-duration.ts'

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
}

interface HasConnected {
  readonly type: 'connected'
  readonly outcome: ConsentOutcome
  readonly sessions: string | undefined
}

interface HasBegunAgain {
  readonly type: 'begun_again'
  readonly error: CallbackError
  readonly request: AuthorizationRequest
}

/** What a callback comes to. `attempt`: the sealed attempt as it is now; undefined: as it was. */
export type ConsentAnswer =
  | ((HasConnected | HasBegunAgain) & { readonly attempt: string })
  | {
      readonly type: 'failed'
      readonly error: PipedriveOAuthError
      readonly attempt: string | undefined
    }

type Advance = (HasConnected | HasBegunAgain) & { readonly next: AttemptState }

const rules: Rules<AuthorizeOptions> = {
  // What is wrong with it is another error.
  returnTo: [() => true, 'a path'],
  reference: aReference,
  expect: anExpectation,
}

/** How many attempts this process remembers besides their cookies. */
const rememberedAttempts = 1_000

/** An event, and why it is a failure. */
type Caused<Event extends AttemptEvent> = Event & { readonly cause?: Error | undefined }

type Returned = Caused<Extract<AttemptEvent, { readonly type: 'returned' }>>

/** Takes users through the consent page. The attempt machine decides each step. */
export class Consent {
  readonly #settings: Settings
  readonly #attempts: SealedAttempts
  readonly #endpoint: TokenEndpoint
  readonly #grants: Grants
  /**
   * The latest step of each attempt in this process, by its state. A callback that is repeated, or failed half-way,
   * continues from it; another code for the same state is not sent to Pipedrive.
   */
  readonly #reached = new QuickLRU<string, AttemptState>({ maxSize: rememberedAttempts })
  readonly #running = new Map<string, Promise<Advance>>()
  /** The errors of which an event has told. */
  readonly #told = new WeakSet<PipedriveOAuthError>()

  constructor(settings: Settings, sealer: Sealer, endpoint: TokenEndpoint, grants: Grants) {
    this.#settings = settings
    this.#attempts = new SealedAttempts(sealer)
    this.#endpoint = endpoint
    this.#grants = grants
  }

  async begin(options: AuthorizeOptions): Promise<AuthorizationRequest> {
    checkOptions('authorize()', options, rules)
    const { returnTo = '/', reference, expect } = options
    const expected = expectedAccount(expect)
    if (!isReturnPath(returnTo))
      throw new ForbiddenRequestError(
        'foreign_return_to',
        `returnTo must be a path of this application, such as /settings, of at most ${longestPath} bytes in UTF-8, ` +
          'because it travels in a cookie. Give a short path, and keep the rest in a session of your own.',
      )
    const request = await this.#begin({
      returnTo,
      ...(reference === undefined ? {} : { reference }),
      ...(expected === undefined ? {} : { expect: expected }),
    })
    this.#tellStart(reference)
    return request
  }

  async finish(
    url: string | URL,
    sealed: string | undefined,
    {
      acceptsMissingState,
      beginsAgain,
    }: { readonly acceptsMissingState: boolean; readonly beginsAgain: boolean },
  ): Promise<ConsentAnswer> {
    let attempt: AttemptState | undefined
    let state: string | undefined
    try {
      const parameters = readCallback(url)
      if (parameters === undefined) throw new CallbackError('invalid_callback')
      const at = this.#settings.clock.now()
      const { code, error } = parameters
      state = parameters.state
      const digest = code === undefined ? {} : { codeDigest: await digestOf(code) }
      const event: Returned = { type: 'returned', at, ...parameters, ...digest, cause: saidAtCallback(error) }
      // Nothing binds such a callback to a browser. So a repeat must not get the result of the first one.
      attempt = isUnbound(event, acceptsMissingState) ? undefined : await this.#latest(sealed)
      const { next, ...answer } =
        attempt === undefined
          ? await this.#advance(unboundAttempt(at), event, beginsAgain)
          : await this.#advanceOnce(attempt, event, beginsAgain)
      return { ...answer, attempt: await this.#attempts.seal(next) }
    } catch (error) {
      if (!(error instanceof PipedriveOAuthError)) throw error
      this.#tellFailure(error, attempt)
      const own = state !== undefined && attempt?.state === state ? attempt : undefined
      return { type: 'failed', error, attempt: own && (await this.#attempts.seal(this.#withReached(own))) }
    }
  }

  /** Returns whether one of these sealed attempts has connected within the last `withinMs` milliseconds. */
  async hasConnected(attempts: readonly string[], withinMs: number): Promise<boolean> {
    checkArgument('hasConnected()', 'attempts', attempts, [Array.isArray, 'an array of sealed attempts'])
    checkDuration('hasConnected()', 'withinMs', withinMs)
    const since = this.#settings.clock.now() - withinMs
    const opened = await Promise.all(attempts.map((sealed) => this.#attempts.open(sealed)))
    return opened.some(
      (each) => each.ok && each.payload.status === 'completed' && each.payload.completedAt > since,
    )
  }

  #tellStart(reference: string | undefined): void {
    this.#settings.emit({ type: 'consent_started', ...(reference === undefined ? {} : { reference }) })
  }

  /** Two requests with the same answer may get one error. It is told once. */
  #tellFailure(error: PipedriveOAuthError, attempt: AttemptState | undefined): void {
    if (this.#told.has(error)) return
    this.#told.add(error)
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

  async #begin(
    aim: Pick<AttemptState, 'returnTo' | 'reference' | 'expect' | 'isLast'>,
  ): Promise<AuthorizationRequest> {
    const { clientId, redirectUri, oauthOrigin, random, clock } = this.#settings
    const state = randomText(random, 32)
    const attempt = await this.#attempts.seal({
      ...aim,
      status: 'awaiting_consent',
      state,
      startedAt: clock.now(),
    })
    return { url: authorizationUrl({ clientId, redirectUri, state }, oauthOrigin), state, attempt }
  }

  /** The same answer, requested twice at the same moment, is handled once. */
  async #advanceOnce(attempt: AttemptState, event: Returned, beginsAgain: boolean): Promise<Advance> {
    const key = `${attempt.state} ${event.state} ${event.codeDigest} ${event.error} ${beginsAgain}`
    const running = this.#running.get(key)
    if (running !== undefined) return running
    const advancing = this.#advance(attempt, event, beginsAgain)
    this.#running.set(key, advancing)
    try {
      return await advancing
    } finally {
      this.#running.delete(key)
    }
  }

  async #advance(attempt: AttemptState, event: Caused<AttemptEvent>, beginsAgain: boolean): Promise<Advance> {
    const [next, [effect]] = transitionAttempt(attempt, event, this.#settings.policy)
    if (effect?.type !== 'install') this.#remember(attempt, next)
    const { returnTo } = attempt
    switch (effect?.type) {
      case 'exchange':
        return this.#advance(next, await this.#exchange(effect.code), beginsAgain)
      case 'identify':
        return this.#advance(next, await this.#identify(effect.tokens), beginsAgain)
      case 'install': {
        const { outcome, sessions } = await this.#grants.install(
          effect.account,
          effect.tokens,
          effect.reference,
          next.startedAt,
        )
        const completed = { ...(next as Completed), ...(sessions !== undefined && { sessions }) }
        this.#remember(attempt, completed)
        return connected(completed, outcome)
      }
      case 'resume':
        return connected(next as Completed, 'kept')
      case 'begin_again':
      case 'fail': {
        const about = event.type === 'identified' ? { installationId: installationIdOf(event.account) } : {}
        const error = new CallbackError(effect.code, { returnTo, cause: event.cause, ...about })
        if (effect.type === 'fail' || !beginsAgain) throw error
        return this.#begunAgain(next, error)
      }
      case undefined:
        throw new CallbackError('invalid_callback', { returnTo })
    }
  }

  #remember(attempt: AttemptState, next: AttemptState): void {
    if (next !== attempt && next.state !== undefined) this.#reached.set(next.state, next)
  }

  async #begunAgain(next: AttemptState, error: CallbackError): Promise<Advance> {
    const { returnTo, reference, expect } = next
    const request = await this.#begin({
      returnTo,
      ...(reference === undefined ? {} : { reference }),
      ...(expect === undefined ? {} : { expect }),
      isLast: true,
    })
    this.#tellFailure(error, next)
    this.#tellStart(reference)
    return { type: 'begun_again', error, request, next }
  }

  async #exchange(code: string): Promise<Caused<AttemptEvent>> {
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

  /** Returns the attempt of a cookie, with what this process knows of it. */
  async #latest(sealed: string | undefined): Promise<AttemptState> {
    const opened = sealed === undefined ? undefined : await this.#attempts.open(sealed)
    if (opened === undefined) throw new CallbackError('state_mismatch')
    if (!opened.ok)
      throw opened.problem === 'unknown_key' ? ofUnknownKey() : new CallbackError('state_mismatch')
    return this.#withReached(opened.payload)
  }

  #withReached(attempt: AttemptState): AttemptState {
    const reached = attempt.state === undefined ? undefined : this.#reached.get(attempt.state)
    return reached === undefined ? attempt : furtherAttempt(attempt, reached)
  }
}

/** The cookie is there, so that neither its host nor a proxy is to blame. */
function ofUnknownKey(): CallbackError {
  const cause = new Error('The cookie of this attempt was sealed with a secret that is not in `secrets`')
  return withAction(new CallbackError('state_mismatch', { cause }), sameSecrets)
}

function connected(attempt: Completed, outcome: StoredGrant['outcome']): Advance {
  const { account, sessions, returnTo, reference } = attempt
  return {
    type: 'connected',
    outcome: { account, returnTo, reference, outcome },
    sessions,
    next: attempt,
  }
}

/** A code may be too long for a cookie. */
async function digestOf(code: string): Promise<string> {
  return base64url(new Uint8Array(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(code))))
}

/** Returns an error code that the callback address carried. Anybody can write there, so that other text is left out. */
function saidAtCallback(error: string | undefined): Error | undefined {
  if (error === undefined) return undefined
  return new Error(
    `The callback carried the error ${/^[\w.-]{1,64}$/.test(error) ? error : 'of an unknown form'}`,
  )
}
