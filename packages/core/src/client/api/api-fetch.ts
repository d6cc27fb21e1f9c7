import { ForbiddenRequestError } from '../../errors.ts'
import { readRateLimit } from '../../protocol/rate-limit.ts'
import { observedSend, type ApiObserver } from './observed-send.ts'
import type { BearerToken } from '../../machine/tokens.ts'

interface ApiFetchParts extends ApiObserver {
  readonly send: typeof globalThis.fetch
  /** How long one call may wait for the burst limit in all, in milliseconds. */
  readonly maxWaitMs: number
  /** Returns the current token. */
  readonly token: (signal: AbortSignal | undefined) => Promise<BearerToken>
  /** Returns another token than the rejected one. Undefined: no other token exists, and the caller receives the 401. */
  readonly another: ((rejected: string, signal: AbortSignal | undefined) => Promise<BearerToken>) | undefined
}

/** The parts of a request, so that it can be sent more than once. */
interface Outgoing {
  readonly address: string
  readonly init: RequestInit
  readonly isReplayable: boolean
}

const mostRedirects = 5

/** Returns a `fetch` that adds a bearer token: see `ApiAccess.fetch` and `Installation.fetch`. */
export function apiFetch(given: ApiFetchParts): typeof globalThis.fetch {
  return async (input, init) => {
    const parts = { ...given, send: observedSend(given.send, given) }
    const outgoing = takeApart(input, init)
    const signal = outgoing.init.signal ?? undefined
    const first = await parts.token(signal)
    const patience = { leftMs: parts.maxWaitMs }
    const response = await withPatience(parts, outgoing, first, patience)
    if (response.status !== 401 || parts.another === undefined) return response
    // Refresh even if this request cannot be sent again, so that the caller's next request works.
    const second = await parts.another(first.accessToken, signal)
    if (!outgoing.isReplayable) return response
    await response.body?.cancel()
    return withPatience(parts, outgoing, second, patience)
  }
}

/**
 * Waits for the burst limit to reset and sends again. Returns a 429 of the daily budget at once, because waiting is
 * useless.
 */
async function withPatience(
  parts: ApiFetchParts,
  outgoing: Outgoing,
  token: BearerToken,
  patience: { leftMs: number },
): Promise<Response> {
  for (;;) {
    const response = await follow(parts, outgoing, token)
    if (response.status !== 429 || !outgoing.isReplayable) return response
    const { resetMs, isDailyBudgetSpent } = readRateLimit(response.headers, parts.clock.now())
    if (isDailyBudgetSpent || resetMs > patience.leftMs) return response
    patience.leftMs -= resetMs
    await response.body?.cancel()
    await parts.clock.sleep(resetMs, outgoing.init.signal ?? undefined)
  }
}

async function follow(parts: ApiFetchParts, outgoing: Outgoing, token: BearerToken): Promise<Response> {
  let url = ownAddress(outgoing.address, token.apiDomain)
  let init = outgoing.init
  for (let redirects = 0; ; redirects++) {
    const headers = new Headers(init.headers)
    headers.set('authorization', `Bearer ${token.accessToken}`)
    const response = await parts.send(url, { ...init, headers, redirect: 'manual' })
    const location = response.headers.get('location')
    const isRedirect = response.status >= 300 && response.status < 400 && location !== null
    if (!isRedirect || outgoing.init.redirect === 'manual') return response
    if (outgoing.init.redirect === 'error' || redirects === mostRedirects)
      throw new TypeError(`The API answered with a redirect (${response.status})`)
    if (!URL.canParse(location, url))
      throw new TypeError(
        `The API answered with a redirect (${response.status}) to something that is no address`,
      )
    const next = redirected(init, response.status)
    if (next.body != null && !outgoing.isReplayable) return response
    const target = new URL(location, url)
    await response.body?.cancel()
    if (target.origin !== url.origin) return parts.send(target, withoutCredentials(next))
    url = target
    init = next
  }
}

/**
 * Returns the request that follows a redirect: a GET after a 303, and after a 301 or 302 to a POST.
 * @see [RFC 9110 §15.4](https://www.rfc-editor.org/rfc/rfc9110.html#section-15.4)
 */
function redirected(init: RequestInit, status: number): RequestInit {
  const method = (init.method ?? 'GET').toUpperCase()
  const becomesGet =
    status === 303 ? method !== 'HEAD' : (status === 301 || status === 302) && method === 'POST'
  if (!becomesGet) return init
  const headers = new Headers(init.headers)
  headers.delete('content-type')
  headers.delete('content-length')
  return { ...init, method: 'GET', headers, body: null }
}

function withoutCredentials(init: RequestInit): RequestInit {
  const headers = new Headers(init.headers)
  for (const name of ['authorization', 'cookie', 'x-api-token']) headers.delete(name)
  return { ...init, headers, redirect: 'follow' }
}

function ownAddress(address: string, apiDomain: string): URL {
  const url = URL.canParse(address, apiDomain) ? new URL(address, apiDomain) : undefined
  if (url === undefined || !url.href.startsWith(`${apiDomain}/`))
    throw new ForbiddenRequestError(
      'foreign_origin',
      `The access token may go to ${apiDomain} only: use a path such as /api/v2/deals.`,
    )
  return url
}

function takeApart(input: RequestInfo | URL, init: RequestInit = {}): Outgoing {
  if (!(input instanceof Request))
    return { address: String(input), init: streamable(init), isReplayable: isReplayable(init.body) }
  const { url, method, headers, signal, redirect, body } = input
  const own: RequestInit = { method, headers, signal, redirect, ...(body === null ? {} : { body }) }
  const merged = { ...own, ...init }
  return { address: url, init: streamable(merged), isReplayable: isReplayable(merged.body) }
}

/** Adds `duplex`, which runtimes require if the body is a stream. */
function streamable(init: RequestInit): RequestInit {
  return init.body instanceof ReadableStream ? ({ ...init, duplex: 'half' } as RequestInit) : init
}

/** Returns whether a body can be sent twice. A stream cannot. */
function isReplayable(body: BodyInit | null | undefined): boolean {
  return (
    body == null ||
    typeof body === 'string' ||
    body instanceof URLSearchParams ||
    body instanceof FormData ||
    body instanceof Blob ||
    body instanceof ArrayBuffer ||
    ArrayBuffer.isView(body)
  )
}
