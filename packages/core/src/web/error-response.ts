import type { PipedriveOAuthError } from '../errors.ts'
import { errorPage } from './error-page.ts'
import { isFramed } from './is-framed.ts'

/**
 * An error as an answer: a small page for a browser, else JSON `{ code, message }`, by `Accept`. Never holds a secret.
 * `install`: where the page's "Connect" leads; from within a frame, in a new tab.
 */
export function errorResponse(error: PipedriveOAuthError, request: Request, install?: string): Response {
  const framed = isFramed(request)
  const headers = new Headers({ 'cache-control': 'no-store' })
  if (error.retryAfterMs !== undefined)
    headers.set('retry-after', String(Math.ceil(error.retryAfterMs / 1_000)))
  if (!wantsHtml(request))
    return Response.json({ code: error.code, message: error.message }, { status: error.status, headers })
  headers.set('content-type', 'text/html; charset=utf-8')
  headers.set(
    'content-security-policy',
    `default-src 'none'; style-src 'unsafe-inline'; frame-ancestors ${framed ? 'https://*.pipedrive.com' : "'none'"}`,
  )
  return new Response(errorPage(error, install, framed), { status: error.status, headers })
}

/** Whether whoever asks would rather read a page than JSON: browsers name `text/html`, API clients do not. */
export function wantsHtml(request: Request): boolean {
  return /text\/html/i.test(request.headers.get('accept') ?? '')
}
