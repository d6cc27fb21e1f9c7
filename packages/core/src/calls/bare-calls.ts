import type { Account } from '../machine/account.ts'
import type { RenewedTokens, Tokens } from '../machine/tokens.ts'
import { defaultApiOrigin, trustedApiOrigin } from '../protocol/api-domain.ts'
import { defaultOAuthOrigin } from '../protocol/authorization-url.ts'
import type { ClientCredentials, TokenHint } from '../protocol/token-request.ts'
import { CallbackError, InvalidArgumentError, PipedriveOAuthError, TokenEndpointError } from '../errors.ts'
import { askForAccount, askForTokens, askToRevoke } from './calls.ts'
import { expectGranted, firstTokens } from './first-tokens.ts'
import type { Connection } from './send.ts'

/** How a bare call reaches Pipedrive. */
export interface CallOptions {
  /** Sends the request. Default: the runtime's `fetch`. */
  readonly fetch?: typeof globalThis.fetch | undefined
  /** Ends the call. Default: a time limit of 10 seconds. */
  readonly signal?: AbortSignal | undefined
  /** The origin of the token endpoint. Default: `https://oauth.pipedrive.com`. */
  readonly oauthOrigin?: string | undefined
  /** One more origin, besides Pipedrive's, that may be an `apiDomain`. Default: none. */
  readonly apiOrigin?: string | undefined
}

const timeLimitMs = 10_000

/**
 * Exchanges the code of a callback for tokens. Sends one request, and no second one: a code works once.
 *
 * @throws {CallbackError} `code_refused`
 * @throws {TokenEndpointError} when Pipedrive gives no tokens
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
  if (answer.type === 'refused') throw new CallbackError('code_refused')
  return firstTokens(answer, options.apiOrigin)
}

/**
 * Refreshes tokens. The answer has the refresh token that counts from now on: the new one, or the old one if Pipedrive sent
 * none. `scopes` and `apiDomain` are missing if the answer does not say them; they are then as before.
 *
 * @throws {ReauthorizationRequiredError} `reauthorization_required`, when Pipedrive refuses the refresh token
 * @throws {TokenEndpointError} when Pipedrive gives no tokens
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
 * Turns a legacy API token into tokens. Pipedrive does so once per API token.
 *
 * @throws {ReauthorizationRequiredError} `reauthorization_required`, when Pipedrive refuses the API token
 * @throws {TokenEndpointError} when Pipedrive gives no tokens
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
 * Gives a token up. A refresh token uninstalls the app for its user; an access token ends alone. Pipedrive also answers an
 * unknown token with success.
 *
 * @throws {TokenEndpointError} when Pipedrive does not say that the token is revoked
 * @throws the reason of `signal`
 * @see [RFC 7009](https://www.rfc-editor.org/rfc/rfc7009.html)
 */
export async function revokeToken(
  credentials: ClientCredentials,
  { token, hint }: { readonly token: string; readonly hint: TokenHint },
  options: CallOptions = {},
): Promise<void> {
  const answer = await called(options, (connection) => askToRevoke(credentials, token, hint, connection))
  if (answer.type === 'failed')
    throw new TokenEndpointError(answer.code, { retryAfterMs: answer.retryAfterMs })
}

/**
 * Asks who an access token belongs to: a token response has no ids. Default of `apiDomain`: Pipedrive's host for every
 * company.
 *
 * @throws {TokenEndpointError} `identity_unavailable`, when Pipedrive does not say
 * @throws {InvalidArgumentError} when `apiDomain` is not a host of Pipedrive's
 * @throws the reason of `signal`
 * @see [Pipedrive: get current user data](https://developers.pipedrive.com/docs/api/v1/Users#getCurrentUser)
 */
export async function currentUser(
  { accessToken, apiDomain }: { readonly accessToken: string; readonly apiDomain?: string | undefined },
  options: CallOptions = {},
): Promise<Account> {
  const origin = trustedApiOrigin(apiDomain ?? options.apiOrigin ?? defaultApiOrigin, options.apiOrigin)
  if (origin === undefined)
    throw new InvalidArgumentError('currentUser()', [
      'apiDomain must be an https address of pipedrive.com, or apiOrigin',
    ])
  const account = await called(options, (connection) => askForAccount(origin, accessToken, connection))
  if (account === undefined) throw new TokenEndpointError('identity_unavailable')
  return account
}

async function called<T>(options: CallOptions, call: (connection: Connection) => Promise<T>): Promise<T> {
  const { fetch = globalThis.fetch, oauthOrigin = defaultOAuthOrigin, apiOrigin, signal } = options
  signal?.throwIfAborted()
  const limit = signal ?? AbortSignal.timeout(timeLimitMs)
  try {
    return await call({ fetch, now: Date.now, signal: limit, oauthOrigin, apiOrigin })
  } catch (cause) {
    if (cause instanceof PipedriveOAuthError) throw cause
    signal?.throwIfAborted()
    throw new TokenEndpointError(limit.aborted ? 'token_endpoint_timeout' : 'token_endpoint_unavailable', {
      cause,
    })
  }
}
