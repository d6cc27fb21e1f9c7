import type { PipedriveOAuth } from '../client/pipedrive-oauth.ts'
import type { WebPaths } from './web-paths.ts'

/** Returns the install link, on the host where the callback will find its cookie. It brings the user back to `returnTo`. */
export function installUrl(oauth: PipedriveOAuth, paths: WebPaths, returnTo: string | undefined): string {
  const install = new URL(paths.outside.install, oauth.redirectUri)
  if (returnTo !== undefined) install.searchParams.set('returnTo', returnTo)
  return install.href
}
