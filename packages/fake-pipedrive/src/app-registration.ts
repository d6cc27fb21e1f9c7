/** The app as it stands in the Developer Hub. */
export interface AppRegistration {
  readonly name: string
  readonly clientId: string
  clientSecret: string
  /** The one callback URL; it must match exactly, at both steps. */
  readonly redirectUri: string
  /** `base` is always among them. */
  scopes: readonly string[]
}

/** Scopes as the server grants them: without repetition, `base` included. */
export function grantableScopes(scopes: readonly string[]): readonly string[] {
  return [...new Set(['base', ...scopes])]
}
