import type { Tokens } from '../machine/tokens.ts'
import { apiOriginFor } from '../protocol/api-domain.ts'
import type { TokenAnswer } from '../protocol/token-answer.ts'
import { ReauthorizationRequiredError, TokenEndpointError } from '../errors.ts'

/** An answer that grants tokens. */
export type Granted = Extract<TokenAnswer, { type: 'granted' }>

/**
 * Returns the answer if it grants tokens. `message` replaces the message of a `TokenEndpointError`.
 * @throws {ReauthorizationRequiredError} `reauthorization_required`, if Pipedrive refused
 * @throws {TokenEndpointError} with the code of a failed answer
 */
export function expectGranted(answer: TokenAnswer, message?: string): Granted {
  if (answer.type === 'refused')
    throw new ReauthorizationRequiredError('reauthorization_required', undefined, answer)
  if (answer.type === 'failed') throw new TokenEndpointError(answer.code, { ...answer, message })
  return answer
}

/**
 * Returns the tokens of a first answer. There are no earlier tokens that could complete it, so it must have a refresh
 * token.
 * @throws {TokenEndpointError} `malformed_response`, if it has none
 * @throws as `expectGranted`
 */
export function firstTokens(answer: TokenAnswer, apiOrigin: string | undefined, message?: string): Tokens {
  const { refreshToken, scopes = [], apiDomain, ...rest } = expectGranted(answer, message).tokens
  if (refreshToken === undefined) throw new TokenEndpointError('malformed_response', { message })
  return { ...rest, refreshToken, scopes, apiDomain: apiOriginFor(apiDomain, apiOrigin) }
}
