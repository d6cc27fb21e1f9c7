import type { PipedriveOAuth } from '../client/pipedrive-oauth.ts'
import { ReauthorizationRequiredError, type PipedriveOAuthError } from '../errors.ts'
import { isReturnPath } from '../protocol/return-path.ts'
import { errorResponse, wantsHtml } from './error-response.ts'
import { isFramed } from './is-framed.ts'
import { oauthPaths } from './oauth-paths.ts'

/**
 * An error as the answer of one of the application's own pages. Where the user has to connect, a page that was asked
 * for by its address leads to the install link, and the user comes back to it; a page in a frame shows the link, since
 * Pipedrive's consent page cannot be framed; everybody else gets 401 JSON with the link as `install`. Every other error
 * is answered as `errorResponse` does.
 */
export function refuse(oauth: PipedriveOAuth, error: PipedriveOAuthError, request: Request): Response {
  const install = installUrl(oauth.redirectUri, request)
  if (!(error instanceof ReauthorizationRequiredError)) return errorResponse(error, request, install)
  if (isPageByItsAddress(request))
    return new Response(null, {
      status: 302,
      headers: { location: install, 'cache-control': 'no-store', 'referrer-policy': 'no-referrer' },
    })
  if (wantsHtml(request)) return errorResponse(error, request, install)
  const { code, message, status } = error
  return Response.json({ code, message, install }, { status, headers: { 'cache-control': 'no-store' } })
}

function isPageByItsAddress(request: Request): boolean {
  const target = request.headers.get('sec-fetch-dest') ?? 'document'
  return request.method === 'GET' && wantsHtml(request) && target === 'document' && !isFramed(request)
}

/** The install link, on the host where the callback will find its cookie; it brings back to a page, never to data. */
function installUrl(redirectUri: string, request: Request): string {
  const install = new URL(oauthPaths(redirectUri).install, redirectUri)
  const returnTo = returnPathOf(request)
  if (request.method === 'GET' && wantsHtml(request) && isReturnPath(returnTo))
    install.searchParams.set('returnTo', returnTo)
  return install.href
}

/** The path and query of a request, without the signed token that Pipedrive adds to extension pages. */
function returnPathOf(request: Request): string {
  const url = new URL(request.url)
  if (url.searchParams.has('token')) url.searchParams.delete('token')
  return url.pathname + url.search
}
