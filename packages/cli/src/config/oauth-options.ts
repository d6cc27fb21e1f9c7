import type { PipedriveOAuthOptions } from '@pd/oauth-core'
import type { Output } from '../output.ts'
import { ensureSecrets } from '../secrets/ensure-secrets.ts'
import { reportEvent } from '../report-event.ts'
import type { Settings } from './settings.ts'

/**
 * Returns the options of the client, without the store.
 * @throws {CliError} when a file with a secret cannot be used
 */
export function oauthOptions(
  settings: Settings,
  clientSecret: string | readonly string[],
  output: Output,
): PipedriveOAuthOptions {
  const { clientId = '', redirectUri, scopes, endpoints, secrets } = settings
  const { oauth, api } = endpoints
  return {
    clientId,
    clientSecret,
    redirectUri,
    scopes,
    endpoints: { ...(oauth === undefined ? {} : { oauth }), ...(api === undefined ? {} : { api }) },
    secrets: 'path' in secrets ? ensureSecrets(secrets, output) : secrets,
    onEvent: (event) => reportEvent(event, output),
    // Each command prints its error itself, and reportEvent prints what happens in the background.
    logger: false,
  }
}
