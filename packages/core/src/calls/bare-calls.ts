import type { Account } from '../machine/account.ts'
import type { RenewedTokens, Tokens } from '../machine/tokens.ts'
import { defaultApiOrigin, trustedApiOrigin } from '../protocol/api-domain.ts'
import { defaultOAuthOrigin } from '../protocol/authorization-url.ts'
import type { ClientCredentials, TokenHint } from '../protocol/token-request.ts'
import { CallbackError, InvalidArgumentError, TokenEndpointError } from '../errors.ts'
import { problemsOf } from '../machine/problems.ts'
import { readTokenText } from '../protocol/token-text.ts'
import { askForAccount, askForTokens, askToRevoke } from './calls.ts'
import { expectGranted, firstTokens } from './first-tokens.ts'
import { patientTimer } from './patient-timer.ts'
import type { Connection } from './send.ts'

/** The options of a bare call. */
export interface CallOptions {
  /** Sends the request. Default: the runtime's `fetch`. */
  readonly fetch?: typeof globalThis.fetch | undefined
  /** Aborts the call. Default: a time limit of 10 seconds, which a signal replaces. */
  readonly signal?: AbortSignal | undefined
  /** The origin of the token endpoint. Default: `https://oauth.pipedrive.com`. */
  readonly oauthOrigin?: string | undefined
  /** One more origin, besides Pipedrive's, that is accepted as `apiDomain`. Default: none. */
  readonly apiOrigin?: string | undefined
}

const timeLimitMs = 10_000

/**
 * Exchanges the code of a callback for tokens. Sends a single request, because a code works once.
 *
 * @throws {CallbackError} `code_refused`
 * @throws {TokenEndpointError} `token_endpoint_unavailable`, `token_endpoint_timeout`, `malformed_response`,
 * `request_rejected`, `client_rejected`
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
  { code, redirectUri }: { readonly code: string; readonly redirectUri: string },
  options: CallOptions = {},
): Promise<Tokens> {
  const answer = await called(options, (connection) =>
    askForTokens(credentials, { type: 'authorization_code', code, redirectUri }, connection),
  )
  if (answer.type === 'refused') throw new CallbackError('code_refused', answer)
  return firstTokens(answer, options.apiOrigin)
}

/**
 * Refreshes tokens. Returns the refresh token to use from now on: the new one, or the old one if Pipedrive sent none.
 * `scopes` and `apiDomain` are missing if Pipedrive did not send them; they have not changed then.
 *
 * @throws {ReauthorizationRequiredError} `reauthorization_required`, if Pipedrive refuses the refresh token
 * @throws {TokenEndpointError} `token_endpoint_unavailable`, `token_endpoint_timeout`, `malformed_response`,
 * `request_rejected`, `client_rejected`
 * @throws the reason of `signal`
 * @see [RFC 6749 §6](https://www.rfc-editor.org/rfc/rfc6749.html#section-6)
 */
export async function refreshTokens(
  credentials: ClientCredentials,
  { refreshToken }: { readonly refreshToken: string },
  options: CallOptions = {},
): Promise<RenewedTokens & Pick<Tokens, 'refreshToken'>> {
  const answer = await called(options, (connection) =>
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
 * @throws the reason of `signal`
 */
export async function exchangeApiToken(
  credentials: ClientCredentials,
  { apiToken }: { readonly apiToken: string },
  options: CallOptions = {},
): Promise<Tokens> {
  const answer = await called(options, (connection) =>
    askForTokens(credentials, { type: 'exchange_api_token', apiToken }, connection),
  )
  return firstTokens(answer, options.apiOrigin)
}

/**
 * Revokes a token. Revoking a refresh token uninstalls the app for its user; an access token is revoked alone.
 * Pipedrive also answers an unknown token with success.
 *
 * @throws {TokenEndpointError} `token_endpoint_unavailable`, `token_endpoint_timeout`, `request_rejected`,
 * `client_rejected`
 * @throws the reason of `signal`
 * @see [RFC 7009](https://www.rfc-editor.org/rfc/rfc7009.html)
 */
export async function revokeToken(
  credentials: ClientCredentials,
  { token, hint }: { readonly token: string; readonly hint: TokenHint },
  options: CallOptions = {},
): Promise<void> {
  const answer = await called(options, (connection) => askToRevoke(credentials, token, hint, connection))
  if (answer.type === 'failed') throw new TokenEndpointError(answer.code, answer)
}

/**
 * Returns the account that an access token belongs to. A token response does not tell it. Default of `apiDomain`:
 * `apiOrigin`, else `https://api.pipedrive.com`.
 *
 * @throws {TokenEndpointError} `identity_unavailable`, if Pipedrive does not say; `token_endpoint_unavailable`,
 * `token_endpoint_timeout`, if it does not answer
 * @throws {InvalidArgumentError} `invalid_argument`, if `apiDomain` is neither one of Pipedrive's hosts nor `apiOrigin`, or if
 * `accessToken` is not visible ASCII
 * @throws the reason of `signal`
 * @see [Pipedrive: get current user data](https://developers.pipedrive.com/docs/api/v1/Users#getCurrentUser)
 */
export async function currentUser(
  { accessToken, apiDomain }: { readonly accessToken: string; readonly apiDomain?: string | undefined },
  options: CallOptions = {},
): Promise<Account> {
  const origin = trustedApiOrigin(apiDomain ?? options.apiOrigin ?? defaultApiOrigin, options.apiOrigin)
  const token = readTokenText(accessToken)
  const problems = problemsOf(
    [origin === undefined, 'apiDomain must be an https address of pipedrive.com, or apiOrigin'],
    [token === undefined, 'accessToken must be the access token, without `Bearer` before it'],
  )
  if (origin === undefined || token === undefined) throw new InvalidArgumentError('currentUser()', problems)
  const account = await called(options, (connection) => askForAccount(origin, token, connection))
  if (account instanceof Error) throw new TokenEndpointError('identity_unavailable', { cause: account })
  return account
}

async function called<T>(options: CallOptions, call: (connection: Connection) => Promise<T>): Promise<T> {
  const { fetch = globalThis.fetch, oauthOrigin = defaultOAuthOrigin, apiOrigin, signal } = options
  signal?.throwIfAborted()
  const stop = new AbortController()
  const callOff = signal === undefined ? patientTimer(timeLimitMs, () => stop.abort()) : undefined
  const limit = signal ?? stop.signal
  try {
    return await call({ fetch, now: Date.now, signal: limit, oauthOrigin, apiOrigin })
  } catch (cause) {
    signal?.throwIfAborted()
    throw new TokenEndpointError(limit.aborted ? 'token_endpoint_timeout' : 'token_endpoint_unavailable', {
      cause,
    })
  } finally {
    callOff?.()
  }
}
