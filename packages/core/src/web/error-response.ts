import type { PipedriveOAuthError } from '../errors.ts'
import { errorPage } from './error-page.ts'
import { isFramed, isNavigation } from './is-framed.ts'
import { pageResponse } from './page-response.ts'

/**
 * Returns the answer for an error: a small page for a browser, else JSON `{ code, message }`. `Accept` decides. Holds
 * no secret. `install`: the address of the page's "Connect" link, which opens in a new tab if the page is in a frame.
 * Default: no link.
 */
export function errorResponse(error: PipedriveOAuthError, request: Request, install?: string): Response {
  const { status } = error
  const headers = new Headers({ 'cache-control': 'no-store' })
  if (error.retryAfterMs !== undefined)
    headers.set('retry-after', String(Math.ceil(error.retryAfterMs / 1_000)))
  if (wantsHtml(request))
    return pageResponse(errorPage(error, install), { status, headers, framed: isFramed(request) })
  return Response.json({ code: error.code, message: error.message }, { status, headers })
}

/**
 * Returns whether a request asks for a page rather than JSON: browsers name `text/html` in `Accept`, or say `navigate` in
 * `Sec-Fetch-Mode`. API clients do neither.
 */
export function wantsHtml(request: Request): boolean {
  return isNavigation(request) || /text\/html/i.test(request.headers.get('accept') ?? '')
}
