import type { OAuthEvent } from '@pd/oauth-core'
import type { Output } from './output.ts'

/** Tells the user what concerns him of what happens on the way; the rest shows in results and errors. */
export function reportEvent(event: OAuthEvent, output: Output): void {
  switch (event.type) {
    case 'client_secret_outdated':
      return output.warning(
        'Pipedrive rejected the first client secret; another one works. Put that one first.',
      )
    case 'save_failed':
      return output.warning(`New tokens of ${event.installationId} could not be saved yet; trying again.`)
    case 'save_recovered':
      return output.message(`The tokens of ${event.installationId} are saved now.`)
    case 'served_without_store':
      return output.warning(
        `The store could not be read; a token of ${event.installationId} in memory was used.`,
      )
    case 'untrusted_api_domain':
      return output.warning(`Pipedrive named an API host that tokens must not go to: ${event.apiDomain}`)
    case 'scopes_missing':
      return output.warning(`${event.installationId} has not granted: ${event.scopes.join(', ')}`)
    default:
  }
}
