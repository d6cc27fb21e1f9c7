import type { AppRegistration } from '../app-registration.ts'
import type { Backend } from '../backend.ts'
import type { User } from '../directory.ts'

/** The request with which an app sends a user to the consent page. */
export interface AuthorizationRequest {
  readonly clientId: string
  readonly redirectUri: string
  readonly state: string | undefined
}

/**
 * Reads an authorization request and checks it against the registration.
 * @throws {Error} with a sentence for the page, when client id or callback URL are wrong
 */
export function readAuthorizationRequest(
  app: AppRegistration,
  parameters: URLSearchParams,
): AuthorizationRequest {
  const clientId = parameters.get('client_id') ?? ''
  const redirectUri = parameters.get('redirect_uri') ?? ''
  if (clientId !== app.clientId) {
    throw new Error(
      `There is no app with the client id '${clientId}'. The registered app has '${app.clientId}'.`,
    )
  }
  if (redirectUri !== app.redirectUri) {
    throw new Error(`The redirect_uri '${redirectUri}' is not the app's callback URL '${app.redirectUri}'.`)
  }
  return { clientId, redirectUri, state: parameters.get('state') ?? undefined }
}

/**
 * Reads an authorization request from its URL and checks it against the registration.
 * @throws {Error} when the URL is not the consent page's, or client id or callback URL are wrong
 */
export function readAuthorizeUrl(app: AppRegistration, url: string | URL): AuthorizationRequest {
  const { pathname, searchParams } = new URL(url)
  if (pathname !== '/oauth/authorize') throw new Error(`'${pathname}' is not the consent page's path`)
  return readAuthorizationRequest(app, searchParams)
}

/** Returns the URL of the consent page as an app builds it. */
export function authorizeUrl(app: AppRegistration, origin: string, state?: string): string {
  const url = new URL('/oauth/authorize', origin)
  url.searchParams.set('client_id', app.clientId)
  url.searchParams.set('redirect_uri', app.redirectUri)
  if (state !== undefined) url.searchParams.set('state', state)
  return url.href
}

/** Returns the callback URL with a new code, after the user has allowed access. */
export function allow({ app, grants }: Backend, request: AuthorizationRequest, user: User): string {
  return callbackUrl(request, { code: grants.issueCode(user, app.scopes, request.redirectUri) })
}

/** Returns the callback URL with an error, after the user has cancelled. */
export function cancel(request: AuthorizationRequest, error = 'user_denied'): string {
  return callbackUrl(request, { error })
}

function callbackUrl({ redirectUri, state }: AuthorizationRequest, result: Record<string, string>): string {
  const url = new URL(redirectUri)
  if (state !== undefined) url.searchParams.set('state', state)
  for (const [name, value] of Object.entries(result)) url.searchParams.set(name, value)
  return url.href
}
