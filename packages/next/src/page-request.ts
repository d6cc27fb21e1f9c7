import { InvalidArgumentError } from '@pd/oauth-core'
import { workUnitAsyncStorage } from 'next/dist/server/app-render/work-unit-async-storage.external.js'
import { headers } from 'next/headers.js'
import { connection } from 'next/server.js'

/** Returns the headers of the current request. A page that Next renders while it builds ends here, and becomes dynamic. */
export async function currentHeaders(): Promise<Headers> {
  // With Cache Components, Next also renders ahead of a request: it has headers then, but no time and no randomness.
  await connection()
  return new Headers(await headers())
}

/**
 * Returns a request for the page that Next renders. It is asked for by its address, also where Next's router or a server
 * action sent the actual request: then `Sec-Fetch-Dest` does not say whether that is in a frame. `url`: path and query of the page. Default: as in Next's own store of the request; in a
 * server action, that is the page with the form.
 */
export function pageRequest(origin: string, sent: Headers, url: string = currentUrl()): Request {
  if (typeof url !== 'string' || !url.startsWith('/') || !URL.canParse(url, origin))
    throw new InvalidArgumentError('requireInstallation()', [
      'url must be the path and query of the page, such as /deals?page=2',
    ])
  const headers = new Headers(sent)
  headers.set('accept', 'text/html')
  headers.set('sec-fetch-mode', 'navigate')
  const address = new URL(url, origin)
  // The router's name for a version of the page.
  if (address.searchParams.has('_rsc')) address.searchParams.delete('_rsc')
  return new Request(address, { headers })
}

/** Returns a request for the same page in a tab. */
export function inTab(request: Request): Request {
  const headers = new Headers(request.headers)
  headers.set('sec-fetch-dest', 'document')
  return new Request(request, { headers })
}

/** Next has no public way to learn the address of a page. Outside of its store: the start page. */
function currentUrl(): string {
  const store = workUnitAsyncStorage.getStore()
  return store?.type === 'request' ? store.url.pathname + store.url.search : '/'
}
