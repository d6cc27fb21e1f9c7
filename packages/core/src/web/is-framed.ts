/**
 * Returns whether a page is shown in a frame, as Pipedrive's panels and modals are. Reads `Sec-Fetch-Dest`; if the
 * browser does not send it, or a service worker that passed the request on made it `empty`, a signed token in the address (`?token=`)
 * counts as a frame.
 * @see [Fetch Metadata](https://www.w3.org/TR/fetch-metadata/#sec-fetch-dest-header)
 */
export function isFramed(request: Request): boolean {
  if (isSurelyFramed(request)) return true
  const target = request.headers.get('sec-fetch-dest')
  const isUnknown = target === null || (target === 'empty' && isNavigation(request))
  return isUnknown && new URL(request.url).searchParams.has('token')
}

/** Returns whether the browser says that a page is shown in a frame. */
export function isSurelyFramed(request: Request): boolean {
  return framed.has(request.headers.get('sec-fetch-dest') ?? '')
}

/** Returns whether the browser says that it asks for a page, in a tab or in a frame. */
export function isNavigation(request: Request): boolean {
  return request.headers.get('sec-fetch-mode') === 'navigate'
}

const framed: ReadonlySet<string> = new Set(['iframe', 'frame', 'embed', 'object', 'fencedframe'])
