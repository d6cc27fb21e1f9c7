/**
 * An error of the OAuth server, with the documented texts.
 * @see [Status codes](https://pipedrive.readme.io/docs/marketplace-oauth-and-api-proxy-status-codes)
 */
export interface OAuthError {
  readonly error: string
  readonly message: string
}

export const oauthErrors = {
  contentType: {
    error: 'invalid_request',
    message: 'Invalid request: content must be application/x-www-form-urlencoded',
  },
  noCredentials: { error: 'invalid_client', message: 'Invalid client: cannot retrieve client credentials' },
  wrongCredentials: { error: 'invalid_client', message: 'Invalid client: client is invalid' },
  unsupportedGrantType: {
    error: 'unsupported_grant_type',
    message: 'Unsupported grant type: grant_type is invalid',
  },
  invalidCode: { error: 'invalid_grant', message: 'Invalid grant: authorization code is invalid' },
  expiredCode: { error: 'invalid_grant', message: 'Invalid grant: authorization code has expired' },
  invalidRefreshToken: { error: 'invalid_grant', message: 'Invalid grant: refresh token is invalid' },
  invalidApiToken: { error: 'invalid_grant', message: 'Invalid grant: api_token is invalid' },
  redirectUriMissing: {
    error: 'invalid_request',
    message: 'Invalid request: redirect_uri is not a valid URI',
  },
  redirectUriMismatch: { error: 'invalid_request', message: 'Invalid request: redirect_uri is invalid' },
} as const satisfies Record<string, OAuthError>

export const missingParameter = (name: string): OAuthError => ({
  error: 'invalid_request',
  message: `Missing parameter: ${name}`,
})

/** Returns the response for an error. Default status: 400. */
export function oauthErrorResponse({ error, message }: OAuthError, status = 400): Response {
  return Response.json(
    { success: false, error, message },
    { status, headers: { 'cache-control': 'no-store' } },
  )
}
