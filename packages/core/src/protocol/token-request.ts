import { basicAuthorization } from './basic-credentials.ts'
import type { HttpRequest } from './http.ts'

/** What can be turned into tokens. */
export type TokenGrant =
  | { readonly type: 'authorization_code'; readonly code: string; readonly redirectUri: string }
  | { readonly type: 'refresh_token'; readonly refreshToken: string }
  | { readonly type: 'exchange_api_token'; readonly apiToken: string }

/** Which kind of token is given up. */
export type TokenHint = 'access_token' | 'refresh_token'

/** Who an app is, from the Developer Hub. */
export interface ClientCredentials {
  readonly clientId: string
  readonly clientSecret: string
}

/**
 * A request to the token endpoint, form-encoded, without a trailing slash. Leaves out white space around each value.
 * @see [RFC 6749 §4.1.3](https://www.rfc-editor.org/rfc/rfc6749.html#section-4.1.3) and [§6](https://www.rfc-editor.org/rfc/rfc6749.html#section-6)
 */
export function tokenRequest(
  oauthOrigin: string,
  credentials: ClientCredentials,
  grant: TokenGrant,
): HttpRequest {
  return formRequest(new URL('/oauth/token', oauthOrigin), credentials, parameters(grant))
}

/**
 * A request to give up a token. Revoking the refresh token uninstalls the app for that user.
 * @see [RFC 7009 §2.1](https://www.rfc-editor.org/rfc/rfc7009.html#section-2.1)
 */
export function revocationRequest(
  oauthOrigin: string,
  credentials: ClientCredentials,
  token: string,
  hint: TokenHint,
): HttpRequest {
  return formRequest(new URL('/oauth/revoke', oauthOrigin), credentials, { token, token_type_hint: hint })
}

function parameters(grant: TokenGrant): Record<string, string> {
  switch (grant.type) {
    case 'authorization_code':
      return { grant_type: grant.type, code: grant.code, redirect_uri: grant.redirectUri }
    case 'refresh_token':
      return { grant_type: grant.type, refresh_token: grant.refreshToken }
    case 'exchange_api_token':
      return { grant_type: grant.type, api_token: grant.apiToken }
  }
}

function formRequest(url: URL, credentials: ClientCredentials, form: Record<string, string>): HttpRequest {
  return {
    url: url.href,
    method: 'POST',
    headers: {
      accept: 'application/json',
      authorization: basicAuthorization(credentials.clientId.trim(), credentials.clientSecret.trim()),
      'content-type': 'application/x-www-form-urlencoded',
    },
    body: new URLSearchParams(Object.entries(form).map(([name, value]) => [name, value.trim()])).toString(),
  }
}
