/** The parts of a request that say what it asks for. */
interface Target {
  readonly method?: string | undefined
  readonly url?: string | undefined
  /** The request target as the client sent it, where a framework changes `url`. */
  readonly originalUrl?: string | undefined
}

/** Methods that Node's servers accept and that a `Request` cannot have. */
const forbiddenMethods = /^(connect|trace|track)$/i

/**
 * Returns path and query of a request as an address at this origin. Returns undefined if the request target is not a path
 * (`*`, `http://…`) or the method is one that a `Request` cannot have (`TRACE`). A path never leads to another origin:
 * `//host` is a path, too.
 * @see [Fetch: forbidden methods](https://fetch.spec.whatwg.org/#forbidden-method)
 */
export function requestAddress({ method, originalUrl, url }: Target, origin: string): URL | undefined {
  if (forbiddenMethods.test(method ?? '')) return undefined
  const target = originalUrl ?? url ?? ''
  return target.startsWith('/') ? (URL.parse(origin + target) ?? undefined) : undefined
}
