import { day, second } from '../machine/durations.ts'
import type { RefreshFailure } from '../machine/refresh-failure.ts'
import type { RenewedTokens } from '../machine/tokens.ts'
import { trustedApiOrigin } from './api-domain.ts'
import type { HttpAnswer } from './http.ts'
import { parseScope } from './scope.ts'
import { readTokenText } from './token-text.ts'

/** What an answer of the token endpoint means. */
export type TokenAnswer =
  | { readonly type: 'granted'; readonly tokens: RenewedTokens; readonly untrustedApiDomain?: string }
  | { readonly type: 'refused'; readonly cause?: Error }
  | {
      readonly type: 'failed'
      readonly code: RefreshFailure
      readonly retryAfterMs?: number
      /** What Pipedrive said, or why no answer came. */
      readonly cause?: Error
      /** The status was 429. */
      readonly isRateLimited?: true
    }

/** What an answer to a revocation means. */
export type RevocationAnswer =
  | { readonly type: 'revoked' }
  | Extract<TokenAnswer, { type: 'refused' | 'failed' }>

/** When the request was sent (epoch ms), and which other API origin is trusted. */
export interface AnswerContext {
  readonly requestedAt: number
  readonly apiOrigin: string | undefined
  /** The lifetime of an access token whose answer does not give a usable one, in milliseconds. Default: 3 600 000. */
  readonly unknownLifetimeMs?: number
}

const defaultLifetimeMs = 3_600 * second
/** The longest lifetime of an access token that is believed, in milliseconds. More is an instant, or another unit. */
const longestLifetimeMs = day
/** The lifetime of an unused refresh token (Pipedrive: 60 days), in milliseconds. */
export const refreshTokenLifetimeMs = 60 * day

/**
 * Reads an answer of the token endpoint. Its `error` classifies it, not its status. An answer of 2xx with an access token is a
 * grant, unless `error` is a text: tokens that were given are lost if they are not taken.
 * @see [RFC 6749 §5.1](https://www.rfc-editor.org/rfc/rfc6749.html#section-5.1) and [§5.2](https://www.rfc-editor.org/rfc/rfc6749.html#section-5.2)
 */
export function readTokenAnswer(answer: HttpAnswer, context: AnswerContext): TokenAnswer {
  const json = parseJson(answer.body)
  const error = errorIn(json)
  const isGood = answer.status >= 200 && answer.status < 300
  return isGood && error === undefined ? readTokenResponse(json, context) : classified(error, answer)
}

/** Reads a token response: the parsed body of an answer, or one that another system kept. Never throws. */
export function readTokenResponse(json: unknown, context: AnswerContext): TokenAnswer {
  const body = recordOf(json)
  const accessToken = readTokenText(body['access_token'])
  const refreshToken = isBlank(body['refresh_token']) ? undefined : readTokenText(body['refresh_token'])
  const isOtherKind = !isBlank(body['refresh_token']) && refreshToken === undefined
  if (accessToken === undefined || isOtherKind || !isBearer(body['token_type']))
    return { type: 'failed', code: 'malformed_response' }
  const obtainedAt = context.requestedAt
  const scopes = parseScope(body['scope'])
  const named = isBlank(body['api_domain']) ? undefined : body['api_domain']
  const apiDomain = trustedApiOrigin(named, context.apiOrigin)
  const tokens: RenewedTokens = {
    accessToken,
    obtainedAt,
    expiresAt:
      obtainedAt + (lifetimeMs(body['expires_in']) ?? context.unknownLifetimeMs ?? defaultLifetimeMs),
    refreshTokenExpiresAt: obtainedAt + refreshTokenLifetimeMs,
    ...(refreshToken === undefined ? {} : { refreshToken }),
    ...(scopes === undefined ? {} : { scopes }),
    ...(apiDomain === undefined ? {} : { apiDomain }),
  }
  return typeof named === 'string' && apiDomain === undefined
    ? { type: 'granted', tokens, untrustedApiDomain: named.slice(0, 200) }
    : { type: 'granted', tokens }
}

/**
 * Reads an answer to a revocation: a 200 has no body to speak of, and proves nothing.
 * @see [RFC 7009 §2.2](https://www.rfc-editor.org/rfc/rfc7009.html#section-2.2)
 */
export function readRevocationAnswer(answer: HttpAnswer): RevocationAnswer {
  if (answer.status >= 200 && answer.status < 300) return { type: 'revoked' }
  return classified(errorIn(parseJson(answer.body)), answer)
}

/** Returns the error code of an answer. A blank text, and anything but a text, names no error. */
function errorIn(json: unknown): string | undefined {
  const { error } = recordOf(json)
  return typeof error === 'string' && !isBlank(error) ? error.trim() : undefined
}

/** Returns whether a token type is left out, or `Bearer` in any spelling. Anything but a text says nothing. */
function isBearer(type: unknown): boolean {
  return typeof type !== 'string' || isBlank(type) || type.trim().toLowerCase() === 'bearer'
}

function isBlank(value: unknown): boolean {
  return value === undefined || value === null || (typeof value === 'string' && value.trim() === '')
}

function recordOf(json: unknown): Readonly<Record<string, unknown>> {
  return typeof json === 'object' && json !== null ? (json as Record<string, unknown>) : {}
}

function classified(
  error: string | undefined,
  answer: HttpAnswer,
): Extract<TokenAnswer, { type: 'refused' | 'failed' }> {
  switch (error) {
    case 'invalid_grant':
      return { type: 'refused' }
    case 'invalid_client':
    case 'unauthorized_client':
      return { type: 'failed', code: 'client_rejected' }
    case 'invalid_request':
    case 'unsupported_grant_type':
    case 'invalid_scope':
      return { type: 'failed', code: 'request_rejected' }
    default:
      return passing('token_endpoint_unavailable', answer)
  }
}

function passing(code: RefreshFailure, answer: HttpAnswer): Extract<TokenAnswer, { type: 'failed' }> {
  const { status, retryAfterMs } = answer
  return {
    type: 'failed',
    code,
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
    ...(status === 429 && { isRateLimited: true }),
  }
}

/**
 * Returns the lifetime for seconds as a number or a numeric text: 0 is expired now. Undefined: it is missing or unusable, or
 * longer than any access token lives, such as an instant.
 */
function lifetimeMs(expiresIn: unknown): number | undefined {
  const seconds = typeof expiresIn === 'string' && !isBlank(expiresIn) ? Number(expiresIn) : expiresIn
  if (typeof seconds !== 'number' || Number.isNaN(seconds) || seconds < 0) return undefined
  return seconds * second <= longestLifetimeMs ? Math.floor(seconds * second) : undefined
}

// Stryker disable BlockStatement: an empty `catch` returns undefined as well
function parseJson(body: string | undefined): unknown {
  try {
    return JSON.parse(body ?? '')
  } catch {
    return undefined
  }
}
