/**
 * The part of a request that Express, Fastify, Connect and `node:http` have in common. For adapters.
 */
export interface PlatformRequest {
  readonly method?: string | undefined
  readonly url?: string | undefined
  /** The path and query as the client sent them, if a framework changes `url`. */
  readonly originalUrl?: string | undefined
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>
  /** The parsed body, if a body parser ran before us. */
  readonly body?: unknown
  /** The bytes that the body parser read, if it keeps them. */
  readonly rawBody?: unknown
}

/** Methods that Node's servers accept and a `Request` cannot have. */
const forbiddenMethods = /^(connect|trace|track)$/i

/**
 * Returns the requested path and query as an address at this origin. Undefined: the path is malformed, or a `Request`
 * cannot have the method (`TRACE`). No path leads to another host: `//host` counts as a path, too.
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

/** Returns the request, without its body unless `init` has one. Enough to identify its user and to refuse it. */
export function platformRequest(request: PlatformRequest, address: URL, init: RequestInit = {}): Request {
  const headers = new Headers()
  for (const [name, value = []] of Object.entries(request.headers))
    // HTTP/2 puts the method and the path among the headers.
    if (!name.startsWith(':')) for (const line of [value].flat()) headers.append(name, line)
  return new Request(address, { method: request.method ?? 'GET', headers, ...init })
}

/** Returns a body that was read before us: its bytes, or the parsed body as JSON. Null: there is none. */
export function parsedBody({ method, body, rawBody }: PlatformRequest): BodyInit | null {
  if (method === 'GET' || method === 'HEAD') return null
  const read = isText(rawBody) ? rawBody : body
  return read == null || isText(read) ? (read ?? null) : JSON.stringify(read)
}

function isText(value: unknown): value is string | Uint8Array<ArrayBuffer> {
  return typeof value === 'string' || value instanceof Uint8Array
}
