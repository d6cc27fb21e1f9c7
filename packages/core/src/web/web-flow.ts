import type { AuthorizeOptions } from '../client/connect/consent.ts'
import { defaultSessionMs } from '../client/connect/sealed-lifetimes.ts'
import type { PipedriveOAuth } from '../client/pipedrive-oauth.ts'
import type { InstallationId } from '../machine/account.ts'
import { isReturnPath } from '../protocol/return-path.ts'
import {
  CallbackError,
  ForbiddenRequestError,
  PipedriveOAuthError,
  ReauthorizationRequiredError,
} from '../errors.ts'
import { errorPage } from './error-page.ts'
import { errorResponse, wantsHtml } from './error-response.ts'
import { installUrl } from './install-url.ts'
import { isFramed } from './is-framed.ts'
import { isOwnRequest } from './is-own-request.ts'
import { OAuthCookies } from './oauth-cookies.ts'
import type { PageLook } from './page-look.ts'
import { pageResponse } from './page-response.ts'
import type { WebOptions } from './web-options.ts'
import type { WebPaths } from '../client/connect/web-paths.ts'

/** The web options, with `identify` filled in, and how pages look. */
type FlowOptions<Context> = WebOptions<Context> &
  Required<Pick<WebOptions<Context>, 'identify'>> & { readonly look: PageLook }

/** Answers the requests of the web flow: install, callback, notices, disconnect. */
export class WebFlow<Context> {
  readonly #oauth: PipedriveOAuth
  readonly #options: FlowOptions<Context>
  readonly #paths: WebPaths
  readonly #cookies: OAuthCookies

  constructor(oauth: PipedriveOAuth, options: FlowOptions<Context>, paths: WebPaths) {
    this.#oauth = oauth
    this.#options = options
    this.#paths = paths
    this.#cookies = new OAuthCookies(oauth.redirectUri)
  }

  /** Answers a request for one of the routes. Undefined: the request is for another path. */
  async handle(request: Request, context: Context): Promise<Response | undefined> {
    const since = this.#oauth.refusals.now()
    try {
      return await this.#route(request, new URL(request.url), context)
    } catch (error) {
      if (!(error instanceof PipedriveOAuthError)) throw error
      const missing = error instanceof ReauthorizationRequiredError ? error : undefined
      const own = missing && (await this.#options.onMissing?.(missing, request, context))
      if (own) return own
      const answer = this.#failed(request, error)
      this.#oauth.refusals.tell({ error, request, status: answer.status, since, isRoute: true })
      return answer
    }
  }

  async #route(request: Request, url: URL, context: Context): Promise<Response | undefined> {
    const { install, callback, disconnect } = this.#paths.inside
    switch (url.pathname) {
      case install:
        if (request.method !== 'GET') return notAllowed('GET')
        return this.#install(request, url)
      case callback:
        return this.#atCallback(request, url, context)
      case disconnect:
        return request.method === 'POST' ? this.#disconnect(request, url, context) : notAllowed('POST')
      default:
        return undefined
    }
  }

  async #atCallback(request: Request, url: URL, context: Context): Promise<Response> {
    switch (request.method) {
      case 'GET':
        return this.#callback(request, url, context)
      case 'DELETE':
        await this.#oauth.handleUninstall(request)
        return Response.json({ success: true })
      case 'POST':
        await this.#oauth.handleSharing(request)
        return Response.json({ success: true })
      default:
        return notAllowed('GET, POST, DELETE')
    }
  }

  async #install(request: Request, url: URL): Promise<Response> {
    if (isFramed(request)) return this.#pageInFrame(url)
    const returnTo = url.searchParams.get('returnTo') ?? '/'
    const reconnect = url.searchParams.get('reconnect')
    const expect = reconnect === null ? undefined : await this.#oauth.readReconnectLink(reconnect)
    return this.#begin(request, { returnTo, expect })
  }

  /** Returns a page whose link opens the same address in a tab, because Pipedrive's consent page cannot be framed. */
  #pageInFrame({ search }: URL): Response {
    const { look } = this.#options
    const install = new URL(this.#paths.outside.install + search, this.#oauth.redirectUri).href
    const page = errorPage(new ReauthorizationRequiredError('not_installed'), install, look.texts)
    return pageResponse({ ...page, code: undefined }, { framed: true, look })
  }

  async #begin(request: Request, options: AuthorizeOptions): Promise<Response> {
    const { url, state, attempt } = await this.#oauth.authorize(options)
    return redirect(url, [
      ...this.#cookies.clearOldAttempts(request),
      this.#cookies.attempt(state, attempt, this.#oauth.policy.consentTimeoutMs),
    ])
  }

  async #callback(request: Request, url: URL, context: Context): Promise<Response> {
    const { missingState = 'restart' } = this.#options
    const state = url.searchParams.get('state') ?? ''
    if (state === '' && missingState === 'restart' && !url.searchParams.has('error'))
      return this.#begin(request, { returnTo: '/' })
    const result = await this.#oauth.callback(url, this.#cookies.readAttempt(request, state), {
      acceptMissingState: missingState === 'accept',
    })
    const answer = await this.#options.onConnected?.(result, request, context)
    return withCookies(answer ?? redirect(result.returnTo), [
      ...(state === ''
        ? []
        : [this.#cookies.attempt(state, result.attempt, this.#oauth.policy.consentTimeoutMs)]),
      ...(await this.#newSession(result.installation.id)),
    ])
  }

  async #newSession(id: InstallationId): Promise<string[]> {
    const { sessionMs = defaultSessionMs } = this.#options
    if (sessionMs === 0) return []
    return [this.#cookies.session(await this.#oauth.issueSession(id, sessionMs), sessionMs)]
  }

  async #disconnect(request: Request, url: URL, context: Context): Promise<Response> {
    if (!isOwnRequest(this.#oauth, request))
      throw new ForbiddenRequestError(
        'cross_site_request',
        'A disconnect must come from a page of this application.',
      )
    const id = await this.#options.identify?.(request, context)
    if (id === undefined) throw new ReauthorizationRequiredError('not_installed')
    await this.#oauth.installation(id).uninstall()
    const returnTo = url.searchParams.get('returnTo')
    const answer = wantsHtml(request)
      ? redirect(isReturnPath(returnTo) ? returnTo : '/')
      : new Response(null, { status: 204 })
    return withCookies(answer, [this.#cookies.clearSession()])
  }

  /**
   * Answers with an error. Clears the attempt if the user refused. Keeps it otherwise, so that the callback may be
   * repeated.
   */
  #failed(request: Request, error: PipedriveOAuthError): Response {
    const state = new URL(request.url).searchParams.get('state')
    const returnTo = error instanceof CallbackError ? error.returnTo : undefined
    const install = installUrl(this.#oauth, this.#paths, returnTo)
    const answer = errorResponse(error, request, install, this.#options.look)
    const isRefused = error instanceof CallbackError && error.code === 'access_denied' && state !== null
    return isRefused ? withCookies(answer, [this.#cookies.clearAttempt(state)]) : answer
  }
}

/** Addresses of these routes hold codes and states. The headers keep them out of caches and of `Referer`. */
const privately = { 'cache-control': 'no-store', 'referrer-policy': 'no-referrer' }

function redirect(address: string, cookies: readonly string[] = []): Response {
  // A header may hold ASCII only, and a path may hold any script.
  const location = address.toWellFormed().replace(/[^\x21-\x7e]+/g, encodeURIComponent)
  return withCookies(new Response(null, { status: 302, headers: { ...privately, location } }), cookies)
}

function withCookies(response: Response, cookies: readonly string[]): Response {
  const answer = new Response(response.body, response)
  for (const cookie of cookies) answer.headers.append('set-cookie', cookie)
  return answer
}

function notAllowed(allow: string): Response {
  return new Response(null, { status: 405, headers: { allow } })
}
