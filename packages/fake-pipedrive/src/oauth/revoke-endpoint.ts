import type { Backend } from '../backend.ts'
import { authenticatedForm } from './client-authentication.ts'
import { missingParameter, oauthErrorResponse } from './oauth-error.ts'

/**
 * Answers `POST /oauth/revoke`. A refresh token uninstalls the app; an access token alone becomes invalid. An unknown
 * token also gets 200.
 * @see [RFC 7009 §2](https://www.rfc-editor.org/rfc/rfc7009.html#section-2)
 */
export async function revokeEndpoint(backend: Backend, request: Request): Promise<Response> {
  const form = await authenticatedForm(backend, request)
  if (form instanceof Response) return form
  const token = form.get('token')
  if (!token) return oauthErrorResponse(missingParameter('token'))

  // "If the server is unable to locate the token using the given hint, it MUST extend its search". The two kinds of
  // token never look alike, so the hint is not needed at all.
  const access = backend.grants.accessToken(token)
  const grant = backend.grants.byRefreshToken(token)
  if (access) backend.grants.revoke(access)
  else if (grant && backend.grants.isCurrent(grant, token)) backend.grants.end(grant, 'revoked')
  return Response.json({ success: true })
}
