import type { RefreshFailure } from './machine/state.ts'

/** Every `code` an error of this library can have. Stable; each belongs to one class. */
export type PipedriveOAuthErrorCode =
  | ConfigurationErrorCode
  | CallbackErrorCode
  | ReauthorizationRequiredErrorCode
  | TokenEndpointErrorCode
  | StoreErrorCode
  | ForbiddenRequestErrorCode
  | LoginErrorCode

export type ConfigurationErrorCode = 'invalid_configuration' | 'unsupported_by_store'
export type CallbackErrorCode =
  | 'state_mismatch'
  | 'access_denied'
  | 'attempt_expired'
  | 'invalid_callback'
  | 'code_refused'
export type ReauthorizationRequiredErrorCode = 'not_installed' | 'reauthorization_required'
export type TokenEndpointErrorCode = RefreshFailure | 'refresh_pending' | 'identity_unavailable'
export type StoreErrorCode = 'store_unavailable' | 'unreadable_record' | 'unknown_key'
export type ForbiddenRequestErrorCode =
  | 'bad_signature'
  | 'bad_credentials'
  | 'foreign_origin'
  | 'malformed_notice'

export type LoginErrorCode = 'port_taken' | 'browser_unavailable' | 'login_timeout'

export interface ErrorDetails {
  /** How long to wait before trying again, in milliseconds. */
  readonly retryAfterMs?: number
  readonly cause?: unknown
}

/**
 * What every error of this library is. The subclass says whose move it is, `code` says what happened.
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

/** Our move: the application is set up wrongly. Thrown at construction, with every problem named. */
export class ConfigurationError extends PipedriveOAuthError {
  override readonly name = 'ConfigurationError'
  readonly code: ConfigurationErrorCode
  /** Every problem, a sentence each. */
  readonly problems: readonly string[]

  constructor(problems: readonly string[], code: ConfigurationErrorCode = 'invalid_configuration') {
    super(
      `Pipedrive OAuth is not configured correctly:\n${problems.map((p) => `- ${p}`).join('\n')}`,
      500,
      false,
    )
    this.code = code
    this.problems = problems
  }
}

/** The browser's move: a callback that cannot be accepted. Starting again from the install link helps. */
export class CallbackError extends PipedriveOAuthError {
  override readonly name = 'CallbackError'
  readonly code: CallbackErrorCode
  /** Where the user was going, if the attempt is known: a path. */
  readonly returnTo?: string

  constructor(code: CallbackErrorCode, details: ErrorDetails & { readonly returnTo?: string } = {}) {
    super(callbackMessages[code], code === 'access_denied' ? 403 : 400, false, details)
    this.code = code
    if (details.returnTo !== undefined) this.returnTo = details.returnTo
  }
}

/** The user's move: there is no grant, or Pipedrive no longer honours it. */
export class ReauthorizationRequiredError extends PipedriveOAuthError {
  override readonly name = 'ReauthorizationRequiredError'
  readonly code: ReauthorizationRequiredErrorCode
  /** The installation in question, where it is known. */
  readonly installationId?: string

  constructor(code: ReauthorizationRequiredErrorCode, installationId?: string) {
    super(
      `${reauthorizationMessages[code]}${installationId === undefined ? '' : ` (${installationId})`}`,
      401,
      false,
    )
    this.code = code
    if (installationId !== undefined) this.installationId = installationId
  }
}

/** Pipedrive's move: no token could be had, and no customer's grant is lost by it. */
export class TokenEndpointError extends PipedriveOAuthError {
  override readonly name = 'TokenEndpointError'
  readonly code: TokenEndpointErrorCode

  constructor(code: TokenEndpointErrorCode, details: ErrorDetails & { readonly message?: string } = {}) {
    const retryable = code !== 'client_rejected' && code !== 'request_rejected'
    super(details.message ?? tokenEndpointMessages[code], retryable ? 503 : 500, retryable, details)
    this.code = code
  }
}

/** Our infrastructure's move: a record could not be read or written. */
export class StoreError extends PipedriveOAuthError {
  override readonly name = 'StoreError'
  readonly code: StoreErrorCode

  constructor(code: StoreErrorCode, message: string, details: ErrorDetails = {}) {
    super(message, code === 'store_unavailable' ? 503 : 500, code === 'store_unavailable', details)
    this.code = code
  }
}

/** The sender's move: a request that is not from whom it claims, or goes where a token must not. */
export class ForbiddenRequestError extends PipedriveOAuthError {
  override readonly name = 'ForbiddenRequestError'
  readonly code: ForbiddenRequestErrorCode

  constructor(code: ForbiddenRequestErrorCode, message: string, details: ErrorDetails = {}) {
    super(message, forbiddenStatus[code], false, details)
    this.code = code
  }
}

/** The move of whoever sits at the machine: a login without a web server did not come about. */
export class LoginError extends PipedriveOAuthError {
  override readonly name = 'LoginError'
  readonly code: LoginErrorCode

  constructor(code: LoginErrorCode, message: string, details: ErrorDetails = {}) {
    super(message, 500, false, details)
    this.code = code
  }
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
}

const tokenEndpointMessages: Record<TokenEndpointErrorCode, string> = {
  client_rejected:
    'Pipedrive rejected this app’s client id or client secret, or the installation belongs to another client id. ' +
    'Check clientId and clientSecret; installations are untouched.',
  request_rejected: 'Pipedrive called the token request itself wrong. Installations are untouched.',
  token_endpoint_unavailable:
    'Pipedrive’s token endpoint has passing trouble. Tokens are kept; try again later.',
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
  foreign_origin: 403,
  malformed_notice: 400,
}
