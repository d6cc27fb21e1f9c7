import { cleanCause } from './clean-cause.ts'
import type { AttemptFailure } from './machine/consent/state.ts'
import type { RefreshFailure } from './machine/refresh-failure.ts'

/** The error codes of this package. Each code belongs to one class and has one meaning. */
export type KnownErrorCode =
  | ConfigurationErrorCode
  | InvalidArgumentErrorCode
  | CallbackErrorCode
  | ReauthorizationRequiredErrorCode
  | TokenEndpointErrorCode
  | ApiErrorCode
  | StoreErrorCode
  | ForbiddenRequestErrorCode

/**
 * The `code` of any error of this library. Codes are stable. Other packages, such as `@pd/oauth-desktop`, add their
 * own.
 */
export type PipedriveOAuthErrorCode = KnownErrorCode | (string & {})

export type ConfigurationErrorCode =
  | 'invalid_configuration'
  | 'unsupported_by_store'
  /** A file of this library is gone, because a deployment replaced it while the process ran, for example. */
  | 'code_missing'
export type InvalidArgumentErrorCode = 'invalid_argument'
export type CallbackErrorCode =
  | AttemptFailure
  /** A link to connect again has expired, or the account has connected again since. */
  | 'link_expired'
export type ReauthorizationRequiredErrorCode =
  | 'not_installed'
  /** Nobody is signed in, so nobody knows whether the app is installed. */
  | 'not_signed_in'
  | 'reauthorization_required'
  | 'scopes_missing'
export type TokenEndpointErrorCode = RefreshFailure | 'refresh_pending' | 'identity_unavailable'
/** Pipedrive's API did not answer, or something else answered in its place. */
export type ApiErrorCode = 'api_unavailable'
export type StoreErrorCode =
  | 'store_unavailable'
  | 'unreadable_record'
  | 'unknown_key'
  /** The key service that gives the sealing secrets does not answer. */
  | 'secrets_unavailable'
export type ForbiddenRequestErrorCode =
  /** The signed token of an extension page is invalid. */
  | 'bad_signature'
  /** The signed token of an extension page has expired: the page has to be loaded again. */
  | 'extension_token_expired'
  /** An uninstall notice does not carry the app's client id and secret. */
  | 'bad_credentials'
  /** An uninstall or sharing notice is malformed, or is meant for another app. */
  | 'malformed_notice'
  /** `fetch` was called with an address outside of the user's API domain. The token was not sent. */
  | 'foreign_origin'
  /** `returnTo` is not a path of this application, or too long for a cookie. */
  | 'foreign_return_to'
  /** A page of another site sent a request that would change something. */
  | 'cross_site_request'

export interface ErrorDetails {
  /** The id of the installation, if the error is about one. */
  readonly installationId?: string | undefined
  /** How long to wait before the next try, in milliseconds. What is not a finite number is left out. */
  readonly retryAfterMs?: number | undefined
  /** The error that led to this one. An error of another library is kept without what may be a secret. */
  readonly cause?: unknown
}

/** The name of a class in every copy of this library. */
const className = Symbol.for('@pd/oauth-core error class')

/**
 * The base class of every error of this library. The subclass tells who has to act; `code` tells what happened.
 * The library puts no token, authorization code or secret into a message or property.
 *
 * `instanceof` also recognizes the errors of another copy of this library: a program that both imports and requires it
 * has two.
 */
export abstract class PipedriveOAuthError extends Error {
  protected static readonly [className]: string = 'PipedriveOAuthError'

  static override [Symbol.hasInstance](value: unknown): boolean {
    const own = Object.hasOwn(this, className) ? this[className] : undefined
    for (let type = Object.getPrototypeOf(Object(value)); type !== null; type = Object.getPrototypeOf(type)) {
      if (type === this.prototype) return true
      const { [className]: name } = Object(type.constructor) as { readonly [className]?: string }
      if (own !== undefined && name === own) return true
    }
    return false
  }

  /** What happened. Stable: a program may depend on it. */
  abstract readonly code: PipedriveOAuthErrorCode
  /** Whether the same call may succeed later although nobody changes anything. */
  readonly retryable: boolean
  /** The HTTP status with which a web handler answers. */
  readonly status: number
  /** How long to wait before the next try, in milliseconds. Missing if that is unknown. */
  readonly retryAfterMs?: number
  /** The id of the installation that it is about. Missing if that is unknown, or if it is about none. */
  readonly installationId?: string

  constructor(message: string, status: number, retryable: boolean, details: ErrorDetails = {}) {
    const { cause } = details
    const isOwn = cause instanceof PipedriveOAuthError
    super(message, cause === undefined ? undefined : { cause: isOwn ? cause : cleanCause(cause) })
    this.status = status
    this.retryable = retryable
    const { retryAfterMs } = details
    if (Number.isFinite(retryAfterMs)) this.retryAfterMs = Math.max(Number(retryAfterMs), 0)
    if (details.installationId !== undefined) this.installationId = details.installationId
  }

  /** The path of the page on the documentation site that explains `code`, such as `/reference/errors/not_installed`. */
  get docs(): string {
    return `/reference/errors/${this.code}`
  }
}

/**
 * The application's developer has to act: options are wrong, or the store lacks something. It names every problem at
 * once. A store throws it for what a retry cannot mend, such as a missing table; the client passes it on.
 */
export class ConfigurationError extends PipedriveOAuthError {
  protected static override readonly [className] = 'ConfigurationError'
  override readonly name = 'ConfigurationError'
  readonly code: ConfigurationErrorCode
  /** Every problem, a sentence each. */
  readonly problems: readonly string[]

  constructor(
    problems: readonly string[],
    code: ConfigurationErrorCode = 'invalid_configuration',
    details: ErrorDetails = {},
  ) {
    const isMissing = code === 'code_missing'
    const sentence = `Pipedrive OAuth ${isMissing ? 'has lost a part of its code' : 'is not configured correctly'}:`
    super(listed(sentence, problems), 500, false, details)
    this.code = code
    this.problems = problems
  }
}

/** The application's developer has to act: a call got arguments that it cannot use. */
export class InvalidArgumentError extends PipedriveOAuthError {
  protected static override readonly [className] = 'InvalidArgumentError'
  override readonly name = 'InvalidArgumentError'
  readonly code = 'invalid_argument'
  /** Every problem, a sentence each. */
  readonly problems: readonly string[]

  /** `call`: the name of the function that was called, such as `keepAlive()`. */
  constructor(call: string, problems: readonly string[], details: ErrorDetails = {}) {
    super(listed(`${call} was called with arguments that it cannot use:`, problems), 500, false, details)
    this.problems = problems
  }
}

/** The user has to start again from the install link: this callback cannot be accepted. */
export class CallbackError extends PipedriveOAuthError {
  protected static override readonly [className] = 'CallbackError'
  override readonly name = 'CallbackError'
  readonly code: CallbackErrorCode
  /** The path that the user wanted to return to. Missing if the attempt is unknown. */
  readonly returnTo?: string

  constructor(
    code: CallbackErrorCode,
    details: ErrorDetails & { readonly returnTo?: string | undefined } = {},
  ) {
    super(
      callbackMessages[code],
      code === 'access_denied' || code === 'unexpected_account' ? 403 : 400,
      false,
      details,
    )
    this.code = code
    if (details.returnTo !== undefined) this.returnTo = details.returnTo
  }
}

/** The user has to connect Pipedrive: there is no installation, Pipedrive refused the grant, or scopes are missing. */
export class ReauthorizationRequiredError extends PipedriveOAuthError {
  protected static override readonly [className] = 'ReauthorizationRequiredError'
  override readonly name = 'ReauthorizationRequiredError'
  readonly code: ReauthorizationRequiredErrorCode
  /** The scopes that the user has not granted. Only with `scopes_missing`. */
  readonly missingScopes?: readonly string[]
  /**
   * Whether another visit to the consent page may help. False right after a consent that did not grant the missing
   * scopes.
   */
  readonly consentMayHelp: boolean

  constructor(
    code: ReauthorizationRequiredErrorCode,
    installationId?: string,
    details: ErrorDetails & {
      readonly missingScopes?: readonly string[] | undefined
      readonly consentMayHelp?: boolean | undefined
    } = {},
  ) {
    const { missingScopes, consentMayHelp = true } = details
    const about = [installationId, ...(missingScopes ?? [])].filter((word) => word !== undefined)
    super(
      `${reauthorizationMessages[code]}${about.length === 0 ? '' : ` (${about.join(', ')})`}`,
      code === 'scopes_missing' ? 403 : 401,
      false,
      { ...details, installationId },
    )
    this.code = code
    this.consentMayHelp = consentMayHelp
    if (missingScopes !== undefined) this.missingScopes = missingScopes
  }
}

/** Pipedrive did not give, revoke or identify a token. The failure itself ends no installation. */
export class TokenEndpointError extends PipedriveOAuthError {
  protected static override readonly [className] = 'TokenEndpointError'
  override readonly name = 'TokenEndpointError'
  readonly code: TokenEndpointErrorCode

  constructor(
    code: TokenEndpointErrorCode,
    details: ErrorDetails & { readonly message?: string | undefined } = {},
  ) {
    const retryable = code !== 'client_rejected' && code !== 'request_rejected'
    super(details.message ?? tokenEndpointMessages[code], retryable ? 503 : 500, retryable, details)
    this.code = code
  }
}

/**
 * Pipedrive's API did not answer a request of `installation.api()` or `installation.pages()`: `cause` says why. Or `pages()` got an
 * answer that is not a page. An answer with a status of 400 or more is a `FetchError` of `ofetch`, and `installation.fetch` rejects as `fetch` does.
 */
export class ApiError extends PipedriveOAuthError {
  protected static override readonly [className] = 'ApiError'
  override readonly name = 'ApiError'
  readonly code = 'api_unavailable'

  constructor(details: ErrorDetails & { readonly message?: string | undefined } = {}) {
    super(details.message ?? 'Pipedrive’s API did not answer. Try again later.', 503, true, details)
  }
}

/** The operator of the store has to act: the store did not answer, or a record cannot be opened. */
export class StoreError extends PipedriveOAuthError {
  protected static override readonly [className] = 'StoreError'
  override readonly name = 'StoreError'
  readonly code: StoreErrorCode

  constructor(code: StoreErrorCode, message: string, details: ErrorDetails = {}) {
    const isTemporary = code === 'store_unavailable' || code === 'secrets_unavailable'
    super(message, isTemporary ? 503 : 500, isTemporary, details)
    this.code = code
  }
}

/** The sender of a request has to act: the request is not allowed. Nothing was changed. */
export class ForbiddenRequestError extends PipedriveOAuthError {
  protected static override readonly [className] = 'ForbiddenRequestError'
  override readonly name = 'ForbiddenRequestError'
  readonly code: ForbiddenRequestErrorCode

  constructor(code: ForbiddenRequestErrorCode, message: string, details: ErrorDetails = {}) {
    super(message, forbiddenStatus[code], false, details)
    this.code = code
  }
}

function listed(sentence: string, problems: readonly string[]): string {
  return [sentence, ...problems.map((problem) => `- ${problem}`)].join('\n')
}

const callbackMessages: Record<CallbackErrorCode, string> = {
  state_mismatch:
    'This browser did not start this connection, or it no longer has the cookie. Start again from the install link.',
  access_denied: 'The user cancelled on the consent page. Start again from the install link to connect.',
  attempt_expired: 'The user took too long on the consent page. Start again from the install link.',
  invalid_callback:
    'The callback address must carry either a code or a refusal by the user. Start again from the install link.',
  link_expired: 'This link to connect again has expired, or was used already. Ask for a new one.',
  unexpected_account:
    'Somebody else connected than was expected. Nothing was stored. Sign in to Pipedrive as the right user, and start again.',
  code_refused:
    'Pipedrive refused the authorization code, which works only once and for 5 minutes. Start again from the install link.',
}

const reauthorizationMessages: Record<ReauthorizationRequiredErrorCode, string> = {
  not_installed: 'There is no such installation: the user has to connect Pipedrive first',
  not_signed_in:
    'No Pipedrive account belongs to this request: nobody is signed in, or the user has not connected one. Start from the install link',
  reauthorization_required: 'Pipedrive no longer accepts this grant: the user has to connect Pipedrive again',
  scopes_missing: 'The user has not granted every required scope: the user has to connect Pipedrive again',
}

const tokenEndpointMessages: Record<TokenEndpointErrorCode, string> = {
  client_rejected:
    'Pipedrive rejected this app’s client id or client secret. Check clientId and clientSecret. Installations are unchanged.',
  request_rejected: 'Pipedrive rejected the form of the token request. Installations are unchanged.',
  token_endpoint_unavailable:
    'Pipedrive’s token endpoint is temporarily unavailable. Nothing is lost. Try again later.',
  token_endpoint_timeout:
    'Pipedrive’s token endpoint did not answer in time. Nothing is lost. Try again later.',
  malformed_response: 'Pipedrive’s token endpoint gave an unusable answer. Nothing is lost. Try again later.',
  refresh_pending: 'The refresh did not finish within the time that this caller waits. Try again.',
  identity_unavailable: 'Pipedrive did not say who these tokens belong to. Try again.',
}

const forbiddenStatus: Record<ForbiddenRequestErrorCode, number> = {
  bad_signature: 401,
  extension_token_expired: 401,
  bad_credentials: 401,
  malformed_notice: 400,
  foreign_origin: 403,
  foreign_return_to: 403,
  cross_site_request: 403,
}
