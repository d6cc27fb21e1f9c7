import type { PipedriveOAuth } from '../client/pipedrive-oauth.ts'
import { isOfOtherApp } from '../client/runtime/app-of-error.ts'
import { ReauthorizationRequiredError, type PipedriveOAuthError } from '../errors.ts'
import { isReturnPath } from '../protocol/return-path.ts'
import { errorResponse, wantsHtml } from './error-response.ts'
import { installUrl } from './install-url.ts'
import { isReading } from './for-method.ts'
import { isFramed, isNavigation } from './is-framed.ts'
import type { PageLook } from './page-look.ts'
import type { WebPaths } from '../client/connect/web-paths.ts'

/**
 * Returns the answer for an error on one of the application's own pages. The error of another app's client gets no install
 * link, because that app has another one. If the user has to connect:
 * - A page that the browser opened by its address gets a redirect to the install link, which leads back to that page.
 * - A page in a frame gets a page with the install link, because Pipedrive's consent page cannot be framed. So does any
 *   page if another consent would not help.
 * - Any other request gets JSON with the install link as `install`.
 *
 * For all other errors, it returns what `errorResponse` returns. `paths`: where the routes are. `look`: how pages
 * look.
 */
export function refuse(
  oauth: PipedriveOAuth,
  error: PipedriveOAuthError,
  request: Request,
  paths: WebPaths,
  look: PageLook,
): Response {
  if (isOfOtherApp(error, oauth)) return errorResponse(error, request, undefined, look)
  const install = installUrl(oauth, paths, returnPathOf(request, paths))
  if (!(error instanceof ReauthorizationRequiredError)) return errorResponse(error, request, install, look)
  if (isOpenedPage(request) && error.consentMayHelp)
    return new Response(null, {
      status: 302,
      headers: { location: install, 'cache-control': 'no-store', 'referrer-policy': 'no-referrer' },
    })
  if (wantsHtml(request)) return errorResponse(error, request, install, look)
  const { code, message, status, missingScopes } = error
  const body = { code, message, install, ...(missingScopes && { missingScopes }) }
  return Response.json(body, { status, headers: { 'cache-control': 'no-store' } })
}

/** Returns whether the browser opened a page by its address, not in a frame and not by a script. */
function isOpenedPage(request: Request): boolean {
  const isOpened =
    isNavigation(request) || (request.headers.get('sec-fetch-dest') ?? 'document') === 'document'
  return isReading(request) && wantsHtml(request) && isOpened && !isFramed(request)
}

/**
 * Returns the public path of the page to come back to, without the signed token of extension pages. Undefined: not a
 * page, or one of the routes, whose addresses hold codes.
 */
function returnPathOf(request: Request, paths: WebPaths): string | undefined {
  if (!isReading(request) || !wantsHtml(request)) return undefined
  const url = new URL(request.url)
  if (Object.values(paths.inside).includes(url.pathname)) return undefined
  if (url.searchParams.has('token')) url.searchParams.delete('token')
  const path = paths.outsideOf(url.pathname) + url.search
  return isReturnPath(path) ? path : undefined
}
