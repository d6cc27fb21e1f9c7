import type { ServerResponse } from 'node:http'
import type { ReceivedRequest } from './received-request.ts'
import { sendAnswer } from './send-answer.ts'
import { webRequest, type ProxyOptions } from './web-request.ts'

/** A listener of `node:http`, and with `next` a middleware of Connect and Express. Its promise never rejects. */
export type NodeListener = (
  req: ReceivedRequest,
  res: ServerResponse,
  next?: (error?: unknown) => void,
) => Promise<void>

/** What a request was to Node. */
export interface NodeExchange {
  readonly req: ReceivedRequest
  readonly res: ServerResponse
}

/**
 * Makes a Web handler a listener of Node: for `http.createServer`, as middleware of Connect and Express 4 and 5, and in
 * Fastify's `onRequest` hook. Bodies stream both ways; `request.signal` aborts when the client leaves; a body that a
 * parser has read already reaches the handler all the same, and one that the handler does not read is left for others.
 *
 * `undefined` from the handler: on to `next`, or else 404. An error: on to `next(error)`, or else logged and 500; that the
 * client left in the middle of its body is not logged. A `Host` or path that is none, and `TRACE`: 400.
 *
 * @example
 * ```ts
 * import { createServer } from 'node:http'
 * import { createOAuthHandler } from '@pd/oauth-core'
 * import { toNodeListener } from '@pd/oauth-node'
 *
 * createServer(toNodeListener(createOAuthHandler(oauth))).listen(3000)
 * ```
 */
export function toNodeListener(
  handler: (request: Request, exchange: NodeExchange) => Promise<Response | undefined> | Response | undefined,
  options: ProxyOptions = {},
): NodeListener {
  return async (req, res, next) => {
    try {
      const request = webRequest(req, res, options)
      const answer =
        request === undefined
          ? new Response('Bad Request', { status: 400 })
          : await handler(request, { req, res })
      if (answer !== undefined) return await sendAnswer(res, answer)
      if (next === undefined) return await sendAnswer(res, new Response('Not Found', { status: 404 }))
    } catch (error) {
      return failed(error, res, next)
    }
    next()
  }
}

function failed(error: unknown, res: ServerResponse, next: ((error?: unknown) => void) | undefined): void {
  // Half an answer must not look like a whole one.
  if (res.headersSent) res.destroy()
  if (next !== undefined) return next(error)
  const hasLeft = res.closed && error instanceof Error && error.name === 'AbortError'
  if (hasLeft) return
  console.error(error)
  if (!res.headersSent) res.writeHead(500, { 'content-type': 'text/plain' }).end('Internal Server Error')
}
