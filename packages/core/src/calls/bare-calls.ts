import type { Account } from '../machine/account.ts'
import { isText } from '../machine/problems.ts'
import type { RenewedTokens, Tokens } from '../machine/tokens.ts'
import { defaultApiOrigin, trustedApiOrigin } from '../protocol/api-domain.ts'
import type { ClientCredentials, TokenHint } from '../protocol/token-request.ts'
import { CallbackError, TokenEndpointError } from '../errors.ts'
import { readTokenText } from '../protocol/token-text.ts'
import { askForAccount, askForTokens, askToRevoke } from './calls.ts'
import {
  checkedOptions,
  credentialChecks,
  originOf,
  tokenCheck,
  type CallOptions,
  type CheckedOptions,
} from './call-options.ts'
import { expectGranted, firstTokens } from './first-tokens.ts'
import { patientTimer } from './patient-timer.ts'
import type { Connection } from './send.ts'

const timeLimitMs = 10_000

/**
 * Exchanges the code of a callback for tokens. Sends a single request, because a code works once.
 *
 * @throws {CallbackError} `code_refused`
 * @throws {TokenEndpointError} `token_endpoint_unavailable`, `token_endpoint_timeout`, `malformed_response`,
 * `request_rejected`, `client_rejected`
 * @throws {InvalidArgumentError} `invalid_argument`, if a credential, `code`, `redirectUri` or an option cannot be used; nothing is sent
 * @throws the reason of `signal`
 * @see [RFC 6749 §4.1.3](https://www.rfc-editor.org/rfc/rfc6749.html#section-4.1.3)
 * @example
 * ```ts
 * import { exchangeCode } from '@pd/oauth-core/protocol'
 *
 * const app = { clientId: 'from the Developer Hub', clientSecret: 'from the Developer Hub' }
 * const redirectUri = 'https://app.example.com/pipedrive/callback'
 * const tokens = await exchangeCode(app, { code: 'from the callback', redirectUri })
 * console.log(new Date(tokens.expiresAt))
 * ```
 */
export async function exchangeCode(
  credentials: ClientCredentials,
  given: { readonly code: string; readonly redirectUri: string },
  options: CallOptions = {},
): Promise<Tokens> {
  const to = checkedOptions('exchangeCode()', options, [
    ...credentialChecks(credentials),
    [!isText(given?.code), 'code must be the code of the callback'],
    [!isText(given?.redirectUri), 'redirectUri must be the callback address that the user was sent to'],
  ])
  const { code, redirectUri } = given
  const answer = await called(to, (connection) =>
    askForTokens(credentials, { type: 'authorization_code', code, redirectUri }, connection),
  )
  if (answer.type === 'refused') throw new CallbackError('code_refused', answer)
  return firstTokens(answer, to.apiOrigin)
}

/**
 * Refreshes tokens. Returns the refresh token to use from now on: the new one, or the old one, without white space around it, if
 * Pipedrive sent none.
 * `scopes` and `apiDomain` are missing if Pipedrive did not send them; they have not changed then.
 *
 * @throws {ReauthorizationRequiredError} `reauthorization_required`, if Pipedrive refuses the refresh token
 * @throws {TokenEndpointError} `token_endpoint_unavailable`, `token_endpoint_timeout`, `malformed_response`,
 * `request_rejected`, `client_rejected`
 * @throws {InvalidArgumentError} `invalid_argument`, if a credential, `refreshToken` or an option cannot be used; nothing is sent
 * @throws the reason of `signal`
 * @see [RFC 6749 §6](https://www.rfc-editor.org/rfc/rfc6749.html#section-6)
 */
export async function refreshTokens(
  credentials: ClientCredentials,
  given: { readonly refreshToken: string },
  options: CallOptions = {},
): Promise<RenewedTokens & Pick<Tokens, 'refreshToken'>> {
  const to = checkedOptions('refreshTokens()', options, [
    ...credentialChecks(credentials),
    tokenCheck('refreshToken', given?.refreshToken),
  ])
  const refreshToken = readTokenText(given.refreshToken) as string
  const answer = await called(to, (connection) =>
    askForTokens(credentials, { type: 'refresh_token', refreshToken }, connection),
  )
  return { refreshToken, ...expectGranted(answer).tokens }
}

/**
 * Exchanges a legacy API token for OAuth tokens. Pipedrive accepts each API token once.
 *
 * @throws {ReauthorizationRequiredError} `reauthorization_required`, if Pipedrive refuses the API token
 * @throws {TokenEndpointError} `token_endpoint_unavailable`, `token_endpoint_timeout`, `malformed_response`,
 * `request_rejected`, `client_rejected`
 * @throws {InvalidArgumentError} `invalid_argument`, if a credential, `apiToken` or an option cannot be used; nothing is sent
 * @throws the reason of `signal`
 */
export async function exchangeApiToken(
  credentials: ClientCredentials,
  given: { readonly apiToken: string },
  options: CallOptions = {},
): Promise<Tokens> {
  const to = checkedOptions('exchangeApiToken()', options, [
    ...credentialChecks(credentials),
    tokenCheck('apiToken', given?.apiToken),
  ])
  const { apiToken } = given
  const answer = await called(to, (connection) =>
    askForTokens(credentials, { type: 'exchange_api_token', apiToken }, connection),
  )
  return firstTokens(answer, to.apiOrigin)
}

/**
 * Revokes a token. Revoking a refresh token uninstalls the app for its user; an access token is revoked alone.
 * Pipedrive also answers an unknown token with success.
 *
 * @throws {TokenEndpointError} `token_endpoint_unavailable`, `token_endpoint_timeout`, `request_rejected`,
 * `client_rejected`
 * @throws {InvalidArgumentError} `invalid_argument`, if a credential, `token`, `hint` or an option cannot be used; nothing is sent
 * @throws the reason of `signal`
 * @see [RFC 7009](https://www.rfc-editor.org/rfc/rfc7009.html)
 */
export async function revokeToken(
  credentials: ClientCredentials,
  given: { readonly token: string; readonly hint: TokenHint },
  options: CallOptions = {},
): Promise<void> {
  const to = checkedOptions('revokeToken()', options, [
    ...credentialChecks(credentials),
    tokenCheck('token', given?.token),
    [!isHint(given?.hint), 'hint must be access_token or refresh_token'],
  ])
  const { token, hint } = given
  const answer = await called(to, (connection) => askToRevoke(credentials, token, hint, connection))
  if (answer.type === 'failed') throw new TokenEndpointError(answer.code, answer)
}

/**
 * Returns the account that an access token belongs to. A token response does not tell it. Default of `apiDomain`:
 * `apiOrigin`, else `https://api.pipedrive.com`.
 *
 * @throws {TokenEndpointError} `identity_unavailable`, if Pipedrive does not say; `token_endpoint_unavailable`,
 * `token_endpoint_timeout`, if it does not answer
 * @throws {InvalidArgumentError} `invalid_argument`, if `apiDomain` is neither one of Pipedrive's hosts nor `apiOrigin`, or if
 * `accessToken` or an option cannot be used; nothing is sent
 * @throws the reason of `signal`
 * @see [Pipedrive: get current user data](https://developers.pipedrive.com/docs/api/v1/Users#getCurrentUser)
 */
export async function currentUser(
  given: { readonly accessToken: string; readonly apiDomain?: string | undefined },
  options: CallOptions = {},
): Promise<Account> {
  const apiOrigin = originOf(options?.apiOrigin)
  const origin = trustedApiOrigin(given?.apiDomain ?? apiOrigin ?? defaultApiOrigin, apiOrigin)
  const token = readTokenText(given?.accessToken)
  const to = checkedOptions('currentUser()', options, [
    [origin === undefined, 'apiDomain must be an https address of pipedrive.com, or apiOrigin'],
    [token === undefined, 'accessToken must be the access token, without `Bearer` before it'],
  ])
  const account = await called(to, (connection) =>
    askForAccount(origin as string, token as string, connection),
  )
  if (account instanceof Error) throw new TokenEndpointError('identity_unavailable', { cause: account })
  return account
}

function isHint(value: unknown): boolean {
  return value === 'access_token' || value === 'refresh_token'
}

async function called<T>(
  { signal, ...to }: CheckedOptions,
  call: (connection: Connection) => Promise<T>,
): Promise<T> {
  signal?.throwIfAborted()
  const stop = new AbortController()
  const callOff = signal === undefined ? patientTimer(timeLimitMs, () => stop.abort()) : undefined
  const limit = signal ?? stop.signal
  try {
    return await call({ ...to, now: Date.now, signal: limit })
  } catch (cause) {
    signal?.throwIfAborted()
    throw new TokenEndpointError(limit.aborted ? 'token_endpoint_timeout' : 'token_endpoint_unavailable', {
      cause,
    })
  } finally {
    callOff?.()
  }
}
