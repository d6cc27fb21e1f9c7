import { checkSetup } from '@pd/oauth-core/adapter'
import { anOrigin, originOf } from '../listener/public-origin.ts'
import type { FastifyReplyLike, FastifyRequestLike } from '../listener/received-request.ts'
import { webRequest } from '../listener/web-request.ts'
import { answerOrPass, type FastifyHook } from './answer-or-pass.ts'

/** What a request was to Fastify. */
export interface FastifyExchange<Req = FastifyRequestLike, Reply = FastifyReplyLike> {
  readonly request: Req
  readonly reply: Reply
}

export interface FastifyHookOptions {
  /** The origin in `request.url`. Default: the one that the client asked for, as Fastify's `trustProxy` lets it see. */
  readonly origin?: string | undefined
}

type OptionalAnswer = Promise<Response | undefined> | Response | undefined

/**
 * Turns a Web handler into a hook of Fastify. The answer goes through `reply.send()`, so headers and cookies that other
 * hooks have set on the reply stay (see `sendAnswer`), and `onSend` hooks add theirs. If the handler returns undefined,
 * Fastify goes on, with the body unread. Errors go to Fastify's error handler. An invalid `Host` or request target is
 * answered 400. Add it to the application itself: Fastify runs the hooks of a plugin for the routes of that plugin only.
 *
 * @throws {ConfigurationError} `invalid_configuration`, which names every unknown option and every wrong value
 * @example
 * ```ts
 * import { createOAuthHandler } from '@pd/oauth-core'
 * import { toFastifyHook } from '@pd/oauth-node/fastify'
 * import fastify from 'fastify'
 *
 * const app = fastify()
 * app.addHook('onRequest', toFastifyHook(createOAuthHandler(oauth)))
 * ```
 */
export function toFastifyHook<
  Req extends FastifyRequestLike = FastifyRequestLike,
  Reply extends FastifyReplyLike = FastifyReplyLike,
>(
  handler: (request: Request, exchange: FastifyExchange<Req, Reply>) => OptionalAnswer,
  options?: FastifyHookOptions,
): FastifyHook<Req, Reply>
export function toFastifyHook(
  handler: (request: Request) => OptionalAnswer,
  options?: FastifyHookOptions,
): FastifyHook
export function toFastifyHook<Req extends FastifyRequestLike, Reply extends FastifyReplyLike>(
  handler: (request: Request, exchange: FastifyExchange<Req, Reply>) => OptionalAnswer,
  options: FastifyHookOptions = {},
): FastifyHook<Req, Reply> {
  checkSetup('toFastifyHook()', options, { origin: anOrigin })
  return answerOrPass(async (request, reply) => {
    const { raw, protocol, host } = request
    const origin = options.origin ?? originOf(protocol, host || 'localhost')
    const web =
      origin === undefined ? undefined : webRequest(raw, { origin, response: reply.raw, parsed: request })
    return web === undefined ? new Response('Bad Request', { status: 400 }) : handler(web, { request, reply })
  })
}
