/**
 * The address of the consent page. Scopes belong to the app, not to the address; PKCE and `response_type`
 * are not documented by Pipedrive, so neither is sent.
 * @see [Pipedrive: OAuth authorization, step 1](https://pipedrive.readme.io/docs/marketplace-oauth-authorization)
 */
export function authorizationUrl(
  oauthOrigin: string,
  request: { readonly clientId: string; readonly redirectUri: string; readonly state: string },
): string {
  const url = new URL('/oauth/authorize', oauthOrigin)
  url.searchParams.set('client_id', request.clientId)
  url.searchParams.set('redirect_uri', request.redirectUri)
  url.searchParams.set('state', request.state)
  return url.href
}
