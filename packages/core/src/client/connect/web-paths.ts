/** The paths of the web flow. */
export interface OAuthPaths {
  /** `GET`: the user starts to connect. */
  readonly install: string
  /** `GET`: the user comes back. `DELETE`: an uninstall notice. `POST`: a sharing notice. */
  readonly callback: string
  /** `POST`: the user disconnects. */
  readonly disconnect: string
  /** `POST`: the user signs out of this browser; with `?everywhere` of every browser. */
  readonly logout: string
}

/** The paths inside the application and the public ones outside. They differ behind a proxy that changes paths. */
export interface WebPaths {
  readonly inside: OAuthPaths
  readonly outside: OAuthPaths
  /** Returns the public path for a path of the application. */
  outsideOf(path: string): string
}

/**
 * Returns the paths that follow from the callback address: `/pipedrive/callback` gives `/pipedrive/install`,
 * `/pipedrive/disconnect` and `/pipedrive/logout`; `/pipedrive`, without `/callback` at its end, gives the same three.
 */
export function oauthPaths(redirectUri: string): OAuthPaths {
  const callback = new URL(redirectUri).pathname
  const base = baseOf(callback)
  return { install: `${base}/install`, callback, disconnect: `${base}/disconnect`, logout: `${base}/logout` }
}

/**
 * Returns the paths inside and outside of the application. `path`: where the routes are inside. Undefined: as in
 * `redirectUri`.
 */
export function webPaths(redirectUri: string, path: string | undefined): WebPaths {
  const outside = oauthPaths(redirectUri)
  if (path === undefined) return { inside: outside, outside, outsideOf: (own) => own }
  const publicBase = baseOf(outside.callback)
  // As the address of a request has it: without dots, and with everything but ASCII escaped.
  const ownBase = withoutEndSlashes(new URL(path, redirectUri).pathname)
  const moved = (seen: string) => ownBase + seen.slice(publicBase.length)
  const [publicPrefix, ownPrefix] = withoutCommonEnd(publicBase, ownBase)
  return {
    inside: {
      install: moved(outside.install),
      callback: moved(outside.callback),
      disconnect: moved(outside.disconnect),
      logout: moved(outside.logout),
    },
    outside,
    outsideOf: (own) =>
      ownPrefix === '' || own === ownPrefix || own.startsWith(`${ownPrefix}/`)
        ? publicPrefix + own.slice(ownPrefix.length)
        : own,
  }
}

function withoutEndSlashes(path: string): string {
  return path.endsWith('/') ? withoutEndSlashes(path.slice(0, -1)) : path
}

function baseOf(callback: string): string {
  return callback.endsWith('/callback') ? callback.slice(0, -'/callback'.length) : callback.replace(/\/$/, '')
}

/**
 * Returns the two path prefixes that a proxy exchanges: both paths without the segments that they share at their ends.
 */
function withoutCommonEnd(left: string, right: string): [string, string] {
  const [lefts, rights] = [left.split('/'), right.split('/')]
  while (lefts.length > 1 && rights.length > 1 && lefts.at(-1) === rights.at(-1)) {
    lefts.pop()
    rights.pop()
  }
  return [lefts.join('/'), rights.join('/')]
}
