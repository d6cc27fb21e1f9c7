import type { Installation } from '../client/installation.ts'
import type { PipedriveOAuth } from '../client/pipedrive-oauth.ts'
import { isOfOtherApp } from '../client/runtime/app-of-error.ts'
import { lazyPart } from '../client/runtime/lazy-part.ts'
import type { WaitUntil } from '../client/runtime/settings.ts'
import { PipedriveOAuthError, ReauthorizationRequiredError } from '../errors.ts'
import { forMethod } from './for-method.ts'
import { identifyRequest } from './identify-request.ts'
import { installationFor } from './installation-for.ts'
import type { PageLook } from './page-look.ts'
import type { PrepareResponse } from './prepare-response.ts'
import type { WebFlow } from './web-flow.ts'
import { checkWebOptions, type RequireInstallationOptions, type WebOptions } from './web-options.ts'
import { webPaths, type OAuthPaths } from '../client/connect/web-paths.ts'
import { writtenPath } from './written-path.ts'

const webAnswers = lazyPart('the web flow and its pages', () => import('./web-answers.ts'))

/** The options of the guard for one request. */
export interface AdmitOptions extends RequireInstallationOptions {
  /** Keeps alive the work that this request starts, on runtimes that stop work with its request. Default: none. */
  readonly waitUntil?: WaitUntil | undefined
}

/**
 * The web flow, the guard and the error answers of one application, for the adapter of a framework. An adapter has three
 * parts:
 *
 * - Routes: send what `handle` returns. Undefined: go on to the next handler.
 * - Guard: if `isRoute`, go on. Else `admit`. If that throws a `ReauthorizationRequiredError` or a `ForbiddenRequestError`,
 *   send `answer`; pass on every other error.
 * - Error handler: send `answer` for every `PipedriveOAuthError`.
 *
 * What `answer` throws goes on to the framework: an error of another app's client, for the error handler of that app, and what
 * `onMissing` throws.
 *
 * A request may have any origin: these methods read its path and query, and each address that they make comes from
 * `redirectUri`. The guard needs no body; `handle` does.
 */
export interface WebAuth<Context> {
  /** The paths of the routes, as the application sees them. */
  readonly paths: OAuthPaths
  /**
   * Answers a request for one of the routes. Undefined: the request is for another path. Errors of this library become
   * answers.
   * @throws every error that is not of this library, and the errors of `onMissing`
   */
  handle(request: Request, context: Context): Promise<Response | undefined>
  /**
   * Returns whether a request is for one of the routes, as its address is written, not for `/deals/../pipedrive/callback`. A
   * guard asks this first, so that it may stand in front of them. `url`: the address by which the framework finds its handlers,
   * whole or from its path on. On Node that is the request target, because a `Request` no longer has its dots and backslashes.
   */
  isRoute(request: { readonly url: string }): boolean
  /**
   * Returns whether an error comes from the client of another app, whose install link is another one. `missing` and `answer`
   * ask this themselves.
   */
  isForeign(error: PipedriveOAuthError): boolean
  /**
   * Resolves to the installation that a request belongs to, after getting its access token.
   * @throws {ReauthorizationRequiredError} `not_signed_in`, if `identify` finds nobody; `not_installed`;
   * `reauthorization_required`; `scopes_missing`
   * @throws {ForbiddenRequestError} `extension_token_expired`, `bad_signature`, of the default `identify`
   * @throws {InvalidArgumentError} `invalid_argument`, if `identify` returns a malformed id
   * @throws as `installation.accessToken()`
   */
  admit(request: Request, context: Context, options?: AdmitOptions): Promise<Installation>
  /**
   * Returns the answer of `onMissing`, if the user has to connect. Undefined: the error is another one, `isForeign`, or there is
   * no answer. For a framework whose guard throws where the application gave no answer of its own. `answer` does not ask again.
   * @throws the errors of `onMissing`
   */
  missing(error: PipedriveOAuthError, request: Request, context: Context): Promise<Response | undefined>
  /**
   * Returns the answer for an error on one of the application's own pages. If the user has to connect: the answer of
   * `onMissing`, else a redirect to the install link for a `GET` of a page. Every other answer is a page or JSON.
   * @throws the error itself, if `isForeign`
   * @throws the errors of `onMissing`
   */
  answer(error: PipedriveOAuthError, request: Request, context: Context): Promise<Response>
  /**
   * Returns the answer for an error that no other error handler is asked about: as `answer`, but if `isForeign`, the answer has
   * no install link, and `onMissing` is not asked.
   * @throws the errors of `onMissing`
   */
  lastAnswer(error: PipedriveOAuthError, request: Request, context: Context): Promise<Response>
}

/**
 * Returns the web flow, the guard and the error answers for the adapter of a framework. The adapter only translates
 * between the framework's requests and these methods. `prepare`: for a framework with a response of its own, through which
 * the application may answer. Default: it answers with a `Response`.
 *
 * @throws {ConfigurationError} `invalid_configuration`; it names every unknown option and every wrong value
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
  prepare?: PrepareResponse<Context>,
): WebAuth<Context> {
  checkWebOptions(options)
  const { extensionSecrets, onMissing } = options
  const paths = webPaths(oauth.redirectUri, options.path)
  const routes = Object.values(paths.inside)
  const identify =
    options.identify ?? ((request: Request) => identifyRequest(oauth, request, { extensionSecrets }))
  const isForeign = (error: PipedriveOAuthError) => isOfOtherApp(error, oauth)
  /** The errors that `onMissing` had no answer to, by request: `answer` does not ask it again. */
  const unanswered = new WeakMap<Request, PipedriveOAuthError>()
  const missing: WebAuth<Context>['missing'] = async (error, request, context) => {
    const isMissing = error instanceof ReauthorizationRequiredError && !isForeign(error)
    if (!isMissing || unanswered.get(request) === error) return undefined
    const own = (await onMissing?.(error, request, context)) || undefined
    if (own === undefined) unanswered.set(request, error)
    return own
  }
  const isRoute: WebAuth<Context>['isRoute'] = ({ url }) => routes.includes(writtenPath(url))
  // A route answers in any spelling. Nearly every request is for another path, and to look for a text costs less than to parse.
  const isAnswered = ({ url }: Request) =>
    routes.some((path) => url.includes(path) && new URL(url).pathname === path)
  const { refusals } = oauth
  /** When the request came that the guard refused with an error. */
  const begins = new WeakMap<PipedriveOAuthError, number>()
  const look: PageLook = { ...options.pages, frameAncestors: oauth.frameAncestors }
  const loaded = () => webAnswers().catch((error: PipedriveOAuthError) => error)
  /** Answers without a page, because the code of the pages is missing. */
  const withoutPages = (error: PipedriveOAuthError, request: Request, since: number) => {
    const { code, status } = error
    refusals.tell({ error, request, status, since, isRoute: isAnswered(request) })
    const body = { code, message: 'This is not your fault. Please try again later.' }
    return forMethod(request, Response.json(body, { status, headers: { 'cache-control': 'no-store' } }))
  }
  const lastAnswer: WebAuth<Context>['lastAnswer'] = async (error, request, context) => {
    const own = await missing(error, request, context)
    if (own !== undefined) return forMethod(request, own)
    const answers = await loaded()
    if (answers instanceof PipedriveOAuthError)
      return withoutPages(answers, request, begins.get(error) ?? refusals.now())
    const answer = answers.refuse(oauth, error, request, paths, look)
    const { status } = answer
    refusals.tell({ error, request, status, since: begins.get(error), isRoute: isAnswered(request) })
    return forMethod(request, answer)
  }
  let flow: WebFlow<Context> | undefined
  // The first request should not wait for it. If it cannot be loaded now, that request tries again.
  void loaded()
  return {
    paths: paths.inside,
    handle: async (request, context) => {
      if (!isAnswered(request)) return undefined
      const since = refusals.now()
      const answers = await loaded()
      if (answers instanceof PipedriveOAuthError) return withoutPages(answers, request, since)
      flow ??= new answers.WebFlow(
        oauth,
        { ...options, identify, onMissing: onMissing && missing, look, prepare },
        paths,
      )
      return flow.handle(request, context)
    },
    isRoute,
    isForeign,
    admit: (request, context, { scopes, waitUntil } = {}) => {
      const since = refusals.now()
      const options = { identify: (own: Request) => identify(own, context), scopes, waitUntil }
      return installationFor(oauth, request, options).catch((error: unknown) => {
        if (error instanceof PipedriveOAuthError) begins.set(error, since)
        throw error
      })
    },
    missing,
    answer: async (error, request, context) => {
      if (isForeign(error)) throw error
      return lastAnswer(error, request, context)
    },
    lastAnswer,
  }
}

/**
 * Returns a function that returns the web auth of a client, and makes it once. For adapters whose client depends on the
 * request.
 *
 * @throws {ConfigurationError} `invalid_configuration`; it names every unknown option and every wrong value
 */
export function webAuths<Context = undefined>(
  options: WebOptions<Context> = {},
): (oauth: PipedriveOAuth) => WebAuth<Context> {
  checkWebOptions(options)
  const auths = new WeakMap<PipedriveOAuth, WebAuth<Context>>()
  return (oauth) => {
    const auth = auths.get(oauth) ?? createWebAuth(oauth, options)
    // Stryker disable next-line CallExpression: a web auth for each request answers the same, and takes longer
    auths.set(oauth, auth)
    return auth
  }
}
