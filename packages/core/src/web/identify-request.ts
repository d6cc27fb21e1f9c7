import type { InstallationId } from '../machine/account.ts'
import type { PipedriveOAuth } from '../client/pipedrive-oauth.ts'
import { ForbiddenRequestError } from '../errors.ts'
import { isFramed, isNavigation, isSurelyFramed } from './is-framed.ts'
import { isOwnRequest } from './is-own-request.ts'
import { OAuthCookies } from './oauth-cookies.ts'

/**
 * Returns the installation that a request belongs to. Reads the signed token that Pipedrive adds to extension pages
 * (`?token=`), and our session cookie. Undefined: the request has neither, or none that is valid.
 *
 * - In a frame, and in a request of a page of this application, the token decides. There it works if third-party cookies are
 *   blocked, too.
 * - Elsewhere, as in a link that somebody sent, the session decides if there is one. So nobody can sign somebody else in to
 *   his own account.
 *
 * `extensionSecrets`: the extensions' own JWT secrets. Default: every client secret.
 * @throws {ForbiddenRequestError} `extension_token_expired`, where the token decides; `bad_signature`, in a frame of which
 * nothing else tells the user
 */
export async function identifyRequest(
  oauth: PipedriveOAuth,
  request: Request,
  options: { readonly extensionSecrets?: readonly string[] | undefined } = {},
): Promise<InstallationId | undefined> {
  const sealed = OAuthCookies.of(oauth).readSession(request)
  const bySession = () => (sealed === undefined ? undefined : oauth.readSession(sealed))
  const jwt = tokenIn(request.url)
  if (jwt === null) return bySession()
  const byToken = () => oauth.verifyExtensionToken(jwt, { secrets: options.extensionSecrets })
  const decides = tokenDecides(oauth, request)
  try {
    if (!decides) return (await bySession()) ?? (await byToken()).installationId
    return (await byToken()).installationId
  } catch (error) {
    if (!(error instanceof ForbiddenRequestError)) throw error
    // An application may have a `token` of its own in an address.
    if (error.code === 'extension_token_expired' && (decides || isFramed(request))) throw error
    const other = await bySession()
    if (other === undefined && isSurelyFramed(request)) throw error
    return other
  }
}

function tokenIn(address: string): string | null {
  return address.includes('?') ? new URL(address).searchParams.get('token') : null
}

/** Returns whether the token in the address tells the user, whatever session the browser has. */
function tokenDecides(oauth: PipedriveOAuth, request: Request): boolean {
  if (isSurelyFramed(request)) return true
  const isOpened = isNavigation(request) || request.headers.get('sec-fetch-dest') === 'document'
  return isOwnRequest(oauth, request) && !isOpened
}
