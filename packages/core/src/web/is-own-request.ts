import type { PipedriveOAuth } from '../client/pipedrive-oauth.ts'

/**
 * Whether a request that changes something comes from a page of this application: of the origin of `redirectUri`.
 * Browsers say so in `Sec-Fetch-Site` or in `Origin`; a request with neither is not believed.
 * @see [Fetch Metadata](https://www.w3.org/TR/fetch-metadata/#sec-fetch-site-header)
 */
export function isOwnRequest(oauth: PipedriveOAuth, request: Request): boolean {
  const site = request.headers.get('sec-fetch-site')
  if (site !== null) return site === 'same-origin'
  return request.headers.get('origin') === new URL(oauth.redirectUri).origin
}
