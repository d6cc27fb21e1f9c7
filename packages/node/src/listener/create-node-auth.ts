import type { CallbackResult, PipedriveOAuth, WebOptions } from '@pd/oauth-core'
import { checkWebOptions, createWebAuth, type WebAuth } from '@pd/oauth-core/adapter'
import type { FastifyReplyLike, NodeResponse } from './received-request.ts'

/** Core's web auth, as far as an adapter on Node uses it. */
export type NodeAuth<Context> = Pick<WebAuth<Context>, 'paths' | 'handle' | 'isRoute' | 'admit' | 'answer'>

/** The application's context of a request, and the user who connected in it. */
interface Held<Context> {
  readonly context: Context
  connected?: CallbackResult
}

/**
 * Makes core's web auth for a server of Node, where `onConnected` may answer through the response itself: our cookies are on
 * it before. If `onConnected` has begun no answer when it ends, the `Response` that it returns is sent, or else a redirect
 * to `returnTo`. `responseOf`: the response, or Fastify's reply, in the application's context.
 *
 * @throws {ConfigurationError} `invalid_configuration`, which names every unknown name and every wrong value
 */
export function createNodeAuth<Context>(
  oauth: PipedriveOAuth,
  options: WebOptions<Context>,
  responseOf: (context: Context) => NodeResponse | FastifyReplyLike,
): NodeAuth<Context> {
  checkWebOptions(options)
  const { identify, onConnected, onMissing, ...others } = options
  const auth = createWebAuth<Held<Context>>(oauth, {
    ...others,
    identify: identify && ((request, { context }) => identify(request, context)),
    onConnected: onConnected && ((result, _request, held) => void (held.connected = result)),
    onMissing: onMissing && ((error, request, { context }) => onMissing(error, request, context)),
  })
  return {
    paths: auth.paths,
    isRoute: (request) => auth.isRoute(request),
    async handle(request, context) {
      const held: Held<Context> = { context }
      const redirect = await auth.handle(request, held)
      if (redirect === undefined || held.connected === undefined) return redirect
      addCookies(responseOf(context), redirect.headers.getSetCookie())
      return (await onConnected?.(held.connected, request, context)) || redirect
    },
    admit: (request, context, admitOptions) => auth.admit(request, { context }, admitOptions),
    answer: (error, request, context) => auth.answer(error, request, { context }),
  }
}

function addCookies(to: NodeResponse | FastifyReplyLike, cookies: readonly string[]): void {
  for (const cookie of cookies)
    if ('raw' in to) to.header('set-cookie', cookie)
    else to.appendHeader('set-cookie', cookie)
}
