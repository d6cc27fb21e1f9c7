import type { PipedriveOAuthError } from '../errors.ts'
import { errorPage } from './error-page.ts'
import { isFramed } from './is-framed.ts'
import { pageResponse } from './page-response.ts'

/**
 * An error as an answer: a small page for a browser, else JSON `{ code, message }`, by `Accept`. Never holds a secret.
 * `install`: where the page's "Connect" leads; from within a frame, in a new tab.
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

/** Whether whoever asks would rather read a page than JSON: browsers name `text/html`, API clients do not. */
export function wantsHtml(request: Request): boolean {
  return /text\/html/i.test(request.headers.get('accept') ?? '')
}
