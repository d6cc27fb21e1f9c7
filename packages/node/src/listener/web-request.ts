import type { ServerResponse } from 'node:http'
import { platformAddress, platformRequest } from '@pd/oauth-core'
import { publicOrigin } from './public-origin.ts'
import type { ReceivedRequest } from './received-request.ts'
import { requestBody } from './request-body.ts'
import { trustsProxy } from './trusts-proxy.ts'

export interface ProxyOptions {
  /**
   * Whether `X-Forwarded-Proto` and `X-Forwarded-Host` say what the client asked for. Only behind a proxy that sets them
   * itself. Default: what Express was told by `trust proxy`; elsewhere false.
   */
  readonly trustProxy?: boolean | undefined
}

/** What `fetch` demands with a body that streams. */
interface StreamingInit extends RequestInit {
  readonly duplex: 'half'
}

/** A request without its body, to know whose it is. Undefined: its host or its path is none. */
export function requestHead(received: ReceivedRequest, options: ProxyOptions): Request | undefined {
  const address = addressOf(received, options)
  return address && platformRequest(received, address)
}

/** The whole request. Undefined: its host or its path is none. */
export function webRequest(
  received: ReceivedRequest,
  response: ServerResponse,
  options: ProxyOptions,
): Request | undefined {
  const address = addressOf(received, options)
  if (address === undefined) return undefined
  const init: StreamingInit = {
    body: requestBody(received, response),
    duplex: 'half',
    signal: leaving(response),
  }
  const request = platformRequest(received, address, init)
  // Of the body as it was sent, which a parser has unpacked.
  if (received.readableDidRead)
    for (const name of ['content-length', 'content-encoding']) request.headers.delete(name)
  return request
}

function addressOf(received: ReceivedRequest, { trustProxy }: ProxyOptions): URL | undefined {
  const origin = publicOrigin(received, trustsProxy(received, trustProxy))
  return origin === undefined ? undefined : platformAddress(received, origin)
}

/** Aborts when the client goes away before it has the whole answer. */
function leaving(response: ServerResponse): AbortSignal {
  const controller = new AbortController()
  const closed = () => {
    if (!response.writableFinished) controller.abort()
  }
  if (response.closed) closed()
  else response.once('close', closed)
  return controller.signal
}
