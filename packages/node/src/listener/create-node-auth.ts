import type { PipedriveOAuth, WebOptions } from '@pd/oauth-core'
import { checkWebOptions, createWebAuth, type WebAuth } from '@pd/oauth-core/adapter'
import { noteSend } from './begun-replies.ts'
import { putHeaders } from './put-headers.ts'
import type { FastifyReplyLike, NodeResponse, ReceivedRequest } from './received-request.ts'

/** Core's web auth, whose guard sees the request as Node received it. */
export interface NodeAuth<Context> extends Omit<WebAuth<Context>, 'isRoute'> {
  /** Returns whether the request is for one of the routes, as its target is written. */
  isRoute(received: Pick<ReceivedRequest, 'originalUrl' | 'url'>): boolean
}

/**
 * Makes the web auth of an adapter on Node; it takes the place of core's `createWebAuth`. Here `onConnected` and `onMissing`
 * may also answer through the response of Node itself: our cookies and headers are on it before. `handle` and `answer` return
 * a `Response` all the same, and `sendAnswer` sends nothing if the response has begun. A framework that keeps its answer in a
 * buffer, as Koa does, has to look for itself whether the application has answered. `responseOf`: the response, or Fastify's
 * reply, in the application's context.
 *
 * @throws {ConfigurationError} `invalid_configuration`, which names every unknown name and every wrong value
 */
export function createNodeAuth<Context>(
  oauth: PipedriveOAuth,
  options: WebOptions<Context>,
  responseOf: (context: Context) => NodeResponse | FastifyReplyLike,
): NodeAuth<Context> {
  checkWebOptions(options)
  const { onConnected, onMissing } = options
  const noted: WebOptions<Context> = {
    ...options,
    onConnected:
      onConnected &&
      ((result, request, context) =>
        noteSend(responseOf(context), () => onConnected(result, request, context))),
    onMissing:
      onMissing &&
      ((error, request, context) => noteSend(responseOf(context), () => onMissing(error, request, context))),
  }
  const auth = createWebAuth(oauth, noted, (context, headers) => putHeaders(responseOf(context), headers))
  return { ...auth, isRoute: ({ originalUrl, url = '' }) => auth.isRoute({ url: originalUrl ?? url }) }
}
