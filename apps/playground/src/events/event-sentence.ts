import type { Account, OAuthEvent } from '@pd/oauth-core'
import { clockTime } from '../pages/moments.ts'

/** What happened, as one would say it. */
export function eventSentence(event: OAuthEvent): string {
  switch (event.type) {
    case 'installed':
      return `${nameOf(event.account)} connected ${event.firstTime ? 'for the first time' : 'again'}.`
    case 'refreshed':
      return `Tokens renewed. The access token is good until ${clockTime(event.expiresAt)}.`
    case 'refresh_failed':
      return (
        `A refresh failed (${event.code}), ${event.failures === 1 ? 'once so far' : `${event.failures} times in a row`}. ` +
        `Tokens are kept; the next attempt is due in ${seconds(event.retryAfterMs)}.`
      )
    case 'refresh_contested':
      return `A refresh was refused after a take-over. In doubt until ${clockTime(event.until)}, in case the other process still saves.`
    case 'reauthorization_required':
      return 'Pipedrive no longer honours the grant. The user has to connect again.'
    case 'uninstalled':
      return `${nameOf(event.account)} is uninstalled. The record is deleted.`
    case 'scopes_missing':
      return `The user has not granted ${event.scopes.join(', ')}.`
    case 'save_failed':
      return `New tokens could not be saved yet (${event.code}). They serve from memory meanwhile.`
    case 'save_recovered':
      return 'Tokens that could not be saved at first are saved now.'
    case 'served_without_store':
      return `The store did not answer (${event.code}). A valid token from memory was handed out.`
    case 'untrusted_api_domain':
      return `Pipedrive named ${event.apiDomain} as API domain. No token goes there; the previous one stays.`
    case 'uninstall_ignored':
      return 'An uninstall notice spoke of an earlier installation, or of none, and changed nothing.'
    case 'sharing_changed':
      return event.isShared
        ? 'The user shares the app with the company.'
        : 'The user no longer shares the app.'
    case 'client_secret_outdated':
      return 'The first client secret was rejected, and another one works.'
  }
}

function nameOf({ userName, userId, companyName, companyId }: Account): string {
  return `${userName ?? `User ${userId}`} of ${companyName ?? `company ${companyId}`}`
}

function seconds(ms: number): string {
  return `${Math.ceil(ms / 1_000)}\u00a0s`
}
