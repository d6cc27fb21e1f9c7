import type { PipedriveOAuth } from '../client/pipedrive-oauth.ts'
import { PipedriveOAuthError } from '../errors.ts'
import { createWebAuth } from './web-auth.ts'
import type { WebOptions } from './web-options.ts'

type Rest<Context> = undefined extends Context ? [context?: Context] : [context: Context]

/** The web flow of one application as a function. */
export interface OAuthHandler<Context = undefined> {
  /** Answers a request for a path of the web flow. Resolves to undefined if the request is for another path. */
  (request: Request, ...context: Rest<Context>): Promise<Response | undefined>
  /**
   * Returns the answer for an error that `installationFor()` or a handler of the application threw: if the user has to
   * connect, the answer of `onMissing`, else a page goes to the install link and back, and other requests get JSON.
   * @throws every error that is not of this library or comes from another app's client, and the errors of `onMissing`
   */
  answer(error: unknown, request: Request, ...context: Rest<Context>): Promise<Response>
}

/**
 * Returns the whole web flow as one function for any framework: install, callback (the user's return, uninstall
 * notices, sharing notices), disconnect and logout. The paths follow from `redirectUri`. Errors of this library become
 * answers; others, and those of `onMissing`, are thrown. The function passes `context` to the functions of the options.
 *
 * @throws {ConfigurationError} `invalid_configuration`; it names every unknown option and every wrong value
 * @example
 * ```ts
 * import { createOAuthHandler, installationFor } from '@pd/oauth-core'
 *
 * const handle = createOAuthHandler(oauth)
 * export default {
 *   async fetch(request: Request): Promise<Response> {
 *     const answer = await handle(request)
 *     if (answer !== undefined) return answer
 *     try {
 *       const installation = await installationFor(oauth, request)
 *       return Response.json(await installation.api('/api/v2/deals'))
 *     } catch (error) {
 *       return handle.answer(error, request)
 *     }
 *   },
 * }
 * ```
 */
export function createOAuthHandler<Context = undefined>(
  oauth: PipedriveOAuth,
  options: WebOptions<Context> = {},
): OAuthHandler<Context> {
  const auth = createWebAuth(oauth, options)
  const handle = (request: Request, ...[context]: Rest<Context>) => auth.handle(request, context as Context)
  const answer: OAuthHandler<Context>['answer'] = async (error, request, ...[context]) => {
    if (!(error instanceof PipedriveOAuthError)) throw error
    return auth.answer(error, request, context as Context)
  }
  return Object.assign(handle, { answer })
}
