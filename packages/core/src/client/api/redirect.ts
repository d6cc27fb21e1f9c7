/** A request that follows a redirect. */
export interface Hop {
  readonly url: URL
  readonly init: RequestInit
}

const redirectStatuses: ReadonlySet<number> = new Set([301, 302, 303, 307, 308])

/** The headers that another host may see. */
const harmless = ['accept', 'accept-language', 'range']

/** Returns whether a response is a redirect, as `fetch` understands it. */
export function isRedirect({ status, headers }: Response): boolean {
  return redirectStatuses.has(status) && headers.has('location')
}

/**
 * Returns the request that follows a redirect: a GET after a 303, and after a 301 or 302 to a POST. Undefined: the caller gets
 * the redirect itself. So it is for a target that is not http(s), or http after https, or has credentials; and for another
 * host unless the request is a GET or HEAD.
 * @see [RFC 9110 §15.4](https://www.rfc-editor.org/rfc/rfc9110.html#section-15.4)
 */
export function hopAfter(response: Response, { url, init }: Hop, isReplayable: boolean): Hop | undefined {
  const location = response.headers.get('location') ?? ''
  if (!isRedirect(response) || !URL.canParse(location, url)) return undefined
  const target = new URL(location, url)
  const isWeb = target.protocol === 'https:' || (target.protocol === 'http:' && url.protocol === 'http:')
  if (!isWeb || target.username !== '' || target.password !== '') return undefined
  const next = redirected(init, response.status)
  if (next.body != null && !isReplayable) return undefined
  if (target.origin === url.origin) return { url: target, init: next }
  if (next.body != null || !['GET', 'HEAD'].includes(methodOf(next))) return undefined
  const own = new Headers(next.headers)
  const headers = harmless.flatMap((name) =>
    own.has(name) ? [[name, own.get(name) ?? ''] as [string, string]] : [],
  )
  return { url: target, init: { ...next, headers: new Headers(headers) } }
}

function methodOf(init: RequestInit): string {
  return (init.method ?? 'GET').toUpperCase()
}

function redirected(init: RequestInit, status: number): RequestInit {
  const method = methodOf(init)
  const becomesGet =
    status === 303 ? method !== 'HEAD' : (status === 301 || status === 302) && method === 'POST'
  if (!becomesGet) return init
  const { body: _, ...rest } = init
  const headers = new Headers(init.headers)
  for (const name of [
    'content-type',
    'content-length',
    'content-encoding',
    'content-language',
    'content-location',
  ])
    headers.delete(name)
  return { ...rest, method: 'GET', headers }
}
