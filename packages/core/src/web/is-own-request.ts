import type { PipedriveOAuth } from '../client/pipedrive-oauth.ts'

/**
 * Returns whether a page of this application sent a request. Reads `Sec-Fetch-Site`, which must be `same-origin`; if it
 * is missing, `Origin`, which must be the origin of `redirectUri`. Returns false if both are missing. For requests that
 * change something.
 * @see [Fetch Metadata](https://www.w3.org/TR/fetch-metadata/#sec-fetch-site-header)
 */
export function isOwnRequest(oauth: PipedriveOAuth, request: Request): boolean {
  const site = request.headers.get('sec-fetch-site')
  if (site !== null) return site === 'same-origin'
  return request.headers.get('origin') === new URL(oauth.redirectUri).origin
}
