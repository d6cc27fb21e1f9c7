import { InvalidArgumentError } from '../../errors.ts'

/** The parts of a request, so that it can be sent more than once. */
export interface Outgoing {
  readonly address: string
  /** Without undefined parts. `headers` and a body that can be sent twice are copies. */
  readonly init: RequestInit
  readonly isReplayable: boolean
}

/** What counts of a `Request`. The rest means something in browsers only. */
const ofRequest = ['method', 'headers', 'body', 'signal', 'redirect', 'integrity', 'keepalive'] as const
/** What may come from the prototype of an `init`. */
const ofInit = [...ofRequest, 'cache', 'referrer', 'referrerPolicy', 'mode', 'credentials'] as const

/**
 * Takes the parameters of `fetch` apart, as `fetch` understands them. A `Request` or a signal of another implementation, such as
 * npm undici or jsdom, is read as if it were the runtime's own.
 * @throws {InvalidArgumentError} `invalid_argument`, if `fetch` would send something like `[object Object]`
 * @throws {TypeError} as `fetch` does, for a body that was read, and for a `redirect` or `signal` of another kind
 */
export async function takeApart(input: unknown, from?: RequestInit | null): Promise<Outgoing> {
  const given = from ?? {}
  const request = isRequest(input) ? input : undefined
  const init: RequestInit = {
    ...(request && read(request, ofRequest)),
    ...read(given, Object.keys(given)),
    ...read(given, ofInit),
  }
  if (given.body == null && request !== undefined) {
    if (request.bodyUsed) throw new TypeError('The body of the Request was read already')
    init.body = request.body
  }
  if (init.redirect !== undefined && !['follow', 'error', 'manual'].includes(init.redirect))
    throw new TypeError('redirect must be follow, error or manual')
  if (init.headers !== undefined) init.headers = new Headers(init.headers)
  const signal = ownSignal(init.signal)
  delete init.signal
  if (signal !== undefined) init.signal = signal
  const address = request?.url ?? addressOf(input)
  const isForeign = request !== undefined && init.body === request.body && !(request instanceof Request)
  // The stream of another implementation may be none to this runtime.
  const body = isForeign ? await bytesOf(request, init.method) : copied(init.body)
  delete init.body
  if (body == null) return { address, init, isReplayable: true }
  const isReplayable = !isStream(body)
  // Runtimes require `duplex` if the body is a stream.
  return {
    address,
    init: { ...init, body, ...(!isReplayable && { duplex: 'half' }) } as RequestInit,
    isReplayable,
  }
}

/** A node request has `url`, `method` and `headers`, too, but not the methods of a `Request`. */
function isRequest(input: unknown): input is Request {
  if (input instanceof Request) return true
  const like = input as Partial<Request> | null | undefined
  return (
    typeof like?.url === 'string' && typeof like.method === 'string' && typeof like.arrayBuffer === 'function'
  )
}

function addressOf(input: unknown): string {
  const isObject = typeof input === 'object' && input !== null
  const text = typeof input === 'string' || isObject ? String(input) : '[object '
  if (text.startsWith('[object '))
    throw new InvalidArgumentError('fetch()', [
      'the first argument must be a path such as /api/v2/deals, an address, a URL or a Request',
    ])
  return text
}

/** Returns the named properties, also those of a prototype, that are set to something. */
function read(source: object, names: readonly string[]): Record<string, unknown> {
  const found: Record<string, unknown> = {}
  for (const name of names) {
    const value = (source as Record<string, unknown>)[name]
    if (value !== undefined) found[name] = value
  }
  return found
}

function ownSignal(signal: AbortSignal | null | undefined): AbortSignal | undefined {
  if (signal == null || signal instanceof AbortSignal) return signal ?? undefined
  const foreign = signal as Partial<AbortSignal>
  if (typeof foreign.aborted !== 'boolean' || typeof foreign.addEventListener !== 'function')
    throw new TypeError('signal must be an AbortSignal')
  const stop = new AbortController()
  const abort = () => stop.abort(foreign.reason)
  if (foreign.aborted) abort()
  else foreign.addEventListener('abort', abort, { once: true })
  return stop.signal
}

async function bytesOf(request: Request, method = 'GET'): Promise<Uint8Array<ArrayBuffer> | undefined> {
  if (request.body === null || method === 'GET' || method === 'HEAD') return undefined
  const bytes = new Uint8Array(await request.arrayBuffer())
  return bytes.length === 0 ? undefined : bytes
}

/** Returns a copy of what the caller could change before it is sent. */
function copied(body: BodyInit | null | undefined): BodyInit | null | undefined {
  if (body == null || typeof body === 'string' || body instanceof Blob || isStream(body)) return body
  if (body instanceof URLSearchParams) return new URLSearchParams(body)
  if (body instanceof FormData) {
    const copy = new FormData()
    for (const [name, value] of body) copy.append(name, value)
    return copy
  }
  if (ArrayBuffer.isView(body)) return new Uint8Array(body.buffer, body.byteOffset, body.byteLength).slice()
  if (/^\[object (Shared)?ArrayBuffer\]$/.test(Object.prototype.toString.call(body)))
    return new Uint8Array(body as ArrayBuffer).slice()
  const text = String(body)
  if (text.startsWith('[object '))
    throw new InvalidArgumentError('fetch()', [
      'body must be text, bytes, a Blob, FormData, URLSearchParams or a stream of this runtime; use JSON.stringify for an object',
    ])
  return text
}

/** Returns whether a body can be read once only. */
function isStream(body: BodyInit): boolean {
  return body instanceof ReadableStream || (typeof body === 'object' && Symbol.asyncIterator in body)
}
