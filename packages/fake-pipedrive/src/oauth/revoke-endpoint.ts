import type { Backend } from '../backend.ts'
import { authenticatedForm } from './client-authentication.ts'
import { missingParameter, oauthErrorResponse } from './oauth-error.ts'

/**
 * `POST /oauth/revoke`: the refresh token uninstalls the app, an access token dies alone. An unknown token is
 * answered with 200 as well.
 * @see [RFC 7009 §2](https://www.rfc-editor.org/rfc/rfc7009.html#section-2)
 */
export async function revokeEndpoint(backend: Backend, request: Request): Promise<Response> {
  const form = await authenticatedForm(backend, request)
  if (form instanceof Response) return form
  const token = form.get('token')
  if (!token) return oauthErrorResponse(missingParameter('token'))

  // "If the server is unable to locate the token using the given hint, it MUST extend its search": with two
  // kinds of token that never look alike, the hint decides nothing but the order.
  const access = backend.grants.accessToken(token)
  const grant = backend.grants.byRefreshToken(token)
  if (access) backend.grants.revoke(access)
  else if (grant && backend.grants.isCurrent(grant, token)) backend.grants.end(grant, 'revoked')
  return Response.json({ success: true })
}
