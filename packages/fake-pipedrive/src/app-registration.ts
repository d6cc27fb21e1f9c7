/** The app as it is registered in the Developer Hub. */
export interface AppRegistration {
  readonly name: string
  readonly clientId: string
  clientSecret: string
  /** The only callback URL. It must match exactly in the authorization request and in the token request. */
  readonly redirectUri: string
  /** The scopes, always with `base`. */
  scopes: readonly string[]
}

/** Returns the scopes as the server grants them: with `base` and without duplicates. */
export function grantableScopes(scopes: readonly string[]): readonly string[] {
  return [...new Set(['base', ...scopes])]
}
