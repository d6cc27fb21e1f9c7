import type { Installation } from '../client/installation.ts'
import type { PipedriveOAuth } from '../client/pipedrive-oauth.ts'
import type { WaitUntil } from '../client/runtime/settings.ts'
import { ReauthorizationRequiredError, type PipedriveOAuthError } from '../errors.ts'
import { identifyRequest } from './identify-request.ts'
import { installationFor } from './installation-for.ts'
import { refuse } from './refuse.ts'
import { WebFlow } from './web-flow.ts'
import { checkWebOptions, type WebOptions } from './web-options.ts'
import { webPaths, type OAuthPaths } from './web-paths.ts'

/** What the guard asks of one request. */
export interface AdmitOptions {
  /** Scopes that the user must have granted. Default: none. */
  readonly scopes?: readonly string[] | undefined
  /** Keeps alive the work that this request begins, where a runtime ends work with its request. */
  readonly waitUntil?: WaitUntil | undefined
}

/** The web flow, the guard and the error answers of one application, as a framework's adapter uses them. */
export interface WebAuth<Context> {
  /** The paths of the routes, as the application sees them. */
  readonly paths: OAuthPaths
  /** Answers a request for one of the routes. Undefined: the request is for another path. Throws only foreign errors. */
  handle(request: Request, context: Context): Promise<Response | undefined>
  /** Returns whether a request is for one of the routes. A guard lets it pass, so that it may stand before them. */
  isRoute(request: Request): boolean
  /**
   * Resolves to the installation that a request belongs to, with a valid access token in memory.
   * @throws {ReauthorizationRequiredError} `not_installed`, also when nobody is known; `reauthorization_required`;
   * `scopes_missing`
   * @throws as `installation.accessToken()`, when the token has expired and there is no other
   */
  admit(request: Request, context: Context, options?: AdmitOptions): Promise<Installation>
  /** Answers one of the application's own pages with an error: asks `onMissing` first where the user has to connect. */
  answer(error: PipedriveOAuthError, request: Request, context: Context): Promise<Response>
}

/**
 * Makes what an adapter for a framework stands on. Its routes, guard and error handler translate between the framework and
 * these methods, and decide nothing.
 *
 * @throws {ConfigurationError} `invalid_configuration`, which names every unknown name and every wrong value
 * @example
 * ```ts
 * import { createWebAuth } from '@pd/oauth-core/adapter'
 *
 * const auth = createWebAuth(oauth, { sessionMs: 86_400_000 })
 * const answer = await auth.handle(new Request('https://app.example.com/pipedrive/install'), undefined)
 * console.log(answer?.status) // 302
 * ```
 */
export function createWebAuth<Context = undefined>(
  oauth: PipedriveOAuth,
  options: WebOptions<Context> = {},
): WebAuth<Context> {
  checkWebOptions(options)
  const { extensionSecrets, onMissing } = options
  const paths = webPaths(oauth.redirectUri, options.path)
  const routes = new Set(Object.values(paths.inside))
  const identify =
    options.identify ?? ((request: Request) => identifyRequest(oauth, request, { extensionSecrets }))
  const flow = new WebFlow(oauth, { ...options, identify }, paths)
  return {
    paths: paths.inside,
    handle: (request, context) => flow.handle(request, context),
    isRoute: (request) => routes.has(new URL(request.url).pathname),
    admit: (request, context, { scopes, waitUntil } = {}) =>
      installationFor(oauth, request, { identify: (own) => identify(own, context), scopes, waitUntil }),
    answer: async (error, request, context) => {
      const missing = error instanceof ReauthorizationRequiredError ? error : undefined
      const own = missing && (await onMissing?.(missing, request, context))
      return own || refuse(oauth, error, request, paths)
    },
  }
}
