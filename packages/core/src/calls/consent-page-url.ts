import { isText, problemsOf } from '../machine/problems.ts'
import {
  authorizationUrl as urlOf,
  defaultOAuthOrigin,
  type AuthorizationParameters,
} from '../protocol/authorization-url.ts'
import { isOrigin } from '../protocol/web-address.ts'
import { InvalidArgumentError } from '../errors.ts'
import { needsOrigin } from './call-options.ts'

/**
 * Returns the address of the consent page. Scopes belong to the app, not to the address. PKCE and `response_type`
 * are not documented by Pipedrive, so neither is sent.
 * @throws {InvalidArgumentError} `invalid_argument`, if a parameter is not a text, or `oauthOrigin` not an origin
 * @see [Pipedrive: OAuth authorization, step 1](https://pipedrive.readme.io/docs/marketplace-oauth-authorization)
 */
export function authorizationUrl(
  parameters: AuthorizationParameters,
  oauthOrigin: string = defaultOAuthOrigin,
): string {
  const problems = problemsOf(
    [!isText(parameters?.clientId), 'clientId must be as in the Developer Hub'],
    [!isText(parameters?.redirectUri), 'redirectUri must be the callback address as in the Developer Hub'],
    [!isText(parameters?.state), 'state must be a random text that comes back in the callback'],
    [!isOrigin(oauthOrigin), `oauthOrigin ${needsOrigin}`],
  )
  if (problems.length > 0) throw new InvalidArgumentError('authorizationUrl()', problems)
  return urlOf(parameters, oauthOrigin)
}
