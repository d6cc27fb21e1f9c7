import type { OAuthEvent } from '@pd/oauth-core'
import type { Output } from './output.ts'

/** Prints the events that a user should know. All others already show in results and errors. */
export function reportEvent(event: OAuthEvent, output: Output): void {
  switch (event.type) {
    case 'client_secret_outdated':
      return output.warning(
        'Pipedrive rejected the first client secret and accepted another one. Put the accepted one first.',
      )
    case 'store_endangered':
      for (const { status, found, fix } of event.findings)
        if (status === 'problem') output.warning(`${found} ${fix}`)
      return
    case 'save_failed':
      return output.warning(`The new tokens of ${event.installationId} are not saved yet. Trying again.`)
    case 'save_recovered':
      return output.message(`The tokens of ${event.installationId} are saved now.`)
    case 'served_without_store':
      return output.warning(
        `The store could not be read, so a token of ${event.installationId} from memory was used.`,
      )
    case 'untrusted_api_domain':
      return output.warning(`Pipedrive named an API host that must not receive tokens: ${event.apiDomain}`)
    case 'scopes_missing':
      return output.warning(
        `${event.installationId} has not granted these scopes: ${event.scopes.join(', ')}`,
      )
    default:
  }
}
