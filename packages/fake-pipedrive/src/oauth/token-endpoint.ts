import type { Backend } from '../backend.ts'
import type { Grant } from '../grants.ts'
import type { Site } from '../http/site.ts'
import { authenticatedForm } from './client-authentication.ts'
import { missingParameter, oauthErrorResponse, oauthErrors, type OAuthError } from './oauth-error.ts'
import { tokenResponse } from './token-response.ts'

/** The result of a grant type: the grant to issue tokens for, or the error. */
type Outcome = { readonly grant: Grant } | { readonly refusal: OAuthError }

type GrantType = (backend: Backend, form: URLSearchParams) => Outcome

const refuse = (refusal: OAuthError): Outcome => ({ refusal })

const grantTypes: Readonly<Record<string, GrantType>> = {
  authorization_code({ app, grants, clock }, form) {
    const given = form.get('code')
    const redirectUri = form.get('redirect_uri')
    if (!given) return refuse(missingParameter('code'))
    if (!redirectUri || !URL.canParse(redirectUri)) return refuse(oauthErrors.redirectUriMissing)
    if (redirectUri !== app.redirectUri) return refuse(oauthErrors.redirectUriMismatch)
    const code = grants.code(given)
    if (!code || code.used || code.redirectUri !== redirectUri) return refuse(oauthErrors.invalidCode)
    if (clock.now() >= code.expiresAt) return refuse(oauthErrors.expiredCode)
    code.used = true
    return { grant: grants.install(code.user, code.scopes) }
  },

  refresh_token({ grants }, form) {
    const refreshToken = form.get('refresh_token')
    if (!refreshToken) return refuse(missingParameter('refresh_token'))
    const grant = grants.byRefreshToken(refreshToken)
    if (!grant) return refuse(oauthErrors.invalidRefreshToken)
    if (!grants.isCurrent(grant, refreshToken)) {
      const reused = grant.refreshToken !== refreshToken
      if (reused && grants.policy.reuseDetection) grants.end(grant, 'reuse_detected')
      return refuse(oauthErrors.invalidRefreshToken)
    }
    grants.refresh(grant)
    return { grant }
  },

  exchange_api_token({ app, grants, directory }, form) {
    const apiToken = form.get('api_token')
    if (!apiToken) return refuse(missingParameter('api_token'))
    const user = directory.userByApiToken(apiToken)
    if (!user || !grants.claimApiToken(apiToken)) return refuse(oauthErrors.invalidApiToken)
    return { grant: grants.install(user, app.scopes) }
  },
}

/** Answers `POST /oauth/token`. */
export async function tokenEndpoint(backend: Backend, request: Request, site: Site): Promise<Response> {
  if (backend.latencyMs > 0) await backend.clock.sleep(backend.latencyMs)
  const form = await authenticatedForm(backend, request)
  if (form instanceof Response) return form
  const name = form.get('grant_type')
  if (!name) return oauthErrorResponse(missingParameter('grant_type'))
  const grantType = Object.hasOwn(grantTypes, name) ? grantTypes[name] : undefined
  if (!grantType) return oauthErrorResponse(oauthErrors.unsupportedGrantType)
  const outcome = grantType(backend, form)
  if ('refusal' in outcome) return oauthErrorResponse(outcome.refusal)
  const body = tokenResponse(backend, outcome.grant, { site, origin: new URL(request.url).origin })
  return Response.json(body, { headers: { 'cache-control': 'no-store' } })
}
