import { TokenEndpointError } from '../../errors.ts'
import type { TokenAnswer } from '../../protocol/token-answer.ts'
import { randomText, type Random } from '../runtime/random.ts'
import type { Settings } from '../runtime/settings.ts'
import type { TokenEndpoint } from './token-endpoint.ts'

/** The result of `checkClient()`. */
export interface ClientCheck {
  /** How long Pipedrive took to answer, in milliseconds. */
  readonly latencyMs: number
}

/**
 * Resolves if Pipedrive accepts the client credentials.
 * @throws {TokenEndpointError} `client_rejected`, `request_rejected`, `token_endpoint_unavailable`,
 * `token_endpoint_timeout`, `malformed_response`
 */
export async function checkClient(
  endpoint: TokenEndpoint,
  { clock, random }: Settings,
): Promise<ClientCheck> {
  const startedAt = clock.now()
  const answer = await askForRefusal(endpoint, random)
  if (answer.type === 'failed') throw new TokenEndpointError(answer.code, answer)
  return { latencyMs: clock.now() - startedAt }
}

/**
 * Asks Pipedrive to refresh a made-up token. Pipedrive checks the client first, so a refusal means that the token endpoint
 * works and accepts the credentials.
 */
export function askForRefusal(endpoint: TokenEndpoint, random: Random): Promise<TokenAnswer> {
  return endpoint.tokens({ type: 'refresh_token', refreshToken: `check-client-${randomText(random, 12)}` })
}
