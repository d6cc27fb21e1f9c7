import type { Tokens } from '../machine/tokens.ts'
import { defaultApiOrigin } from '../protocol/api-domain.ts'
import type { TokenAnswer } from '../protocol/token-answer.ts'
import { ReauthorizationRequiredError, TokenEndpointError } from '../errors.ts'

/** What an answer with tokens says. */
export type Granted = Extract<TokenAnswer, { type: 'granted' }>

/**
 * Returns the answer if it grants tokens. `message` replaces the error's own.
 * @throws {ReauthorizationRequiredError} `reauthorization_required`, when Pipedrive refused
 * @throws {TokenEndpointError} when the answer brings no tokens
 */
export function expectGranted(answer: TokenAnswer, message?: string): Granted {
  if (answer.type === 'refused') throw new ReauthorizationRequiredError('reauthorization_required')
  if (answer.type === 'failed')
    throw new TokenEndpointError(answer.code, { retryAfterMs: answer.retryAfterMs, message })
  return answer
}

/**
 * Returns the tokens of a first answer, which has no earlier tokens to complete it.
 * @throws as `expectGranted`; {TokenEndpointError} `malformed_response` also without a refresh token
 */
export function firstTokens(answer: TokenAnswer, apiOrigin: string | undefined, message?: string): Tokens {
  const { refreshToken, scopes = [], apiDomain, ...rest } = expectGranted(answer, message).tokens
  if (refreshToken === undefined) throw new TokenEndpointError('malformed_response', { message })
  return { ...rest, refreshToken, scopes, apiDomain: apiDomain ?? apiOrigin ?? defaultApiOrigin }
}
