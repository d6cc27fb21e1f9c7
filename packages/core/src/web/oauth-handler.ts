import type { PipedriveOAuth } from '../client/pipedrive-oauth.ts'
import { createWebAuth } from './web-auth.ts'
import type { WebOptions } from './web-options.ts'

/** Answers a request for a path of the web flow. Resolves to undefined if the request is for another path. */
export type OAuthHandler<Context = undefined> = (
  request: Request,
  ...context: undefined extends Context ? [context?: Context] : [context: Context]
) => Promise<Response | undefined>

/**
 * Returns the whole web flow as one function for any framework: install, callback (the user's return, uninstall
 * notices, sharing notices) and disconnect. The paths follow from `redirectUri`. Errors of this library become answers;
 * others are thrown. The function passes `context` to `identify` and `onConnected`. It never calls `onMissing`, which
 * belongs to a guard.
 *
 * @throws {ConfigurationError} `invalid_configuration`; it names every unknown option and every wrong value
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
