import { PipedriveOAuthError, type Installation, type Logger, type PipedriveOAuth } from '@pd/oauth-core'
import {
  checkGuardOptions,
  checkWebOptions,
  logUnhandled,
  webAuths,
  type RequireInstallationOptions,
  type WebOptions,
} from '@pd/oauth-core/adapter'
import { Hono, type Context, type Env, type ErrorHandler, type MiddlewareHandler } from 'hono'
import { HTTPException } from 'hono/http-exception'
import type { BlankEnv } from 'hono/types'
import type { ContentfulStatusCode } from 'hono/utils/http-status'
import { unreadRequest } from './unread-request.ts'
import { waitUntilOf } from './wait-until-of.ts'
import { withKeptHeaders } from './with-kept-headers.ts'

/**
 * The client, or where to get it for a request: on Workers the bindings, and with them the store, come with each request.
 * The function is called for every request, so it must not make a new client each time; see `oncePerEnvironment`.
 */
export type OAuthSource<E extends Env = Env> = PipedriveOAuth | ((c: Context<E>) => PipedriveOAuth)

/** The options of the web flow and the guard. The `context` of their functions is Hono's `c`. */
export interface PipedriveAuthOptions<E extends Env = Env> extends WebOptions<Context<E>> {
  /**
   * Handles the errors that are not this library's, or come from another app's client, for `onError`; also what the function
   * that gives the client or `onMissing` throws. With two apps, give one the `onError` of the other. Default: as Hono does.
   */
  readonly otherwise?: ErrorHandler<E> | undefined
}

/** What `requireInstallation` adds to `c.var`; for an app's own `Variables`, where handlers are not chained. */
export interface InstallationVariables {
  installation: Installation
}

/** Pipedrive OAuth for one Hono app. */
export interface PipedriveAuth<E extends Env> {
  /**
   * An app to mount: install, callback (return, uninstall notice, sharing notice), disconnect and logout. Requests for other
   * paths go on to the next handler. Mount it where the callback lies, or at `/`.
   */
  readonly routes: Hono<E>
  /**
   * Middleware that lets only requests pass that belong to an installation, and puts it, with a valid token in memory, into
   * `c.var.installation`. The routes pass, too, so it may stand before them. If memory can answer, it reads no store.
   *
   * @throws {HTTPException} whose `cause` is the `PipedriveOAuthError`, with its status and the answer for this request
   */
  requireInstallation(
    options?: RequireInstallationOptions,
  ): MiddlewareHandler<E & { Variables: InstallationVariables }>
  /**
   * An error handler: errors of this library that a handler meets become answers. If the user has to connect, a page leads
   * to the install link, and other requests get JSON.
   */
  readonly onError: <Actual extends E>(error: Error, c: Context<Actual>) => Response | Promise<Response>
}

/**
 * Pipedrive OAuth for a Hono app: its routes, its guard and its error handler, with one set of options.
 *
 * @throws {ConfigurationError} `invalid_configuration`, which names every unknown name and every wrong value
 * @example
 * ```ts
 * import { pipedriveAuth } from '@pd/oauth-hono'
 * import { Hono } from 'hono'
 *
 * // With the redirectUri https://app.example.com/pipedrive/callback
 * const { routes, requireInstallation, onError } = pipedriveAuth(oauth)
 * const app = new Hono()
 *   .route('/pipedrive', routes)
 *   .get('/deals', requireInstallation(), async (c) => c.json(await c.var.installation.api('/api/v2/deals')))
 * app.onError(onError)
 * ```
 */
export function pipedriveAuth<E extends Env = BlankEnv>(
  source: OAuthSource<E>,
  options: PipedriveAuthOptions<E> = {},
): PipedriveAuth<E> {
  const { otherwise: own, ...webOptions } = options
  const otherwise: ErrorHandler<E> = own ?? ((error, c) => asHonoDoes(error, c, loggerOf(c)))
  checkWebOptions(options, {
    otherwise: [typeof otherwise !== 'function', 'otherwise must be a function'],
  })
  const oauthOf = (c: Context<E>) => (typeof source === 'function' ? source(c) : source)
  const authOfClient = webAuths<Context<E>>(webOptions)
  const authOf = (c: Context<E>) => authOfClient(oauthOf(c))
  /** Returns undefined if there is no client, because the function that gives it throws. */
  const loggerOf = (c: Context<E>) => {
    try {
      return oauthOf(c).logger
    } catch {
      return undefined
    }
  }

  const routes = new Hono<E>()
  routes.all('*', async (c, next) => {
    const auth = authOf(c)
    if (!auth.isRoute(c.req.raw)) return next()
    const answering = auth.handle(await unreadRequest(c), c)
    // A code that is being exchanged works once: the exchange ends and is saved, also when the browser goes away.
    waitUntilOf(c)(answering.catch(() => {}))
    const answer = await answering
    return answer === undefined ? next() : withKeptHeaders(c, answer)
  })

  return {
    routes,
    requireInstallation: (guardOptions = {}) => {
      checkGuardOptions(guardOptions)
      const { scopes } = guardOptions
      return async (own, next) => {
        const c = contextOf<E>(own)
        const auth = authOf(c)
        const request = c.req.raw
        if (auth.isRoute(request)) return next()
        try {
          own.set('installation', await auth.admit(request, c, { scopes, waitUntil: waitUntilOf(c) }))
        } catch (error) {
          if (!(error instanceof PipedriveOAuthError)) throw error
          const answer = await auth.missing(error, request, c)
          if (answer !== undefined) return withKeptHeaders(c, answer)
          throw httpException(error, await auth.answer(error, request, c))
        }
        return next()
      }
    },
    onError: async (error, actual) => {
      const c = contextOf<E>(actual)
      if (!(error instanceof PipedriveOAuthError)) return otherwise(error, c)
      try {
        return withKeptHeaders(c, await authOf(c).answer(error, c.req.raw, c))
      } catch (thrown) {
        return otherwise(thrown instanceof Error ? thrown : error, c)
      }
    },
  }
}

/** The same context, as the app's own functions know it. */
function contextOf<E extends Env>(c: Context): Context<E> {
  return c
}

/** Returns the error as Hono's own, with the answer it stands for. The original is its `cause`. */
function httpException(error: PipedriveOAuthError, res: Response): HTTPException {
  return new HTTPException(res.status as ContentfulStatusCode, { res, message: error.message, cause: error })
}

function asHonoDoes(error: Error, c: Context, logger: Logger | false | undefined): Response {
  if (error instanceof HTTPException) {
    const answer = error.getResponse()
    return c.newResponse(answer.body, answer)
  }
  logUnhandled(error, { method: c.req.method, route: c.req.path }, logger)
  return c.text('Internal Server Error', 500)
}
