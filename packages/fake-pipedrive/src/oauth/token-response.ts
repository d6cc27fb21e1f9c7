import type { Backend } from '../backend.ts'
import type { Grant } from '../grants.ts'
import type { Site } from '../http/site.ts'

/** A token response, with Pipedrive's names. */
export interface TokenResponse {
  readonly access_token: string
  readonly token_type: 'Bearer'
  /** The lifetime in seconds. */
  readonly expires_in: number
  readonly refresh_token: string
  /** The scopes, separated by commas. */
  readonly scope: string
  /** The origin of the API. */
  readonly api_domain: string
}

/** Issues an access token and returns the token response. */
export function tokenResponse(
  backend: Backend,
  grant: Grant,
  at?: { readonly site: Site; readonly origin: string },
): TokenResponse {
  const company = backend.directory.company(grant.user.companyId)
  return {
    access_token: backend.grants.issueAccessToken(grant).token,
    token_type: 'Bearer',
    expires_in: Math.max(0, Math.floor(backend.grants.policy.accessTokenLifetimeMs / 1000) - 1),
    refresh_token: grant.refreshToken,
    scope: grant.scopes.join(','),
    api_domain: backend.apiDomain(company, at),
  }
}
