/** Pipedrive's own OAuth server. */
export const defaultOAuthOrigin = 'https://oauth.pipedrive.com'

/** What the address of the consent page says. */
export interface AuthorizationParameters {
  readonly clientId: string
  /** The app's callback address, exactly as registered. */
  readonly redirectUri: string
  /** A random value that comes back in the callback. */
  readonly state: string
}

/**
 * Returns the address of the consent page.
 * @see [Pipedrive: OAuth authorization, step 1](https://pipedrive.readme.io/docs/marketplace-oauth-authorization)
 */
export function authorizationUrl(
  { clientId, redirectUri, state }: AuthorizationParameters,
  oauthOrigin: string = defaultOAuthOrigin,
): string {
  const url = new URL('/oauth/authorize', oauthOrigin)
  url.searchParams.set('client_id', clientId)
  url.searchParams.set('redirect_uri', redirectUri)
  url.searchParams.set('state', state)
  return url.href
}
