import type { ServerResponse } from 'node:http'
import {
  createOAuthHandler,
  oauthPaths,
  type CallbackResult,
  type InstallationId,
  type OAuthHandlerOptions,
  type PipedriveOAuth,
} from '@pd/oauth-core'
import type { ReceivedRequest } from '../listener/received-request.ts'
import { requestAddress } from '../listener/request-address.ts'
import { toNodeListener, type NodeExchange, type NodeListener } from '../listener/to-node-listener.ts'
import type { ExpressRequest, ExpressResponse } from './express-request.ts'

export interface PipedriveExpressOptions<Req = ExpressRequest, Res = ExpressResponse> extends Omit<
  OAuthHandlerOptions,
  'identify' | 'onConnected'
> {
  /** Whose installation a request that disconnects is about. Default: our session cookie, or the token of an extension. */
  readonly identify?: (req: Req) => Promise<InstallationId | undefined> | InstallationId | undefined
  /**
   * Called once a user is connected; our cookies are on `res` already. If it has not begun an answer when it ends, there
   * is a redirect to `result.returnTo`.
   */
  readonly onConnected?: (result: CallbackResult, req: Req, res: Res) => unknown
}

/**
 * The web flow as middleware: install, callback (return, uninstall notice, sharing notice) and disconnect. Its paths come
 * from `redirectUri`, also where it is mounted under a path; requests for others go on as they are.
 *
 * @example
 * ```ts
 * import { pipedriveExpress } from '@pd/oauth-node'
 * import express from 'express'
 *
 * const app = express()
 * app.use(pipedriveExpress(oauth))
 * ```
 */
export function pipedriveExpress<
  Req extends ReceivedRequest = ExpressRequest,
  Res extends ServerResponse = ExpressResponse,
>(oauth: PipedriveOAuth, options: PipedriveExpressOptions<Req, Res> = {}): NodeListener {
  const { identify, onConnected, ...others } = options
  const { origin } = new URL(oauth.redirectUri)
  const exchanges = new WeakMap<Request, NodeExchange>()
  const connected = new WeakMap<Request, CallbackResult>()
  // The request of the application, which knows what its middleware makes of it.
  const reqOf = (request: Request) => exchanges.get(request)?.req as Req
  const handle = createOAuthHandler(oauth, {
    ...others,
    ...(identify && { identify: (request) => identify(reqOf(request)) }),
    onConnected: (result, request) => void connected.set(request, result),
  })
  const answer = async (request: Request, exchange: NodeExchange) => {
    exchanges.set(request, exchange)
    const redirect = await handle(request)
    const result = connected.get(request)
    if (onConnected === undefined || result === undefined || redirect === undefined) return redirect
    const res = exchange.res as ServerResponse
    for (const cookie of redirect.headers.getSetCookie()) res.appendHeader('set-cookie', cookie)
    await onConnected(result, reqOf(request), res as Res)
    return redirect
  }
  const listener = toNodeListener(answer, { origin })
  const paths = new Set(Object.values(oauthPaths(oauth.redirectUri)))
  return async (req, res, next) => {
    const pathname = requestAddress(req, origin)?.pathname ?? ''
    // Nothing is made of requests for the application's own paths.
    if (next !== undefined && !paths.has(pathname)) return next()
    return listener(req, res, next)
  }
}
