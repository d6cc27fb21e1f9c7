import {
  PipedriveOAuthError,
  ReauthorizationRequiredError,
  type Installation,
  type PipedriveOAuth,
  type WebOptions,
} from '@pd/oauth-core'
import { checkGuardOptions, webAuths, type RequireInstallationOptions } from '@pd/oauth-core/adapter'
import { redirect } from 'next/dist/client/components/redirect.js'
import type { NextRequest } from 'next/server.js'
import { afterResponse } from './after-response.ts'
import { currentHeaders, inTab, pageRequest } from './page-request.ts'

/**
 * The client, or a function that returns it. A function is called for each request and never while Next builds, so it must
 * not make a new client each time; see `oncePerProcess`.
 */
export type OAuthSource = PipedriveOAuth | (() => PipedriveOAuth | Promise<PipedriveOAuth>)

/** The options for a page or a server action, which know no request. */
export interface PageOptions extends RequireInstallationOptions {
  /**
   * Path and query of the page, such as `/deals?page=2`. The user comes back to it, and a signed `?token` of an extension
   * page is read from it. Default: the address that Next renders.
   */
  readonly url?: string | undefined
}

/** What Next passes to a route handler beside the request. */
export interface HandlerContext {
  readonly params: Promise<unknown>
}

/** A route handler that also gets the installation. */
export type GuardedHandler<Context extends HandlerContext> = (
  request: NextRequest,
  context: Context & { readonly installation: Installation },
) => Response | Promise<Response>

/** The guard of pages, server actions and route handlers. */
export interface RequireInstallation {
  /**
   * Resolves to the user's installation, with a valid token in memory. For server components and server actions: if the user
   * has to connect, Next redirects to consent, and from there back to the page.
   *
   * @throws {PipedriveOAuthError} for every other reason, with its code as `digest`, which `error.tsx` gets
   */
  (options?: PageOptions): Promise<Installation>
  /**
   * Returns a route handler that calls `handler` only for requests that belong to an installation. If the user has to
   * connect, a page leads to consent and back, and other requests get JSON. The errors of this library that `handler` throws
   * become answers, too, except those of another app's client.
   */
  <Context extends HandlerContext>(
    options: RequireInstallationOptions,
    handler: GuardedHandler<Context>,
  ): (request: NextRequest, context: Context) => Promise<Response>
}

/** The exports of a `route.ts`. */
export interface Routes {
  readonly GET: (request: Request) => Promise<Response>
  readonly HEAD: (request: Request) => Promise<Response>
  readonly POST: (request: Request) => Promise<Response>
  readonly DELETE: (request: Request) => Promise<Response>
}

/** Pipedrive OAuth for one application with Next's App Router. */
export interface PipedriveAuth {
  /**
   * The route handlers of `app/pipedrive/[...path]/route.ts`: install, callback (return, uninstall notice, sharing notice),
   * disconnect and logout. Other paths get 404.
   */
  readonly routes: Routes
  readonly requireInstallation: RequireInstallation
  /**
   * Resolves to the installation of the current user, with a valid token in memory, in server components, server actions and
   * route handlers. Undefined: the user has to connect.
   *
   * @throws {PipedriveOAuthError} if that cannot be known, because the store or Pipedrive is unavailable
   */
  installation(options?: PageOptions): Promise<Installation | undefined>
}

/**
 * Pipedrive OAuth for an application with Next's App Router, on the Node runtime.
 *
 * @throws {ConfigurationError} `invalid_configuration`, which names every unknown name and every wrong value
 * @example
 * ```ts
 * import { pipedriveAuth } from '@pd/oauth-next'
 *
 * // With the redirectUri https://app.example.com/pipedrive/callback
 * export const { routes, requireInstallation, installation } = pipedriveAuth(oauth)
 * // app/pipedrive/[...path]/route.ts
 * export const { GET, POST, DELETE, HEAD } = routes
 * ```
 */
export function pipedriveAuth(source: OAuthSource, options: WebOptions = {}): PipedriveAuth {
  const authOf = webAuths(options)
  const current = async () => {
    const oauth = typeof source === 'function' ? await source() : source
    return { auth: authOf(oauth), origin: new URL(oauth.redirectUri).origin }
  }

  const answerRoute = async (request: Request) => {
    // Next's router asks for what a link or a redirect leads to. If it does not know the answer, the browser goes there.
    if (request.headers.has('rsc')) return new Response(null, { headers: { 'cache-control': 'no-store' } })
    const { pathname, search } = addressOf(request)
    const { auth, origin } = await current()
    // With `trailingSlash: true`, Next adds a slash to every address.
    const path = Object.values(auth.paths).includes(pathname) ? pathname : pathname.replace(/\/$/, '')
    const { method, headers, signal } = request
    const body = request.bodyUsed || request.body?.locked ? null : request.body
    // A body that still arrives needs `duplex`, which TypeScript's DOM does not know.
    const init: RequestInit & { duplex: 'half' } = { method, headers, body, signal, duplex: 'half' }
    const answering = auth.handle(new Request(origin + path + search, init), undefined)
    // A code that is being exchanged works once: the exchange ends and is saved, also when the browser goes away.
    afterResponse(answering.catch(() => {}))
    return (await answering) ?? new Response('Not found', { status: 404 })
  }

  const guarded =
    <Context extends HandlerContext>(
      { scopes }: RequireInstallationOptions,
      handler: GuardedHandler<Context>,
    ) =>
    async (request: NextRequest, context: Context) => {
      const { pathname, search } = addressOf(request)
      const { auth, origin } = await current()
      const { method, headers } = request
      const head = new Request(origin + pathname + search, { method, headers })
      try {
        const admitted = await auth.admit(head, undefined, { scopes, waitUntil: afterResponse })
        return await handler(request, { ...context, installation: admitted })
      } catch (error) {
        if (!(error instanceof PipedriveOAuthError)) throw error
        return auth.answer(error, head, undefined)
      }
    }

  const pageOf = async (pageOptions: PageOptions) => {
    const { url, ...guardOptions } = pageOptions
    checkGuardOptions(guardOptions)
    const sent = await currentHeaders()
    const { auth, origin } = await current()
    const request = pageRequest(origin, sent, url)
    return {
      auth,
      admit: () => auth.admit(request, undefined, { ...guardOptions, waitUntil: afterResponse }),
      /** Redirects to consent, or throws. */
      async refuse(error: unknown): Promise<never> {
        if (!(error instanceof PipedriveOAuthError)) throw error
        Object.assign(error, { digest: error.code })
        // A page cannot answer with another one. In a frame, the install link does, so the way leads there, too.
        const location = (await auth.answer(error, inTab(request), undefined)).headers.get('location')
        if (location) redirect(location)
        throw error
      },
    }
  }

  function requireInstallation(pageOptions?: PageOptions): Promise<Installation>
  function requireInstallation<Context extends HandlerContext>(
    guardOptions: RequireInstallationOptions,
    handler: GuardedHandler<Context>,
  ): (request: NextRequest, context: Context) => Promise<Response>
  function requireInstallation<Context extends HandlerContext>(
    ownOptions: PageOptions = {},
    handler?: GuardedHandler<Context>,
  ) {
    if (handler === undefined) return pageOf(ownOptions).then(({ admit, refuse }) => admit().catch(refuse))
    checkGuardOptions(ownOptions)
    return guarded(ownOptions, handler)
  }

  return {
    routes: { GET: answerRoute, HEAD: answerRoute, POST: answerRoute, DELETE: answerRoute },
    requireInstallation,
    async installation(pageOptions = {}) {
      const { auth, admit, refuse } = await pageOf(pageOptions)
      return admit().catch((error: unknown) =>
        error instanceof ReauthorizationRequiredError && !auth.isForeign(error) ? undefined : refuse(error),
      )
    },
  }
}

/** Returns the address of a request. To read it first keeps Next from calling a handler while it builds. */
function addressOf(request: Request): URL {
  return new URL(request.url)
}
