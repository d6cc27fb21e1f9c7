import { isGone } from './node-response.ts'
import type { NodeResponse, ParsedBody, ReceivedRequest } from './received-request.ts'
import { requestAddress } from './request-address.ts'
import { requestBody } from './request-body.ts'

export interface WebRequestOptions {
  /** The origin that the address gets, such as `https://app.example.com`. */
  readonly origin: string
  /** With it the request has a body, and a signal that aborts when the client leaves. Default: neither. */
  readonly response?: NodeResponse | undefined
  /** What holds the `body` or `rawBody` of a parser. Default: the request itself, as in Express. */
  readonly parsed?: ParsedBody | undefined
  /** The request target as the client sent it, if a mount changes `url`. Default: `originalUrl` of the request, else `url`. */
  readonly target?: string | undefined
}

/** What `fetch` demands with a body that streams. */
interface StreamingInit extends RequestInit {
  readonly duplex: 'half'
}

/**
 * Returns a request of Node as a Web request. Its body is not touched before the handler reads it.
 * Returns undefined if no `Request` can stand for it: the target is not a path, or the method is `TRACE`.
 */
export function webRequest(
  received: ReceivedRequest,
  { origin, response, parsed = received, target }: WebRequestOptions,
): Request | undefined {
  const { method } = received
  const address = requestAddress(target === undefined ? received : { method, url: target }, origin)
  if (address === undefined) return undefined
  const head = { method: received.method ?? 'GET', headers: headersOf(received) }
  if (response === undefined) return new Request(address, head)
  // These headers describe the body as it was sent, and a parser has unpacked it.
  if (received.readableDidRead)
    for (const name of ['content-length', 'content-encoding']) head.headers.delete(name)
  const init: StreamingInit = {
    ...head,
    body: requestBody(received, response, parsed),
    duplex: 'half',
    signal: leaving(response),
  }
  return new Request(address, init)
}

/**
 * Returns the request without its body, for answers to an error. A request that no `Request` can stand for becomes a `GET`
 * of `/` with the same headers.
 */
export function requestHead(received: ReceivedRequest, origin: string): Request {
  return webRequest(received, { origin }) ?? new Request(origin, { headers: headersOf(received) })
}

function headersOf(received: ReceivedRequest): Headers {
  const headers = new Headers()
  for (const [name, value = []] of Object.entries(received.headers))
    // HTTP/2 has method and path among the headers.
    if (!name.startsWith(':')) for (const line of [value].flat()) headers.append(name, line)
  const authority = received.headers[':authority']
  if (typeof authority === 'string' && !headers.has('host')) headers.set('host', authority)
  return headers
}

/** Aborts when the client leaves before the answer is complete. */
function leaving(response: NodeResponse): AbortSignal {
  const controller = new AbortController()
  const closed = () => {
    if (!response.writableEnded) controller.abort()
  }
  if (isGone(response)) closed()
  else response.once('close', closed)
  return controller.signal
}
