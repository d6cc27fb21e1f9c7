import type { IncomingHttpHeaders } from 'node:http'

/** What the requests of Express and Fastify have in common. */
export interface PlatformRequest {
  readonly method?: string
  readonly headers: IncomingHttpHeaders
  readonly url?: string
  /** The address as the client sent it, where a framework changes `url`. */
  readonly originalUrl?: string
}

/** The path and query that a client asked for, as an address of our own: whatever host it named, nobody decides by it. */
export function addressOf({ originalUrl, url }: PlatformRequest, redirectUri: string): URL {
  const { origin } = new URL(redirectUri)
  const target = originalUrl ?? url ?? '/'
  // Joined, not resolved: `//host` is a path here.
  const address = origin + (target.startsWith('/') ? target : `/${target}`)
  return URL.canParse(address) ? new URL(address) : new URL(origin)
}

/** A request without its body: enough to know whose it is, and how to refuse it. */
export function requestHead(request: PlatformRequest, redirectUri: string): Request {
  const headers = new Headers()
  for (const [name, value = []] of Object.entries(request.headers))
    if (!name.startsWith(':')) for (const line of [value].flat()) headers.append(name, line)
  return new Request(addressOf(request, redirectUri), { method: request.method ?? 'GET', headers })
}
