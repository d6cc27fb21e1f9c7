import type { Installation, InstallationOptions } from '../client/installation.ts'
import type { PipedriveOAuth } from '../client/pipedrive-oauth.ts'
import type { InstallationId } from '../machine/account.ts'
import { ReauthorizationRequiredError } from '../errors.ts'
import { identifyRequest } from './identify-request.ts'

export interface InstallationForOptions extends InstallationOptions {
  /** Whose installation the request is about. Default: `identifyRequest`. */
  readonly identify?: (request: Request) => Promise<InstallationId | undefined> | InstallationId | undefined
  /** The extensions' own JWT secrets, for the default `identify`. Default: the client secret. */
  readonly extensionSecrets?: readonly string[] | undefined
}

/**
 * The installation that a request is about, with a valid access token at hand: from memory where it can be, else read,
 * else refreshed. For the middleware of a web framework, in front of the pages that need Pipedrive.
 *
 * @throws {ReauthorizationRequiredError} `not_installed`, also when nobody is known; `reauthorization_required`
 * @throws as `installation.accessToken()`, when the token has expired and none can be had
 */
export async function installationFor(
  oauth: PipedriveOAuth,
  request: Request,
  options: InstallationForOptions = {},
): Promise<Installation> {
  const { identify, extensionSecrets, waitUntil } = options
  const id = await (identify === undefined
    ? identifyRequest(oauth, request, extensionSecrets === undefined ? {} : { extensionSecrets })
    : identify(request))
  if (id === undefined) throw new ReauthorizationRequiredError('not_installed')
  const installation = oauth.installation(id, { waitUntil })
  await installation.accessToken()
  return installation
}
