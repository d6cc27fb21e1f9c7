import type { PipedriveOAuthError } from '../errors.ts'
import { errorPage } from './error-page.ts'
import { isFramed, isNavigation } from './is-framed.ts'
import type { PageLook } from './page-look.ts'
import { pageResponse } from './page-response.ts'

/**
 * Returns the answer for an error: a small page for a browser, else JSON `{ code, message }`; `wantsHtml` decides. Holds
 * no secret. `install`: the address of the page's "Connect" link, which opens in a new tab if the page is in a frame. It is
 * shown only if connecting may help. Default: no link. `look`: the app's name, logo, accent and texts. Default: none.
 */
export function errorResponse(
  error: PipedriveOAuthError,
  request: Request,
  install?: string,
  look?: PageLook,
): Response {
  const { status } = error
  const headers = new Headers({ 'cache-control': 'no-store' })
  if (error.retryable && error.retryAfterMs !== undefined)
    headers.set('retry-after', String(Math.ceil(error.retryAfterMs / 1_000)))
  if (wantsHtml(request))
    return pageResponse(errorPage(error, install, look?.texts), {
      status,
      headers,
      framed: isFramed(request),
      look,
    })
  // What a developer has to do is in the log, and no business of whoever asks.
  const message = status >= 500 ? errorPage(error, install, look?.texts).text : error.message
  return Response.json({ code: error.code, message }, { status, headers })
}

/**
 * Returns whether a request asks for a page rather than JSON: browsers name `text/html` in `Accept`, or say `navigate` in
 * `Sec-Fetch-Mode`. API clients do neither.
 */
export function wantsHtml(request: Request): boolean {
  return isNavigation(request) || /text\/html/i.test(request.headers.get('accept') ?? '')
}
