import {
  ConfigurationError,
  ForbiddenRequestError,
  PipedriveOAuthError,
  ReauthorizationRequiredError,
  type Installation,
  type PipedriveOAuth,
  type WebOptions,
} from '@pd/oauth-core'
import { checkGuardOptions, type RequireInstallationOptions } from '@pd/oauth-core/adapter'
import type { FastifyInstance, FastifyPluginAsync, FastifyReply, FastifyRequest } from 'fastify'
import fastifyPlugin from 'fastify-plugin'
import { createNodeAuth, type NodeAuth } from '../listener/create-node-auth.ts'
import type { FastifyReplyLike, FastifyRequestLike } from '../listener/received-request.ts'
import { requestAddress } from '../listener/request-address.ts'
import { sendAnswer } from '../listener/send-answer.ts'
import { requestHead, webRequest } from '../listener/web-request.ts'
import { answerOrPass, type FastifyHook } from './answer-or-pass.ts'
import { toFastifyHook, type FastifyExchange } from './to-fastify-hook.ts'

/** Fastify's own view of a request, for the callbacks of the application. */
export type FastifyContext = FastifyExchange<FastifyRequest, FastifyReply>

/** The options of the web flow and the guard. `onConnected` and `onMissing` may also return the reply, once they have answered. */
export interface PipedriveAuthOptions extends Omit<WebOptions<FastifyContext>, 'onConnected' | 'onMissing'> {
  readonly onConnected?: OrReply<WebOptions<FastifyContext>['onConnected']>
  readonly onMissing?: OrReply<WebOptions<FastifyContext>['onMissing']>
}

type OrReply<Callback> = Callback extends (...given: infer Given) => infer Answer
  ? (...given: Given) => Answer | FastifyReply | Promise<Response | FastifyReply | undefined | void>
  : Callback

/** The plugin of one application: its routes, its guard, its error handler. */
export interface PipedriveAuth {
  /**
   * A plugin that serves the web flow: install, callback (return, uninstall notice, sharing notice), disconnect and logout.
   * Its paths come from `redirectUri`, or from `path`. Register it in the application, whatever `prefix` you give, or in a plugin
   * of yours, whose own prefix has to be the beginning of these paths. It answers in `onRequest`, before any body is parsed.
   * Registering rejects with a `ConfigurationError` if the prefix is another one.
   */
  readonly routes: FastifyPluginAsync
  /**
   * Returns a hook, for `onRequest` or any later one before the handler. It lets a request pass if it belongs to an
   * installation, and puts that into `request.installation`, with a valid access token in memory. The routes pass it, so it
   * may be a hook of the whole application. If the user has to connect, a page leads to the install link and back, and other
   * requests get JSON. It also answers `ForbiddenRequestError`, of a panel's token that is over or not signed, and a request
   * target that is no path. Other errors go to the error handler.
   *
   * A hook or a handler may also await it, `await guard(request, reply)`: nothing behind that runs if it answers.
   */
  requireInstallation(options?: RequireInstallationOptions): FastifyHook
  /**
   * Answers errors of this library: if the user has to connect, a page leads to the install link and back, and other requests
   * get JSON; else with the error's status. Other errors, and those of another app's client, go on to the error handler
   * around this one.
   */
  readonly onError: (
    error: unknown,
    request: FastifyRequestLike,
    reply: FastifyReplyLike,
  ) => Promise<FastifyReplyLike>
}

declare module 'fastify' {
  interface FastifyRequest {
    /**
     * The installation of this request, behind `requireInstallation()`.
     * @throws {TypeError} if `requireInstallation()` is not before. Where `routes` is not registered, it is undefined then
     */
    readonly installation: Installation
  }
}

/**
 * Makes the plugin of an application with Fastify 5. Callbacks in the options get Fastify's own request and reply as
 * `{ request, reply }`, and may answer through `reply`.
 *
 * @throws {ConfigurationError} `invalid_configuration`, which names every unknown name and every wrong value
 * @example
 * ```ts
 * import { pipedriveAuth } from '@pd/oauth-node/fastify'
 * import fastify from 'fastify'
 *
 * const { routes, requireInstallation, onError } = pipedriveAuth(oauth)
 * const app = fastify()
 * app.setErrorHandler(onError)
 * await app.register(routes)
 * app.get('/deals', { onRequest: requireInstallation() }, (request) => request.installation.api('/api/v2/deals'))
 * ```
 */
export function pipedriveAuth(oauth: PipedriveOAuth, options: PipedriveAuthOptions = {}): PipedriveAuth {
  const { origin } = new URL(oauth.redirectUri)
  // A reply that a callback returns is awaited, which gives nothing.
  const auth = createNodeAuth(oauth, options as WebOptions<FastifyContext>, ({ reply }) => reply)
  const answerTo = (error: PipedriveOAuthError, request: FastifyRequestLike, reply: FastifyReplyLike) =>
    auth.answer(error, requestHead(request.raw, origin), contextOf(request, reply))
  const refusalOf = async (
    request: FastifyRequestLike,
    reply: FastifyReplyLike,
    guardOptions: RequireInstallationOptions,
  ) => {
    const web = webRequest(request.raw, { origin })
    if (web === undefined) return new Response('Bad Request', { status: 400 })
    if (auth.isRoute(request.raw)) return undefined
    try {
      const value = await auth.admit(web, contextOf(request, reply), guardOptions)
      Object.defineProperty(request, 'installation', { value, configurable: true })
      return undefined
    } catch (error) {
      const isRefusal =
        error instanceof ReauthorizationRequiredError || error instanceof ForbiddenRequestError
      if (!isRefusal) throw error
      return answerTo(error, request, reply)
    }
  }
  return {
    routes: fastifyPlugin(async (app) => serve(app, auth, origin), {
      fastify: '5.x',
      name: '@pd/oauth-node/fastify',
    }),
    requireInstallation: (guardOptions = {}) => {
      checkGuardOptions(guardOptions)
      return answerOrPass((request, reply) => refusalOf(request, reply, guardOptions))
    },
    async onError(error, request, reply) {
      if (!(error instanceof PipedriveOAuthError) || reply.sent) throw error
      await sendAnswer(reply, await answerTo(error, request, reply))
      return reply
    },
  }
}

function serve(app: FastifyInstance, auth: NodeAuth<FastifyContext>, origin: string): void {
  const paths = new Set(Object.values(auth.paths))
  const answer = toFastifyHook<FastifyRequest, FastifyReply>(
    (request, context) => auth.handle(request, context),
    { origin },
  )
  // Another app of this process may have registered its routes before.
  if (!app.hasRequestDecorator('installation'))
    app.decorateRequest('installation', {
      getter() {
        throw new TypeError(
          'request.installation needs requireInstallation() as a hook of this route, or before.',
        )
      },
    })
  addRoutes(app, paths)
  app.addHook('onRequest', (request, reply, done) => {
    // For other paths no Request is made.
    if (paths.has(requestAddress(request.raw, origin)?.pathname ?? '')) answer(request, reply, done)
    else done()
  })
}

/** The application's own request and reply, whose types depend on its server, its logger and its route. */
function contextOf(request: FastifyRequestLike, reply: FastifyReplyLike): FastifyContext {
  return { request: request as FastifyRequest, reply: reply as FastifyReply }
}

/** Hooks of a plugin run for its own routes only, so each path is one. The hook has answered before the handler runs. */
function addRoutes(app: FastifyInstance, paths: ReadonlySet<string>): void {
  const prefix = app.prefix.replace(/\/$/, '')
  const outside = [...paths].filter((path) => !`${path}/`.startsWith(`${prefix}/`))
  if (outside.length > 0)
    throw new ConfigurationError([
      `routes, registered in a plugin with the prefix ${prefix} of Fastify, cannot serve ${outside.join(' and ')}; register it outside of that plugin`,
    ])
  for (const path of paths)
    app.route({
      method: ['GET', 'HEAD', 'POST', 'DELETE'],
      url: urlOf(path.slice(prefix.length)),
      // What describes the routes of an application, such as Swagger, leaves them out.
      schema: { hide: true } as object,
      handler: (_request, reply) => reply.callNotFound(),
    })
}

/** Fastify finds a route by its decoded path, in which a colon begins the name of a parameter. */
function urlOf(path: string): string {
  return decodeURI(path).replaceAll(':', '::')
}
