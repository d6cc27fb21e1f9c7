import * as v from 'valibot'
import type { RefreshFailure } from '../machine/refresh-failure.ts'
import type { RenewedTokens } from '../machine/tokens.ts'
import { trustedApiOrigin } from './api-domain.ts'
import type { HttpAnswer } from './http.ts'
import { parseScope } from './scope.ts'

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
}

const second = 1_000
const day = 86_400 * second

/** The lifetime of an access token whose answer does not give a usable one, in milliseconds. */
const defaultLifetimeMs = 3_600 * second
/** The longest lifetime, in milliseconds: a longer one is cut to it. */
const longestLifetimeMs = 365 * day
/** The lifetime of an unused refresh token (Pipedrive: 60 days), in milliseconds. */
const refreshTokenLifetimeMs = 60 * day

const granted = v.object({
  access_token: v.pipe(v.string(), v.minLength(1)),
  token_type: v.nullish(v.pipe(v.string(), v.toLowerCase(), v.literal('bearer'))),
  expires_in: v.optional(v.unknown()),
  refresh_token: v.nullish(v.string()),
  scope: v.optional(v.unknown()),
  api_domain: v.optional(v.unknown()),
})

const refused = v.object({ error: v.string() })

/**
 * Reads an answer of the token endpoint. Its `error` classifies it, not its status.
 * @see [RFC 6749 §5.1](https://www.rfc-editor.org/rfc/rfc6749.html#section-5.1) and [§5.2](https://www.rfc-editor.org/rfc/rfc6749.html#section-5.2)
 */
export function readTokenAnswer(answer: HttpAnswer, context: AnswerContext): TokenAnswer {
  const json = parseJson(answer.body)
  const error = v.safeParse(refused, json)
  if (error.success) return classified(error.output.error, answer)
  if (answer.status >= 200 && answer.status < 300) return readTokenResponse(json, context)
  return passing('token_endpoint_unavailable', answer)
}

/** Reads a token response: the parsed body of an answer, or one that another system kept. Never throws. */
export function readTokenResponse(json: unknown, context: AnswerContext): TokenAnswer {
  const parsed = v.safeParse(granted, json)
  if (!parsed.success) return { type: 'failed', code: 'malformed_response' }
  const body = parsed.output
  const obtainedAt = context.requestedAt
  const apiDomain = trustedApiOrigin(body.api_domain, context.apiOrigin)
  const tokens: RenewedTokens = {
    accessToken: body.access_token,
    obtainedAt,
    expiresAt: obtainedAt + lifetimeMs(body.expires_in),
    refreshTokenExpiresAt: obtainedAt + refreshTokenLifetimeMs,
    ...(body.refresh_token ? { refreshToken: body.refresh_token } : {}),
    ...(typeof body.scope === 'string' ? { scopes: parseScope(body.scope) } : {}),
    ...(apiDomain === undefined ? {} : { apiDomain }),
  }
  return typeof body.api_domain === 'string' && apiDomain === undefined
    ? { type: 'granted', tokens, untrustedApiDomain: body.api_domain.slice(0, 200) }
    : { type: 'granted', tokens }
}

/**
 * Reads an answer to a revocation: a 200 has no body to speak of, and proves nothing.
 * @see [RFC 7009 §2.2](https://www.rfc-editor.org/rfc/rfc7009.html#section-2.2)
 */
export function readRevocationAnswer(answer: HttpAnswer): RevocationAnswer {
  if (answer.status >= 200 && answer.status < 300) return { type: 'revoked' }
  const error = v.safeParse(refused, parseJson(answer.body))
  return error.success
    ? classified(error.output.error, answer)
    : passing('token_endpoint_unavailable', answer)
}

function classified(error: string, answer: HttpAnswer): Extract<TokenAnswer, { type: 'refused' | 'failed' }> {
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

/** Seconds as a number or a numeric string. Zero is expired now; missing, negative or unreadable means the default. */
function lifetimeMs(expiresIn: unknown): number {
  const seconds = typeof expiresIn === 'string' && expiresIn.trim() !== '' ? Number(expiresIn) : expiresIn
  if (typeof seconds !== 'number' || Number.isNaN(seconds) || seconds < 0) return defaultLifetimeMs
  return Math.min(Math.floor(seconds * second), longestLifetimeMs)
}

function parseJson(body: string | undefined): unknown {
  if (body === undefined) return undefined
  try {
    return JSON.parse(body)
  } catch {
    return undefined
  }
}
