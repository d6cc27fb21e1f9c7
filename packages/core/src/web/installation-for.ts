import type { Installation, InstallationOptions } from '../client/installation.ts'
import type { PipedriveOAuth } from '../client/pipedrive-oauth.ts'
import type { InstallationId } from '../machine/account.ts'
import {
  aFunction,
  checkOptions,
  jwtSecrets,
  scopeNames,
  type Rules,
} from '../client/runtime/check-options.ts'
import { ofApp } from '../client/runtime/app-of-error.ts'
import { ReauthorizationRequiredError } from '../errors.ts'
import { identifyRequest } from './identify-request.ts'

/** The options of `installationFor()`. */
export interface InstallationForOptions extends InstallationOptions {
  /**
   * Returns the installation that the request belongs to, or undefined. Default: the session cookie, or the `?token=` of an
   * extension page, which decides in frames and in requests of own pages.
   */
  readonly identify?:
    | ((request: Request) => Promise<InstallationId | undefined> | InstallationId | undefined)
    | undefined
  /** The extensions' own JWT secrets, for the default `identify`. Default: the client secrets. */
  readonly extensionSecrets?: readonly string[] | undefined
  /** Scopes that the user must have granted. Default: none. */
  readonly scopes?: readonly string[] | undefined
}

const rules: Rules<InstallationForOptions> = {
  identify: aFunction,
  extensionSecrets: jwtSecrets,
  scopes: scopeNames,
  waitUntil: aFunction,
}

/**
 * Resolves to the installation that a request belongs to. Gets its access token first, so that the next call needs no
 * read and no refresh. For the middleware of a web framework, in front of pages that need Pipedrive.
 *
 * @throws {ReauthorizationRequiredError} `not_signed_in`, if `identify` finds nobody; `not_installed`;
 * `reauthorization_required`; `scopes_missing`
 * @throws {ForbiddenRequestError} `extension_token_expired`, `bad_signature`, of the default `identify`
 * @throws {InvalidArgumentError} `invalid_argument`, if `identify` returns a malformed id
 * @throws as `installation.accessToken()`
 */
export async function installationFor(
  oauth: PipedriveOAuth,
  request: Request,
  options: InstallationForOptions = {},
): Promise<Installation> {
  checkOptions('installationFor()', options, rules)
  const { identify, extensionSecrets, scopes = [], waitUntil } = options
  const id = await (identify === undefined
    ? identifyRequest(oauth, request, { extensionSecrets })
    : identify(request))
  if (id === undefined) throw ofApp(new ReauthorizationRequiredError('not_signed_in'), oauth)
  const installation = oauth.installation(id, { waitUntil })
  await (scopes.length === 0 ? installation.accessToken() : installation.requireScopes(scopes))
  return installation
}
