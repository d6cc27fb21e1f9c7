import { parsedBody, platformRequest, type PlatformRequest } from '@pd/oauth-core'
import { createRequest } from '@remix-run/node-fetch-server'
import type { IncomingMessage, ServerResponse } from 'node:http'

/** A request as it reaches a middleware: Node's own, with what a framework has added. */
export type ReceivedRequest = IncomingMessage & PlatformRequest

/** A request with its body, which a parser may have read already. */
export function wholeRequest(received: ReceivedRequest, response: ServerResponse, address: URL): Request {
  // A body of no bytes is over without anything having been read.
  const isRead = received.readableDidRead || received.readableEnded
  if (isRead) return platformRequest(received, address, { body: parsedBody(received) })
  const { protocol, host } = address
  return new Request(address, createRequest(received, response, { protocol, host }))
}
