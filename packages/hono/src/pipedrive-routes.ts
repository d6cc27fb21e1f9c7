import {
  createOAuthHandler,
  type CallbackResult,
  type InstallationId,
  type OAuthHandlerOptions,
  type PipedriveOAuth,
} from '@pd/oauth-core'
import { Hono, type Context, type Env } from 'hono'
import type { BlankEnv } from 'hono/types'
import { oauthOf, type OAuthSource } from './oauth-source.ts'
import { outlive } from './outlive.ts'

export interface PipedriveRoutesOptions<E extends Env = Env> extends Omit<
  OAuthHandlerOptions,
  'identify' | 'onConnected'
> {
  /** Whose installation a request that disconnects is about. Default: our session cookie, or the token of an extension. */
  readonly identify?: (c: Context<E>) => Promise<InstallationId | undefined> | InstallationId | undefined
  /**
   * Called once a user is connected, before the answer is sent; what it returns is the answer. Our cookies, and those
   * set on `c`, are added to it. Default: a redirect to `returnTo`.
   */
  readonly onConnected?: (
    result: CallbackResult,
    c: Context<E>,
  ) => Promise<Response | undefined | void> | Response | undefined | void
}

/**
 * The web flow as an app to mount: install, callback (return, uninstall notice, sharing notice) and disconnect. Its paths
 * come from `redirectUri`; requests for others go on to the next handler. Mount it where the callback lies, or at `/`.
 *
 * @example
 * ```ts
 * import { pipedriveRoutes } from '@pd/oauth-hono'
 * import { Hono } from 'hono'
 *
 * // With the redirectUri https://app.example.com/pipedrive/callback
 * const app = new Hono().route('/pipedrive', pipedriveRoutes(oauth))
 * ```
 */
export function pipedriveRoutes<E extends Env = BlankEnv>(
  source: OAuthSource<E>,
  options: PipedriveRoutesOptions<E> = {},
): Hono<E> {
  const handlers = new WeakMap<PipedriveOAuth, (request: Request) => Promise<Response | undefined>>()
  const contexts = new WeakMap<Request, Context<E>>()
  const handlerFor = (oauth: PipedriveOAuth) => {
    const handler = handlers.get(oauth) ?? createOAuthHandler(oauth, handlerOptions(options, contexts))
    handlers.set(oauth, handler)
    return handler
  }

  const routes = new Hono<E>()
  routes.all('*', async (c, next) => {
    const request = await unread(c)
    contexts.set(request, c)
    const answering = handlerFor(oauthOf(source, c))(request)
    // A code that is being exchanged works once: the exchange ends and is saved, also when the browser goes away.
    outlive(
      c,
      answering.catch(() => {}),
    )
    const answer = await answering
    if (answer === undefined) return next()
    return c.newResponse(answer.body, answer)
  })
  return routes
}

/** Core's options; their callbacks get back the context of the request they are about. */
function handlerOptions<E extends Env>(
  { identify, onConnected, ...others }: PipedriveRoutesOptions<E>,
  contexts: WeakMap<Request, Context<E>>,
): OAuthHandlerOptions {
  const contextOf = (request: Request) => contexts.get(request) as Context<E>
  return {
    ...others,
    ...(identify && { identify: (request) => identify(contextOf(request)) }),
    ...(onConnected && { onConnected: (result, request) => onConnected(result, contextOf(request)) }),
  }
}

/** The request with its body, also where a middleware has read that through `c.req`. */
async function unread<E extends Env>(c: Context<E>): Promise<Request> {
  const { raw } = c.req
  if (!raw.bodyUsed) return raw
  return new Request(raw.url, { method: raw.method, headers: raw.headers, body: await c.req.text() })
}
