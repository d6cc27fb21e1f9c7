import type { InstallationId } from '../../machine/account.ts'
import type { BearerToken } from '../../machine/tokens.ts'
import { apiOriginFor } from '../../protocol/api-domain.ts'
import type { Settings } from '../runtime/settings.ts'

/**
 * Returns the token with an origin that it may be sent to: a record keeps the `endpoints.api` of the client that wrote it, which may
 * not be that of this client.
 */
export function trustedBearer(
  bearer: BearerToken,
  installationId: InstallationId,
  { apiOrigin, log }: Settings,
): BearerToken {
  const apiDomain = apiOriginFor(bearer.apiDomain, apiOrigin)
  if (apiDomain === bearer.apiDomain) return bearer
  log.warn({
    what: `a record names the API domain ${bearer.apiDomain}, which must not get tokens. ${apiDomain} is used`,
    code: 'untrusted_api_domain',
    installationId,
    action: 'Set endpoints.api in every process if the domain is that of your own proxy.',
  })
  return { ...bearer, apiDomain }
}
