import type { AuthorizationRequest } from '../client/connect/consent.ts'
import { defaultSessionMs } from '../client/connect/sealed-lifetimes.ts'
import type { PipedriveOAuth } from '../client/pipedrive-oauth.ts'
import { isOfOtherApp } from '../client/runtime/app-of-error.ts'
import type { InstallationId } from '../machine/account.ts'
import { day, minute } from '../machine/durations.ts'
import { isReturnPath } from '../protocol/return-path.ts'
import {
  CallbackError,
  ForbiddenRequestError,
  PipedriveOAuthError,
  ReauthorizationRequiredError,
} from '../errors.ts'
import { elsewhere } from './elsewhere.ts'
import { connectPage } from './error-page.ts'
import { errorResponse, wantsHtml } from './error-response.ts'
import { forMethod, isReading } from './for-method.ts'
import { installUrl } from './install-url.ts'
import { isFramed } from './is-framed.ts'
import { isOwnRequest } from './is-own-request.ts'
import { OAuthCookies, type HeldAttempt } from './oauth-cookies.ts'
import type { PageLook } from './page-look.ts'
import { pageResponse } from './page-response.ts'
import type { PrepareResponse } from './prepare-response.ts'
import type { OptionalAnswer, WebOptions } from './web-options.ts'
import type { WebPaths } from '../client/connect/web-paths.ts'

/** The web options, with `identify` filled in, how pages look, and the framework's own response. */
type FlowOptions<Context> = WebOptions<Context> &
  Required<Pick<WebOptions<Context>, 'identify'>> & {
    readonly look: PageLook
    readonly prepare?: PrepareResponse<Context> | undefined
  }

/** Answers the requests of the web flow: install, callback, notices, disconnect, logout. */
export class WebFlow<Context> {
  readonly #oauth: PipedriveOAuth
  readonly #options: FlowOptions<Context>
  readonly #paths: WebPaths
  readonly #cookies: OAuthCookies
  readonly #attemptMs: number
  /** The cookies that also go with the answer to an error. */
  readonly #cookiesOf = new WeakMap<Request, readonly string[]>()

  constructor(oauth: PipedriveOAuth, options: FlowOptions<Context>, paths: WebPaths) {
    this.#oauth = oauth
    this.#options = options
    this.#paths = paths
    this.#cookies = OAuthCookies.of(oauth)
    this.#attemptMs = oauth.policy.consentTimeoutMs + cookieGraceMs
  }

  /** Answers a request for one of the routes. Undefined: the request is for another path. */
  async handle(request: Request, context: Context): Promise<Response | undefined> {
    const answer = await this.#answer(request, context)
    return answer && forMethod(request, answer)
  }

  async #answer(request: Request, context: Context): Promise<Response | undefined> {
    const since = this.#oauth.refusals.now()
    try {
      return await this.#route(request, new URL(request.url), context)
    } catch (error) {
      if (!(error instanceof PipedriveOAuthError)) throw error
      const cookies = this.#cookiesOf.get(request) ?? []
      const missing = error instanceof ReauthorizationRequiredError ? error : undefined
      const { onMissing } = this.#options
      const own =
        missing &&
        onMissing &&
        (await this.#ask(context, cookies, () => onMissing(missing, request, context)))
      const answer = own ? kept(own) : this.#failed(request, error)
      if (!own) this.#oauth.refusals.tell({ error, request, status: answer.status, since, isRoute: true })
      return withCookies(answer, cookies)
    }
  }

  /** Asks the application for an answer. It may give one through the framework's response, which then has our headers. */
  async #ask(context: Context, cookies: readonly string[], ask: () => OptionalAnswer) {
    const takeBack = this.#options.prepare?.(context, withCookies(kept(new Response()), cookies).headers)
    try {
      return await ask()
    } catch (error) {
      takeBack?.()
      throw error
    }
  }

  async #route(request: Request, url: URL, context: Context): Promise<Response | undefined> {
    const { install, callback, disconnect, logout } = this.#paths.inside
    switch (url.pathname) {
      case install:
        return isReading(request) ? this.#install(request, url, context) : notAllowed('GET, HEAD')
      case callback:
        return this.#atCallback(request, url, context)
      case disconnect:
        return request.method === 'POST' ? this.#disconnect(request, url, context) : notAllowed('POST')
      case logout:
        return request.method === 'POST' ? this.#logout(request, url, context) : notAllowed('POST')
      default:
        return undefined
    }
  }

  async #atCallback(request: Request, url: URL, context: Context): Promise<Response> {
    switch (request.method) {
      case 'GET':
      case 'HEAD':
        return this.#callback(request, url, context)
      case 'DELETE':
        await this.#oauth.handleUninstall(request)
        return Response.json({ success: true })
      case 'POST':
        // Pipedrive expects an answer of 200, also from an app that does not want to know.
        if (this.#options.sharingNotices === true) await this.#oauth.handleSharing(request)
        return Response.json({ success: true })
      default:
        return notAllowed('GET, HEAD, POST, DELETE')
    }
  }

  async #install(request: Request, url: URL, context: Context): Promise<Response> {
    const { redirectUri } = this.#oauth
    const { install } = this.#paths.outside
    if (isFramed(request)) return this.#inNewTab(new URL(install + url.search, redirectUri).href)
    const right = elsewhere(request, redirectUri, install)
    if (right !== undefined) return redirect(right)
    if (await this.#hasLostSession(request)) this.#oauth.refusals.tellRestart(request)
    const returnTo = url.searchParams.get('returnTo') ?? '/'
    const reconnect = url.searchParams.get('reconnect')
    const expect = reconnect === null ? undefined : await this.#oauth.readReconnectLink(reconnect)
    const reference = await this.#options.referenceOf?.(request, context)
    return this.#begun(request, await this.#oauth.authorize({ returnTo, expect, reference }))
  }

  /**
   * Returns whether this browser has just connected and has not kept its session, or has none on the host that leads here: own
   * pages lead here only if a user asks for it.
   */
  async #hasLostSession(request: Request): Promise<boolean> {
    const site = request.headers.get('sec-fetch-site')
    const hasSession = this.#cookies.readSession(request) !== undefined
    const isAsked = site === null || site === 'same-origin' || site === 'none'
    if (this.#options.sessionMs === 0 || (hasSession && isAsked)) return false
    const attempts = this.#cookies.readAttempts(request)
    return attempts.length > 0 && this.#oauth.hasConnected(attempts, minute)
  }

  /** Sends the user to the consent page, which cannot be shown in a frame. */
  #begun(request: Request, begun: AuthorizationRequest, older: readonly HeldAttempt[] = []): Response {
    const { url } = begun
    const cookies = this.#cookies.attempts(request, [...older, begun], this.#attemptMs)
    return isFramed(request) ? withCookies(this.#inNewTab(url), cookies) : redirect(url, cookies)
  }

  async #callback(request: Request, url: URL, context: Context): Promise<Response> {
    const { missingState = 'restart', onConnected } = this.#options
    const state = url.searchParams.get('state') ?? ''
    if (state === '' && missingState === 'restart' && !url.searchParams.has('error'))
      return this.#restart(request, context)
    const answer = await this.#oauth.answerCallback(url, this.#cookies.readAttempt(request, state), {
      acceptMissingState: missingState === 'accept',
    })
    const { attempt } = answer
    const held = state === '' || attempt === undefined ? [] : [{ state, attempt }]
    const cookies = this.#cookies.attempts(request, held, this.#attemptMs)
    this.#cookiesOf.set(request, cookies)
    switch (answer.type) {
      case 'connected': {
        const { result, sessions } = answer
        const ours = [...cookies, ...(await this.#newSession(result.installation.id, sessions))]
        const own =
          onConnected && (await this.#ask(context, ours, () => onConnected(result, request, context)))
        return withCookies(own ? kept(own) : redirect(result.returnTo), ours)
      }
      case 'begun_again':
        // Of every other reason, the log has told when it came about.
        if (answer.error.code === 'attempt_expired') this.#oauth.refusals.tellRestart(request, answer.error)
        return this.#begun(request, answer.request, held)
      case 'failed':
        throw answer.error
    }
  }

  /** Begins anew at the install link, where a callback without state came that is not accepted. */
  async #restart(request: Request, context: Context): Promise<Response> {
    const link = installUrl(this.#oauth, this.#paths, undefined)
    if (isFramed(request)) return this.#inNewTab(link)
    const reference = await this.#options.referenceOf?.(request, context)
    return this.#begun(request, await this.#oauth.authorize({ reference }))
  }

  /** The session of a callback that is repeated has the name of the first one, so it ends with that one. */
  async #newSession(id: InstallationId, sessions: string | undefined): Promise<string[]> {
    const { sessionMs = defaultSessionMs } = this.#options
    if (sessionMs === 0) return []
    const session = await this.#oauth.issueSession(id, sessionMs, { sessions })
    return [this.#cookies.session(session, sessionMs)]
  }

  async #disconnect(request: Request, url: URL, context: Context): Promise<Response> {
    this.#expectOwnPage(request)
    const id = await this.#options.identify?.(request, context)
    if (id === undefined) throw new ReauthorizationRequiredError('not_signed_in')
    await this.#oauth.installation(id).uninstall()
    return this.#signedOut(request, url)
  }

  /**
   * Ends the session of this browser, and with `everywhere` all sessions of its installation, copies of the cookie among them.
   * The installation stays.
   */
  async #logout(request: Request, url: URL, context: Context): Promise<Response> {
    this.#expectOwnPage(request)
    if (url.searchParams.has('everywhere')) {
      const id = await this.#options.identify?.(request, context)
      if (id !== undefined) await this.#oauth.endSessions(id)
    }
    return this.#signedOut(request, url)
  }

  #expectOwnPage(request: Request): void {
    if (!isOwnRequest(this.#oauth, request))
      throw new ForbiddenRequestError(
        'cross_site_request',
        'A disconnect or logout must come from a page of this application.',
      )
  }

  /** Also clears the attempts: the callback of one that has completed would sign in again. */
  #signedOut(request: Request, url: URL): Response {
    const returnTo = url.searchParams.get('returnTo')
    const answer = wantsHtml(request)
      ? redirect(isReturnPath(returnTo) ? returnTo : '/')
      : new Response(null, { status: 204 })
    return withCookies(answer, [this.#cookies.clearSession(), ...this.#cookies.clearAttempts(request)])
  }

  /** Returns a page whose link opens a tab: Pipedrive’s consent page refuses to be framed. */
  #inNewTab(href: string): Response {
    const { look } = this.#options
    return pageResponse(connectPage(href, look.texts), { framed: true, headers: privately, look })
  }

  #failed(request: Request, error: PipedriveOAuthError): Response {
    const returnTo = error instanceof CallbackError ? error.returnTo : undefined
    // Another app has another install link.
    const isForeign = isOfOtherApp(error, this.#oauth)
    const install = isForeign ? undefined : installUrl(this.#oauth, this.#paths, returnTo)
    return errorResponse(error, request, install, this.#options.look)
  }
}

/**
 * How much longer than the attempt its cookie lives: an answer that comes too late, or to an attempt that is over, is known
 * by it for this browser's own.
 */
const cookieGraceMs = day

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

/**
 * Returns the application's own answer to a callback. Its address holds a code and a state, so unless the application says
 * otherwise, no cache keeps it and no other site learns its address.
 * @see [RFC 9700 §4.2.4](https://www.rfc-editor.org/rfc/rfc9700.html#section-4.2.4)
 */
function kept(own: Response): Response {
  const answer = new Response(own.body, own)
  // Under `no-referrer`, browsers would send `Origin: null` with the forms of the page.
  if (!answer.headers.has('referrer-policy')) answer.headers.set('referrer-policy', 'same-origin')
  if (!answer.headers.has('cache-control')) answer.headers.set('cache-control', 'no-store')
  return answer
}

function notAllowed(allow: string): Response {
  return new Response(null, { status: 405, headers: { allow } })
}
