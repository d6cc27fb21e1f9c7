/** Where the web flow lives on our own origin. */
export interface OAuthPaths {
  /** `GET`: begins a connection. */
  readonly install: string
  /** `GET`: the user comes back. `DELETE`: an uninstall notice. `POST`: a sharing notice. */
  readonly callback: string
  /** `POST`: the user disconnects. */
  readonly disconnect: string
}

/**
 * The paths that follow from the callback address: `/pipedrive/callback` gives `/pipedrive/install` and
 * `/pipedrive/disconnect`; a callback of another name has them below it.
 */
export function oauthPaths(redirectUri: string): OAuthPaths {
  const callback = new URL(redirectUri).pathname
  const base = callback.endsWith('/callback')
    ? callback.slice(0, -'/callback'.length)
    : callback.replace(/\/$/, '')
  return { install: `${base}/install`, callback, disconnect: `${base}/disconnect` }
}
