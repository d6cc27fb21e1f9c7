import { createRequest } from '@remix-run/node-fetch-server'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { requestHead, type PlatformRequest } from './platform-request.ts'

/** A request as it reaches a middleware: Node's own, and what stood before it may have read the body. */
export type ReceivedRequest = IncomingMessage &
  PlatformRequest & { readonly body?: unknown; readonly rawBody?: unknown }

/** A request with its body, which a parser may have read already. */
export function wholeRequest(received: ReceivedRequest, response: ServerResponse, address: URL): Request {
  const { protocol, host } = address
  if (!received.readableDidRead)
    return new Request(address, createRequest(received, response, { protocol, host }))
  const { method, headers } = requestHead(received, address.origin)
  const hasBody = method !== 'GET' && method !== 'HEAD'
  return new Request(address, { method, headers, body: hasBody ? bodyOf(received) : null })
}

function bodyOf({ body, rawBody }: ReceivedRequest): BodyInit | null {
  if (isText(rawBody)) return rawBody
  if (body === undefined || body === null || isText(body)) return body ?? null
  return JSON.stringify(body)
}

function isText(value: unknown): value is string | Uint8Array<ArrayBuffer> {
  return typeof value === 'string' || value instanceof Uint8Array
}
