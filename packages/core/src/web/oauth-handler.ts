import type { InstallationId } from '../machine/account.ts'
import { isReturnPath } from '../protocol/return-path.ts'
import type { CallbackResult, PipedriveOAuth } from '../client/pipedrive-oauth.ts'
import {
  CallbackError,
  ForbiddenRequestError,
  PipedriveOAuthError,
  ReauthorizationRequiredError,
} from '../errors.ts'
import { errorResponse, wantsHtml } from './error-response.ts'
import { identifyRequest } from './identify-request.ts'
import { isOwnRequest } from './is-own-request.ts'
import { OAuthCookies } from './oauth-cookies.ts'
import { oauthPaths, type OAuthPaths } from './oauth-paths.ts'

export interface OAuthHandlerOptions {
  /**
   * What to do with a callback that carries no `state`, as Pipedrive's Marketplace sends it. `restart` throws its code
   * away and begins a connection of our own, which the user confirms once more; `accept` takes it, and with it whatever an
   * attacker may have begun; `reject` shows an error. Default: `restart`.
   */
  readonly missingState?: 'restart' | 'accept' | 'reject'
  /** How long the session cookie is good, in milliseconds; 0 sets none. Default: 30 days. */
  readonly sessionMs?: number
  /** Whose installation a request that disconnects is about. Default: our session cookie. */
  readonly identify?: (request: Request) => Promise<InstallationId | undefined> | InstallationId | undefined
  /**
   * Called once a user is connected, before the answer is sent; what it returns is the answer. Our cookies are added to
   * it. Default: a redirect to `returnTo`.
   */
  readonly onConnected?: (
    result: CallbackResult,
    request: Request,
  ) => Promise<Response | undefined | void> | Response | undefined | void
}

const thirtyDays = 30 * 86_400_000

/**
 * The whole web flow as one function for every framework. Resolves to undefined when the request is not for one of its
 * paths (see `oauthPaths`). Errors of this library become answers; others are thrown.
 *
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
export function createOAuthHandler(
  oauth: PipedriveOAuth,
  options: OAuthHandlerOptions = {},
): (request: Request) => Promise<Response | undefined> {
  const flow = new WebFlow(oauth, options)
  return (request) => flow.handle(request)
}

class WebFlow {
  readonly #oauth: PipedriveOAuth
  readonly #options: OAuthHandlerOptions
  readonly #paths: OAuthPaths
  readonly #cookies: OAuthCookies

  constructor(oauth: PipedriveOAuth, options: OAuthHandlerOptions) {
    this.#oauth = oauth
    this.#options = options
    this.#paths = oauthPaths(oauth.redirectUri)
    this.#cookies = new OAuthCookies(oauth.redirectUri)
  }

  async handle(request: Request): Promise<Response | undefined> {
    try {
      return await this.#route(request, new URL(request.url))
    } catch (error) {
      if (error instanceof PipedriveOAuthError) return this.#failed(request, error)
      throw error
    }
  }

  async #route(request: Request, url: URL): Promise<Response | undefined> {
    switch (url.pathname) {
      case this.#paths.install:
        if (request.method !== 'GET') return notAllowed('GET')
        return this.#begin(request, url.searchParams.get('returnTo') ?? '/')
      case this.#paths.callback:
        return this.#atCallback(request, url)
      case this.#paths.disconnect:
        return request.method === 'POST' ? this.#disconnect(request, url) : notAllowed('POST')
      default:
        return undefined
    }
  }

  async #atCallback(request: Request, url: URL): Promise<Response> {
    switch (request.method) {
      case 'GET':
        return this.#callback(request, url)
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

  async #begin(request: Request, returnTo: string): Promise<Response> {
    const { url, state, attempt } = await this.#oauth.authorize({ returnTo })
    return redirect(url, [
      ...this.#cookies.clearOldAttempts(request),
      this.#cookies.attempt(state, attempt, this.#oauth.policy.attemptMs),
    ])
  }

  async #callback(request: Request, url: URL): Promise<Response> {
    const { missingState = 'restart' } = this.#options
    const state = url.searchParams.get('state') ?? ''
    if (state === '' && missingState === 'restart' && !url.searchParams.has('error'))
      return this.#begin(request, '/')
    const result = await this.#oauth.callback(url, this.#cookies.readAttempt(request, state), {
      acceptMissingState: missingState === 'accept',
    })
    const answer = await this.#options.onConnected?.(result, request)
    return withCookies(answer ?? redirect(result.returnTo), [
      ...(state === '' ? [] : [this.#cookies.attempt(state, result.attempt, this.#oauth.policy.attemptMs)]),
      ...(await this.#newSession(result.installation.id)),
    ])
  }

  async #newSession(id: InstallationId): Promise<string[]> {
    const { sessionMs = thirtyDays } = this.#options
    if (sessionMs === 0) return []
    return [this.#cookies.session(await this.#oauth.issueSession(id, sessionMs), sessionMs)]
  }

  async #disconnect(request: Request, url: URL): Promise<Response> {
    const { identify = (ownRequest) => identifyRequest(this.#oauth, ownRequest) } = this.#options
    if (!isOwnRequest(this.#oauth, request))
      throw new ForbiddenRequestError(
        'foreign_origin',
        'A disconnect must come from a page of this application.',
      )
    const id = await identify(request)
    if (id === undefined) throw new ReauthorizationRequiredError('not_installed')
    await this.#oauth.installation(id).uninstall()
    const returnTo = url.searchParams.get('returnTo')
    const answer = wantsHtml(request)
      ? redirect(isReturnPath(returnTo) ? returnTo : '/')
      : new Response(null, { status: 204 })
    return withCookies(answer, [this.#cookies.clearSession()])
  }

  /** A refusal uses the attempt up; after passing trouble the same callback may be tried again. */
  #failed(request: Request, error: PipedriveOAuthError): Response {
    const state = new URL(request.url).searchParams.get('state')
    const returnTo = error instanceof CallbackError ? error.returnTo : undefined
    const query = returnTo === undefined ? '' : `?${new URLSearchParams({ returnTo })}`
    const answer = errorResponse(error, request, `${this.#paths.install}${query}`)
    const isUsedUp = error instanceof CallbackError && error.code === 'access_denied' && state !== null
    return isUsedUp ? withCookies(answer, [this.#cookies.clearAttempt(state)]) : answer
  }
}

/** Codes and states are in our addresses: no cache may keep them, no other page may learn them. */
const privately = { 'cache-control': 'no-store', 'referrer-policy': 'no-referrer' }

function redirect(address: string, cookies: readonly string[] = []): Response {
  // A header holds ASCII only, but a path may be written in any script.
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
