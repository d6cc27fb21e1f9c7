import type { AttemptFailure } from './machine/consent/state.ts'
import type { RefreshFailure } from './machine/installation/state.ts'

/** The codes of the errors in this package. Each belongs to one class and has one meaning. */
export type KnownErrorCode =
  | ConfigurationErrorCode
  | InvalidArgumentErrorCode
  | CallbackErrorCode
  | ReauthorizationRequiredErrorCode
  | TokenEndpointErrorCode
  | StoreErrorCode
  | ForbiddenRequestErrorCode

/** Any `code` of an error of this library. Stable. Other packages, such as `@pd/oauth-desktop`, add codes of their own. */
export type PipedriveOAuthErrorCode = KnownErrorCode | (string & {})

export type ConfigurationErrorCode = 'invalid_configuration' | 'unsupported_by_store'
export type InvalidArgumentErrorCode = 'invalid_argument'
export type CallbackErrorCode = AttemptFailure
export type ReauthorizationRequiredErrorCode = 'not_installed' | 'reauthorization_required' | 'scopes_missing'
export type TokenEndpointErrorCode = RefreshFailure | 'refresh_pending' | 'identity_unavailable'
export type StoreErrorCode = 'store_unavailable' | 'unreadable_record' | 'unknown_key'
export type ForbiddenRequestErrorCode =
  /** The signed token of an extension page is not valid. */
  | 'bad_signature'
  /** An uninstall notice does not carry the app's client id and secret. */
  | 'bad_credentials'
  /** An uninstall or sharing notice cannot be read. */
  | 'malformed_notice'
  /** A token would be sent to an address outside of Pipedrive's API. */
  | 'foreign_origin'
  /** `returnTo` leads to another site. */
  | 'foreign_return_to'
  /** A request that changes something was sent by a page of another site. */
  | 'cross_site_request'

export interface ErrorDetails {
  /** How long to wait before trying again, in milliseconds. */
  readonly retryAfterMs?: number | undefined
  readonly cause?: unknown
}

/**
 * The base class of every error of this library. The subclass says who has to act, `code` says what happened.
 * No message or property ever holds a token, an authorization code or a secret.
 */
export abstract class PipedriveOAuthError extends Error {
  /** What happened, as a stable word. */
  abstract readonly code: PipedriveOAuthErrorCode
  /** Whether the same call may succeed later without anybody doing anything. */
  readonly retryable: boolean
  /** The HTTP status with which a web handler answers. */
  readonly status: number
  /** How long to wait before trying again, in milliseconds. */
  readonly retryAfterMs?: number

  constructor(message: string, status: number, retryable: boolean, details: ErrorDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause })
    this.status = status
    this.retryable = retryable
    if (details.retryAfterMs !== undefined) this.retryAfterMs = details.retryAfterMs
  }
}

/** The application's developer has to act: an option, or the store, does not fit. Every problem is named at once. */
export class ConfigurationError extends PipedriveOAuthError {
  override readonly name = 'ConfigurationError'
  readonly code: ConfigurationErrorCode
  /** Every problem, a sentence each. */
  readonly problems: readonly string[]

  constructor(problems: readonly string[], code: ConfigurationErrorCode = 'invalid_configuration') {
    super(listed('Pipedrive OAuth is not configured correctly:', problems), 500, false)
    this.code = code
    this.problems = problems
  }
}

/** The application's developer has to act: a call was given arguments that it cannot work with. */
export class InvalidArgumentError extends PipedriveOAuthError {
  override readonly name = 'InvalidArgumentError'
  readonly code = 'invalid_argument'
  /** Every problem, a sentence each. */
  readonly problems: readonly string[]

  /** `call`: the function that was called, such as `keepAlive()`. */
  constructor(call: string, problems: readonly string[]) {
    super(listed(`${call} was called with arguments that it cannot use:`, problems), 500, false)
    this.problems = problems
  }
}

/** The user has to start again from the install link: a callback cannot be accepted. */
export class CallbackError extends PipedriveOAuthError {
  override readonly name = 'CallbackError'
  readonly code: CallbackErrorCode
  /** Where the user was going, if the attempt is known: a path. */
  readonly returnTo?: string

  constructor(
    code: CallbackErrorCode,
    details: ErrorDetails & { readonly returnTo?: string | undefined } = {},
  ) {
    super(callbackMessages[code], code === 'access_denied' ? 403 : 400, false, details)
    this.code = code
    if (details.returnTo !== undefined) this.returnTo = details.returnTo
  }
}

/** The user has to connect Pipedrive, again or for the first time: there is no grant, or not enough of one. */
export class ReauthorizationRequiredError extends PipedriveOAuthError {
  override readonly name = 'ReauthorizationRequiredError'
  readonly code: ReauthorizationRequiredErrorCode
  /** The installation in question, where it is known. */
  readonly installationId?: string
  /** With `scopes_missing`: the scopes that the user has not granted. */
  readonly missingScopes?: readonly string[]
  /** Whether the consent page may help. False right after a consent that did not give the missing scopes. */
  readonly consentMayHelp: boolean

  constructor(
    code: ReauthorizationRequiredErrorCode,
    installationId?: string,
    details: { readonly missingScopes?: readonly string[]; readonly consentMayHelp?: boolean } = {},
  ) {
    const { missingScopes, consentMayHelp = true } = details
    const about = [installationId, ...(missingScopes ?? [])].filter((word) => word !== undefined)
    super(
      `${reauthorizationMessages[code]}${about.length === 0 ? '' : ` (${about.join(', ')})`}`,
      code === 'scopes_missing' ? 403 : 401,
      false,
    )
    this.code = code
    this.consentMayHelp = consentMayHelp
    if (installationId !== undefined) this.installationId = installationId
    if (missingScopes !== undefined) this.missingScopes = missingScopes
  }
}

/** Pipedrive gave no token. No customer's grant is lost by it. */
export class TokenEndpointError extends PipedriveOAuthError {
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

/** The operator of the store has to act: a record could not be read or written. */
export class StoreError extends PipedriveOAuthError {
  override readonly name = 'StoreError'
  readonly code: StoreErrorCode

  constructor(code: StoreErrorCode, message: string, details: ErrorDetails = {}) {
    super(message, code === 'store_unavailable' ? 503 : 500, code === 'store_unavailable', details)
    this.code = code
  }
}

/** The sender of a request has to act: the request is not allowed, and nothing was done. */
export class ForbiddenRequestError extends PipedriveOAuthError {
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
    'This callback does not belong to a connection begun in this browser. Start again from the install link.',
  access_denied: 'The user cancelled on the consent page. Start again from the install link to connect.',
  attempt_expired: 'The user took too long on the consent page. Start again from the install link.',
  invalid_callback:
    'The callback address carries neither a code nor a refusal, or both. Start again from the install link.',
  code_refused:
    'Pipedrive refused the authorization code: it works once and for 5 minutes. Start again from the install link.',
}

const reauthorizationMessages: Record<ReauthorizationRequiredErrorCode, string> = {
  not_installed: 'There is no such installation: the user has to connect Pipedrive first',
  reauthorization_required: 'Pipedrive no longer honours this grant: the user has to connect Pipedrive again',
  scopes_missing:
    'The user has not granted every scope that this needs: the user has to connect Pipedrive again',
}

const tokenEndpointMessages: Record<TokenEndpointErrorCode, string> = {
  client_rejected:
    'Pipedrive rejected this app’s client id or client secret, or the installation belongs to another client id. ' +
    'Check clientId and clientSecret; installations are untouched.',
  request_rejected: 'Pipedrive says that the token request itself is wrong. Installations are untouched.',
  token_endpoint_unavailable:
    'Pipedrive’s token endpoint is temporarily unavailable. Tokens are kept; try again later.',
  token_endpoint_timeout:
    'Pipedrive’s token endpoint did not answer in time. Tokens are kept; try again later.',
  malformed_response:
    'Pipedrive’s token endpoint gave an answer that cannot be used. Tokens are kept; try again later.',
  refresh_pending: 'A refresh is under way and has not ended within the time this caller waits. Try again.',
  identity_unavailable: 'Pipedrive did not say whose tokens these are. Try again.',
}

const forbiddenStatus: Record<ForbiddenRequestErrorCode, number> = {
  bad_signature: 401,
  bad_credentials: 401,
  malformed_notice: 400,
  foreign_origin: 403,
  foreign_return_to: 403,
  cross_site_request: 403,
}
