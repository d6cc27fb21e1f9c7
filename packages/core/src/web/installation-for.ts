import type { Installation, InstallationOptions } from '../client/installation.ts'
import type { PipedriveOAuth } from '../client/pipedrive-oauth.ts'
import type { InstallationId } from '../machine/account.ts'
import { ReauthorizationRequiredError } from '../errors.ts'
import { identifyRequest } from './identify-request.ts'

export interface InstallationForOptions extends InstallationOptions {
  /**
   * Tells which installation the request belongs to; undefined: nobody is known. Default: the `?token=` of an extension
   * page, else the session cookie.
   */
  readonly identify?:
    | ((request: Request) => Promise<InstallationId | undefined> | InstallationId | undefined)
    | undefined
  /** The extensions' own JWT secrets, for the default `identify`. Default: the client secret. */
  readonly extensionSecrets?: readonly string[] | undefined
  /** Scopes that the user must have granted. Default: none. */
  readonly scopes?: readonly string[] | undefined
}

/**
 * Resolves to the installation that a request belongs to, with a valid access token in memory: it is read, or refreshed,
 * if it has to be. For the middleware of a web framework, in front of the pages that need Pipedrive.
 *
 * @throws {ReauthorizationRequiredError} `not_installed`, also when nobody is known; `reauthorization_required`;
 * `scopes_missing`
 * @throws as `installation.accessToken()`, when the token has expired and there is no other
 */
export async function installationFor(
  oauth: PipedriveOAuth,
  request: Request,
  options: InstallationForOptions = {},
): Promise<Installation> {
  const { identify, extensionSecrets, scopes = [], waitUntil } = options
  const id = await (identify === undefined
    ? identifyRequest(oauth, request, { extensionSecrets })
    : identify(request))
  if (id === undefined) throw new ReauthorizationRequiredError('not_installed')
  const installation = oauth.installation(id, { waitUntil })
  await (scopes.length === 0 ? installation.accessToken() : installation.requireScopes(scopes))
  return installation
}
