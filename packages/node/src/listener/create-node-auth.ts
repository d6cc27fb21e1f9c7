import {
  PipedriveOAuthError,
  type CallbackResult,
  type PipedriveOAuth,
  type WebOptions,
} from '@pd/oauth-core'
import { checkWebOptions, createWebAuth, type WebAuth } from '@pd/oauth-core/adapter'
import { noteSend } from './begun-replies.ts'
import type { FastifyReplyLike, NodeResponse } from './received-request.ts'

/** Core's web auth, as far as an adapter on Node uses it. */
export type NodeAuth<Context> = Pick<
  WebAuth<Context>,
  'paths' | 'handle' | 'isRoute' | 'isForeign' | 'admit' | 'answer' | 'lastAnswer'
>

/** The application's context of a request, and the user who connected in it. */
interface Held<Context> {
  readonly context: Context
  connected?: CallbackResult
}

/**
 * Makes the web auth of an adapter on Node; it takes the place of core's `createWebAuth`. Here `onConnected` and `onMissing`
 * may also answer through the response of Node itself: our cookies are on it before. `handle` and `answer` return a `Response`
 * all the same, and `sendAnswer` sends nothing if the response has begun. A framework that keeps its answer in a buffer, as
 * Koa does, has to look for itself whether the application has answered. `responseOf`: the response, or Fastify's reply, in
 * the application's context.
 *
 * @throws {ConfigurationError} `invalid_configuration`, which names every unknown name and every wrong value
 */
export function createNodeAuth<Context>(
  oauth: PipedriveOAuth,
  options: WebOptions<Context>,
  responseOf: (context: Context) => NodeResponse | FastifyReplyLike,
): NodeAuth<Context> {
  checkWebOptions(options)
  const { identify, referenceOf, onConnected, onMissing, ...others } = options
  const auth = createWebAuth<Held<Context>>(oauth, {
    ...others,
    identify: identify && ((request, { context }) => identify(request, context)),
    referenceOf: referenceOf && ((request, { context }) => referenceOf(request, context)),
    onConnected: onConnected && ((result, _request, held) => void (held.connected = result)),
    onMissing:
      onMissing &&
      ((error, request, { context }) =>
        noteSend(responseOf(context), () => onMissing(error, request, context))),
  })
  return {
    paths: auth.paths,
    isRoute: (request) => auth.isRoute(request),
    isForeign: (error) => auth.isForeign(error),
    async handle(request, context) {
      const held: Held<Context> = { context }
      const redirect = await auth.handle(request, held)
      const { connected } = held
      if (redirect === undefined || connected === undefined) return redirect
      addCookies(responseOf(context), redirect.headers.getSetCookie())
      try {
        const own = await noteSend(responseOf(context), () => onConnected?.(connected, request, context))
        return own || redirect
      } catch (error) {
        if (!(error instanceof PipedriveOAuthError)) throw error
        return auth.lastAnswer(error, request, held)
      }
    },
    admit: (request, context, admitOptions) => auth.admit(request, { context }, admitOptions),
    answer: (error, request, context) => auth.answer(error, request, { context }),
    lastAnswer: (error, request, context) => auth.lastAnswer(error, request, { context }),
  }
}

function addCookies(to: NodeResponse | FastifyReplyLike, cookies: readonly string[]): void {
  for (const cookie of cookies)
    if ('raw' in to) to.header('set-cookie', cookie)
    else to.appendHeader('set-cookie', cookie)
}
