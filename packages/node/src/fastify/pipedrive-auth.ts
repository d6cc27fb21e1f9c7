import {
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
import { requestAddress } from '../listener/request-address.ts'
import { sendAnswer } from '../listener/send-answer.ts'
import { requestHead, webRequest } from '../listener/web-request.ts'
import { answerOrPass, type FastifyHook } from './answer-or-pass.ts'
import { toFastifyHook, type FastifyExchange } from './to-fastify-hook.ts'

/** Fastify's own view of a request, for the callbacks of the application. */
export type FastifyContext = FastifyExchange<FastifyRequest, FastifyReply>

/** The plugin of one application: its routes, its guard, its error handler. */
export interface PipedriveAuth {
  /**
   * A plugin that serves the web flow: install, callback (return, uninstall notice, sharing notice), disconnect and logout.
   * Its paths come from `redirectUri`, or from `path`, whatever prefix it is registered with. It answers in `onRequest`,
   * before any body is parsed.
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
  requireInstallation(options?: RequireInstallationOptions): FastifyHook<FastifyRequest, FastifyReply>
  /**
   * Answers errors of this library: if the user has to connect, a page leads to the install link and back, and other requests
   * get JSON; else with the error's status. Other errors, and those of another app's client, go on to the error handler
   * around this one.
   */
  readonly onError: (
    this: FastifyInstance,
    error: unknown,
    request: FastifyRequest,
    reply: FastifyReply,
  ) => Promise<FastifyReply>
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
export function pipedriveAuth(
  oauth: PipedriveOAuth,
  options: WebOptions<FastifyContext> = {},
): PipedriveAuth {
  const { origin } = new URL(oauth.redirectUri)
  const auth = createNodeAuth<FastifyContext>(oauth, options, ({ reply }) => reply)
  const answerTo = (error: PipedriveOAuthError, request: FastifyRequest, reply: FastifyReply) =>
    auth.answer(error, requestHead(request.raw, origin), { request, reply })
  const refusalOf = async (
    request: FastifyRequest,
    reply: FastifyReply,
    guardOptions: RequireInstallationOptions,
  ) => {
    const web = webRequest(request.raw, { origin })
    if (web === undefined) return new Response('Bad Request', { status: 400 })
    if (auth.isRoute(request.raw)) return undefined
    try {
      const value = await auth.admit(web, { request, reply }, guardOptions)
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
  app.addHook('onRequest', (request, reply, done) => {
    // For other paths no Request is made.
    if (paths.has(requestAddress(request.raw, origin)?.pathname ?? '')) answer(request, reply, done)
    else done()
  })
}
