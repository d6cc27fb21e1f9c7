import type { PipedriveOAuth } from '../client/pipedrive-oauth.ts'
import { ReauthorizationRequiredError, type PipedriveOAuthError } from '../errors.ts'
import { isReturnPath } from '../protocol/return-path.ts'
import { errorResponse, wantsHtml } from './error-response.ts'
import { installUrl } from './install-url.ts'
import { isFramed } from './is-framed.ts'
import { webPaths, type WebPaths } from './web-paths.ts'

/**
 * Answers one of the application's own pages with an error. If the user has to connect, a page that was asked for by its
 * address leads to the install link, and the user comes back to it; a page in a frame shows the link, since Pipedrive's
 * consent page cannot be framed; every other request gets JSON with the link as `install`. `errorResponse` answers all
 * other errors. `paths`: where the routes are. Default: where `redirectUri` says.
 */
export function refuse(
  oauth: PipedriveOAuth,
  error: PipedriveOAuthError,
  request: Request,
  paths: WebPaths = webPaths(oauth.redirectUri, undefined),
): Response {
  const install = installUrl(oauth, paths, returnPathOf(request, paths))
  if (!(error instanceof ReauthorizationRequiredError)) return errorResponse(error, request, install)
  if (isPageByItsAddress(request) && error.consentMayHelp)
    return new Response(null, {
      status: 302,
      headers: { location: install, 'cache-control': 'no-store', 'referrer-policy': 'no-referrer' },
    })
  if (wantsHtml(request)) return errorResponse(error, request, install)
  const { code, message, status, missingScopes } = error
  const body = { code, message, install, ...(missingScopes && { missingScopes }) }
  return Response.json(body, { status, headers: { 'cache-control': 'no-store' } })
}

function isPageByItsAddress(request: Request): boolean {
  const target = request.headers.get('sec-fetch-dest') ?? 'document'
  return request.method === 'GET' && wantsHtml(request) && target === 'document' && !isFramed(request)
}

/** The page to come back to, as the world sees it, without the signed token of extension pages. Undefined: not a page. */
function returnPathOf(request: Request, paths: WebPaths): string | undefined {
  if (request.method !== 'GET' || !wantsHtml(request)) return undefined
  const url = new URL(request.url)
  if (url.searchParams.has('token')) url.searchParams.delete('token')
  const path = paths.outsideOf(url.pathname) + url.search
  return isReturnPath(path) ? path : undefined
}
