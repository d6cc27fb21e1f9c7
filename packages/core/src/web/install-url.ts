import type { PipedriveOAuth } from '../client/pipedrive-oauth.ts'
import type { WebPaths } from '../client/connect/web-paths.ts'

/**
 * Returns the install link on the host of `redirectUri`, so that the callback gets the attempt's cookie. `returnTo`:
 * where the user comes back to.
 */
export function installUrl(oauth: PipedriveOAuth, paths: WebPaths, returnTo: string | undefined): string {
  const install = new URL(paths.outside.install, oauth.redirectUri)
  if (returnTo !== undefined) install.searchParams.set('returnTo', returnTo)
  return install.href
}
