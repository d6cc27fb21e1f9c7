import { checkSetup, isLogger, logUnhandled, yesOrNo, type Rules } from '@pd/oauth-core/adapter'
import type { Logger } from '@pd/oauth-core'
import { breakOff, isGone } from './node-response.ts'
import { anOrigin, publicOrigin } from './public-origin.ts'
import type { NodeResponse, ReceivedRequest } from './received-request.ts'
import { sendAnswer } from './send-answer.ts'
import { trustsProxy } from './trusts-proxy.ts'
import { webRequest } from './web-request.ts'

export interface ListenerOptions {
  /** The origin in `request.url`. Default: the one that the client asked for, by its `Host` or `:authority`. */
  readonly origin?: string | undefined
  /**
   * Whether `X-Forwarded-Proto` and `X-Forwarded-Host` decide the origin, where `origin` does not. Only behind a proxy that
   * sets them itself. Default: what Express's `trust proxy` says; elsewhere false.
   */
  readonly trustProxy?: boolean | undefined
  /** Gets the errors that the listener answers itself, with 500, because there is no `next`. False: nobody. Default: `console`. */
  readonly logger?: Logger | false | undefined
}

const rules: Rules<ListenerOptions> = {
  origin: anOrigin,
  trustProxy: yesOrNo,
  logger: [(value) => value === false || isLogger(value), 'false, or have the methods error and warn'],
}

/**
 * A listener of `node:http`, and with `next` a middleware of Connect and Express. Its promise rejects only if `next` throws, and
 * does not wait for `next`: a framework whose `next` returns a promise, such as Koa, takes `webRequest` and `sendAnswer` instead.
 */
export type NodeListener = (
  req: ReceivedRequest,
  res: NodeResponse,
  next?: (error?: unknown) => void,
) => Promise<void>

/** What a request was to Node. */
export interface NodeExchange {
  readonly req: ReceivedRequest
  readonly res: NodeResponse
}

/**
 * Turns a Web handler into a listener of Node: for `http.createServer`, and as middleware of Connect and Express 4 and 5.
 * Bodies stream both ways; `request.signal` aborts when the client leaves; a body that a parser has read already reaches
 * the handler all the same, and one that the handler does not read is left for others. Cookies and headers that others
 * have set on the response stay (see `sendAnswer`).
 *
 * If the handler returns undefined, `next` is called, or without one the answer is 404. An error goes to `next(error)`, or
 * without one `logger` gets it and the answer is 500; an abort because the client left is not logged. An invalid `Host` or
 * request target, and `TRACE`, are answered 400.
 *
 * @throws {ConfigurationError} `invalid_configuration`, which names every unknown option and every wrong value
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
  options: ListenerOptions = {},
): NodeListener {
  checkSetup('toNodeListener()', options, rules)
  return async (req, res, next) => {
    try {
      const origin = options.origin ?? publicOrigin(req, trustsProxy(req, options.trustProxy))
      const request = origin === undefined ? undefined : webRequest(req, { origin, response: res })
      const answer =
        request === undefined
          ? new Response('Bad Request', { status: 400 })
          : await handler(request, { req, res })
      if (answer !== undefined) return await sendAnswer(res, answer)
      if (next === undefined) return await sendAnswer(res, new Response('Not Found', { status: 404 }))
    } catch (error) {
      return failed(error, res, next, options.logger)
    }
    next()
  }
}

async function failed(
  error: unknown,
  res: NodeResponse,
  next: ((error?: unknown) => void) | undefined,
  logger: Logger | false | undefined,
): Promise<void> {
  if (res.headersSent) breakOff(res)
  if (next !== undefined) return next(error)
  const isAbort = error instanceof Error && error.name === 'AbortError'
  if (!(isAbort && isGone(res))) tell(error, res, logger)
  const headers = { 'content-type': 'text/plain' }
  await sendAnswer(res, new Response('Internal Server Error', { status: 500, headers }))
}

function tell(error: unknown, { req }: NodeResponse, logger: Logger | false | undefined): void {
  const { method = 'GET', url = '/' } = req
  const [route = '/'] = url.split(/[?#]/)
  logUnhandled(error, { method, route }, logger)
}
