import type { InstallationId } from '../machine/account.ts'
import type { PipedriveOAuth } from '../client/pipedrive-oauth.ts'
import { ForbiddenRequestError } from '../errors.ts'
import { OAuthCookies } from './oauth-cookies.ts'

/**
 * Tells which installation a request belongs to: by the signed token that Pipedrive adds to extension pages (`?token=`),
 * which works where third-party cookies are blocked, else by our session cookie. Undefined: nobody is known.
 * `extensionSecrets`: the extensions' own JWT secrets. Default: the client secret.
 */
export async function identifyRequest(
  oauth: PipedriveOAuth,
  request: Request,
  options: { readonly extensionSecrets?: readonly string[] | undefined } = {},
): Promise<InstallationId | undefined> {
  const token = new URL(request.url).searchParams.get('token')
  const user = token === null ? undefined : await extensionUser(oauth, token, options.extensionSecrets)
  if (user !== undefined) return user
  const session = new OAuthCookies(oauth.redirectUri).readSession(request)
  return session === undefined ? undefined : oauth.readSession(session)
}

async function extensionUser(
  oauth: PipedriveOAuth,
  token: string,
  secrets: readonly string[] | undefined,
): Promise<InstallationId | undefined> {
  try {
    return (await oauth.verifyExtensionToken(token, { secrets })).installationId
  } catch (error) {
    if (error instanceof ForbiddenRequestError) return undefined
    throw error
  }
}
