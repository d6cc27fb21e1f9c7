/**
 * A request as the servers of Node and the frameworks on them hold it: what Express, Fastify, Connect and `node:http` have
 * in common. For adapters.
 */
export interface PlatformRequest {
  readonly method?: string | undefined
  readonly url?: string | undefined
  /** The address as the client sent it, where a framework changes `url`. */
  readonly originalUrl?: string | undefined
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>
  /** What a parser before us has made of the body. */
  readonly body?: unknown
  /** The bytes that the parser read, where it keeps them. */
  readonly rawBody?: unknown
}

/** Methods that servers of Node let through and that no `Request` can have. */
const forbiddenMethods = /^(connect|trace|track)$/i

/**
 * What was asked for, path and query, as an address at this origin. Undefined: it is none, or it was asked for in a way
 * that no `Request` can tell (`TRACE`). Nothing in a path can lead elsewhere: `//host` is a path, too.
 * @see [Fetch: forbidden methods](https://fetch.spec.whatwg.org/#forbidden-method)
 */
export function platformAddress(
  { method, originalUrl, url }: PlatformRequest,
  origin: string,
): URL | undefined {
  if (forbiddenMethods.test(method ?? '')) return undefined
  const target = originalUrl ?? url ?? ''
  return target.startsWith('/') && URL.canParse(origin + target) ? new URL(origin + target) : undefined
}

/** The request without its body: enough to know whose it is, and how to refuse it. */
export function platformRequest(request: PlatformRequest, address: URL, init: RequestInit = {}): Request {
  const headers = new Headers()
  for (const [name, value = []] of Object.entries(request.headers))
    // HTTP/2 has its method and path among the headers.
    if (!name.startsWith(':')) for (const line of [value].flat()) headers.append(name, line)
  return new Request(address, { method: request.method ?? 'GET', headers, ...init })
}

/** A body that was read before us: its bytes, or what a parser has made of them as JSON. Null: there is none. */
export function parsedBody({ method, body, rawBody }: PlatformRequest): BodyInit | null {
  if (method === 'GET' || method === 'HEAD') return null
  const read = isText(rawBody) ? rawBody : body
  return read == null || isText(read) ? (read ?? null) : JSON.stringify(read)
}

function isText(value: unknown): value is string | Uint8Array<ArrayBuffer> {
  return typeof value === 'string' || value instanceof Uint8Array
}
