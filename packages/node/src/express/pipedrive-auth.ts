import type { ServerResponse } from 'node:http'
import {
  ForbiddenRequestError,
  PipedriveOAuthError,
  ReauthorizationRequiredError,
  type PipedriveOAuth,
  type WebOptions,
} from '@pd/oauth-core'
import { checkGuardOptions, type RequireInstallationOptions } from '@pd/oauth-core/adapter'
import { createNodeAuth, type NodeAuth } from '../listener/create-node-auth.ts'
import type { ReceivedRequest } from '../listener/received-request.ts'
import { requestAddress } from '../listener/request-address.ts'
import { sendAnswer } from '../listener/send-answer.ts'
import { toNodeListener, type ListenerOptions, type NodeListener } from '../listener/to-node-listener.ts'
import { requestHead, webRequest } from '../listener/web-request.ts'
import type {
  ExpressContext,
  ExpressRequest,
  ExpressResponse,
  InstallationLocals,
} from './express-request.ts'

type Next = (error?: unknown) => void

/** Middleware for every place that Express has for one, and for Connect. */
export interface InstallationMiddleware {
  /** For handlers that name Express's own types, and for lists of middleware. */
  (req: ReceivedRequest, res: ServerResponse, next: Next): Promise<void>
  /** Declares what it leaves in `res.locals` for the handlers behind it. TypeScript infers from the last signature. */
  (req: ReceivedRequest, res: ServerResponse & { locals: InstallationLocals }, next: Next): Promise<void>
}

/** An error handler of Express and Connect. */
export type ErrorMiddleware = (
  error: unknown,
  req: ReceivedRequest,
  res: ServerResponse,
  next: Next,
) => Promise<void>

/** The middleware of one application: its routes, its guard, its error handler. */
export interface PipedriveAuth {
  /**
   * Serves the web flow: install, callback (return, uninstall notice, sharing notice), disconnect and logout. Other requests
   * go on. Its paths come from `redirectUri`, or from `path`, also if it is mounted under a path.
   */
  readonly routes: NodeListener
  /**
   * Returns a guard. It lets a request pass if it belongs to an installation, and puts that into `req.installation`, with a
   * valid access token in memory. The routes pass it, so it may stand before them. If the user has to connect, a page leads
   * to the install link and back, and other requests get JSON. It also answers `ForbiddenRequestError`, of a panel's token that is
   * over or not signed, and a request target that is no path. Other errors go to `next(error)`.
   */
  requireInstallation(options?: RequireInstallationOptions): InstallationMiddleware
  /**
   * Answers errors of this library that a handler or the guard met: as the guard does if the user has to connect, else with
   * the error's status, as JSON or as a small page. Other errors go on, those of another app's client, and those that come
   * after an answer has begun.
   * Put it behind the routes. Handlers of Express 4 pass their errors to `next` themselves.
   */
  readonly onError: ErrorMiddleware
}

/**
 * Makes the middleware of an application with Express 4 or 5, or Connect. Callbacks in the options get Express's own request
 * and response as `{ req, res }`, and may answer through `res`.
 *
 * @throws {ConfigurationError} `invalid_configuration`, which names every unknown name and every wrong value
 * @example
 * ```ts
 * import { pipedriveAuth } from '@pd/oauth-node/express'
 * import express from 'express'
 *
 * const { routes, requireInstallation, onError } = pipedriveAuth(oauth)
 * const app = express()
 * app.use(routes)
 * app.get('/deals', requireInstallation(), async (req, res) => {
 *   res.json(await req.installation.api('/api/v2/deals'))
 * })
 * app.use(onError)
 * ```
 */
export function pipedriveAuth<Req = ExpressRequest, Res = ExpressResponse>(
  oauth: PipedriveOAuth,
  options: WebOptions<ExpressContext<Req, Res>> = {},
): PipedriveAuth {
  const { origin } = new URL(oauth.redirectUri)
  const auth = createNodeAuth(oauth, options, ({ res }) => res as ServerResponse)
  return {
    routes: routesOf(auth, { origin, logger: oauth.logger }),
    requireInstallation: (guardOptions = {}) => {
      checkGuardOptions(guardOptions)
      return guardOf(auth, origin, guardOptions.scopes)
    },
    // Express knows error middleware by its four parameters.
    onError: async (error, req, res, next) => {
      if (!(error instanceof PipedriveOAuthError) || res.headersSent) return next(error)
      await answer(auth, error, requestHead(req, origin), contextOf(req, res), next)
    },
  }
}

function routesOf<Req, Res>(
  auth: NodeAuth<ExpressContext<Req, Res>>,
  { origin, logger }: Required<Pick<ListenerOptions, 'origin' | 'logger'>> & { readonly origin: string },
): NodeListener {
  const paths = new Set(Object.values(auth.paths))
  const listener = toNodeListener((request, { req, res }) => auth.handle(request, contextOf(req, res)), {
    origin,
    logger,
  })
  return async (req, res, next) => {
    // For other paths no Request is made.
    const isOurs = paths.has(requestAddress(req, origin)?.pathname ?? '')
    return isOurs || next === undefined ? listener(req, res, next) : next()
  }
}

function guardOf<Req, Res>(
  auth: NodeAuth<ExpressContext<Req, Res>>,
  origin: string,
  scopes: readonly string[] | undefined,
): InstallationMiddleware {
  return async (req, res, next) => {
    const request = webRequest(req, { origin })
    if (request === undefined) return refuseMalformed(res, next)
    if (auth.isRoute(req)) return next()
    const context = contextOf<Req, Res>(req, res)
    try {
      const installation = await auth.admit(request, context, { scopes })
      Object.assign(req, { installation })
      const { locals } = res as { readonly locals?: object }
      Object.assign(res, { locals: Object.assign(locals ?? {}, { installation }) })
    } catch (error) {
      const isRefusal =
        error instanceof ReauthorizationRequiredError || error instanceof ForbiddenRequestError
      if (!isRefusal) return next(error)
      return answer(auth, error, request, context, next)
    }
    next()
  }
}

async function answer<Req, Res>(
  auth: NodeAuth<ExpressContext<Req, Res>>,
  error: PipedriveOAuthError,
  request: Request,
  context: ExpressContext<Req, Res>,
  next: Next,
): Promise<void> {
  try {
    await sendAnswer(context.res as ServerResponse, await auth.answer(error, request, context))
  } catch (thrown) {
    next(thrown)
  }
}

async function refuseMalformed(res: ServerResponse, next: Next): Promise<void> {
  try {
    await sendAnswer(res, new Response('Bad Request', { status: 400 }))
  } catch (error) {
    next(error)
  }
}

/** The application's own request and response, which know what its middleware makes of them. */
function contextOf<Req, Res>(req: unknown, res: unknown): ExpressContext<Req, Res> {
  return { req: req as Req, res: res as Res }
}
