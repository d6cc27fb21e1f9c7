import { TokenEndpointError } from '../../errors.ts'
import { randomText } from '../runtime/random.ts'
import type { Settings } from '../runtime/settings.ts'
import type { TokenEndpoint } from './token-endpoint.ts'

/** The result of `checkClient()`. */
export interface ClientCheck {
  /** How long Pipedrive took to answer, in milliseconds. */
  readonly latencyMs: number
}

/**
 * Asks Pipedrive to refresh a made-up token. Pipedrive checks the client first, so `invalid_grant` means that it
 * accepted the credentials.
 * @throws {TokenEndpointError} `client_rejected`, `request_rejected`, `token_endpoint_unavailable`,
 * `token_endpoint_timeout`, `malformed_response`
 */
export async function checkClient(
  endpoint: TokenEndpoint,
  { clock, random }: Settings,
): Promise<ClientCheck> {
  const startedAt = clock.now()
  const refreshToken = `check-client-${randomText(random, 12)}`
  const answer = await endpoint.tokens({ type: 'refresh_token', refreshToken })
  if (answer.type === 'failed') throw new TokenEndpointError(answer.code, answer)
  return { latencyMs: clock.now() - startedAt }
}
