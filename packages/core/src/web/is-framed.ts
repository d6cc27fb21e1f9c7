/**
 * Returns whether a page is shown in a frame, as Pipedrive's panels and modals are. Reads `Sec-Fetch-Dest`; if the
 * browser does not send it, a signed token in the address (`?token=`) counts as a frame.
 * @see [Fetch Metadata](https://www.w3.org/TR/fetch-metadata/#sec-fetch-dest-header)
 */
export function isFramed(request: Request): boolean {
  const target = request.headers.get('sec-fetch-dest')
  if (target !== null) return framed.has(target)
  return new URL(request.url).searchParams.has('token')
}

const framed: ReadonlySet<string> = new Set(['iframe', 'frame', 'embed', 'object', 'fencedframe'])
