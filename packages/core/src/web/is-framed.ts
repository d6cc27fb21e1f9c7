/**
 * Whether a page is shown inside another one, as Pipedrive's panels and modals are. Browsers say so in `Sec-Fetch-Dest`;
 * where one does not, the signed token in the address does.
 * @see [Fetch Metadata](https://www.w3.org/TR/fetch-metadata/#sec-fetch-dest-header)
 */
export function isFramed(request: Request): boolean {
  const target = request.headers.get('sec-fetch-dest')
  if (target !== null) return framed.has(target)
  return new URL(request.url).searchParams.has('token')
}

const framed: ReadonlySet<string> = new Set(['iframe', 'frame', 'embed', 'object', 'fencedframe'])
