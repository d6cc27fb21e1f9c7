/**
 * Whether a page of another origin sent a request. Browsers say so in `Sec-Fetch-Site` and in `Origin`; other clients send
 * neither and are at home.
 * @see [Fetch Metadata](https://www.w3.org/TR/fetch-metadata/#sec-fetch-site-header)
 */
export function isForeign(request: Request): boolean {
  const site = request.headers.get('sec-fetch-site')
  const origin = request.headers.get('origin')
  // The address bar and bookmarks send `none`, always with GET.
  const isOwnSite = site === null || site === 'same-origin' || (site === 'none' && request.method === 'GET')
  return !isOwnSite || (origin !== null && origin !== new URL(request.url).origin)
}

/** Whether the body of a request is declared as JSON, which no form and no request without a preflight can do. */
export function isJson(request: Request): boolean {
  const type = request.headers.get('content-type')?.split(';')[0]?.trim().toLowerCase()
  return type === 'application/json'
}
