import type { PipedriveOAuth } from '../client/pipedrive-oauth.ts'
import { createWebAuth } from './web-auth.ts'
import type { WebOptions } from './web-options.ts'

/** Answers a request for one of the paths of the web flow. Undefined: the request is for another path. */
export type OAuthHandler<Context = undefined> = (
  request: Request,
  ...context: undefined extends Context ? [context?: Context] : [context: Context]
) => Promise<Response | undefined>

/**
 * The whole web flow as one function for every framework: install, callback (return, uninstall notice, sharing notice) and
 * disconnect. The paths follow from `redirectUri`. Errors of this library become answers; others are thrown. `context`
 * reaches `identify` and `onConnected` as it is.
 *
 * @throws {ConfigurationError} `invalid_configuration`, which names every unknown name and every wrong value
 * @example
 * ```ts
 * import { createOAuthHandler } from '@pd/oauth-core'
 *
 * const handle = createOAuthHandler(oauth)
 * export default {
 *   fetch: async (request: Request) => (await handle(request)) ?? new Response('Not found', { status: 404 }),
 * }
 * ```
 */
export function createOAuthHandler<Context = undefined>(
  oauth: PipedriveOAuth,
  options: WebOptions<Context> = {},
): OAuthHandler<Context> {
  const auth = createWebAuth(oauth, options)
  return (request, ...[context]) => auth.handle(request, context as Context)
}
