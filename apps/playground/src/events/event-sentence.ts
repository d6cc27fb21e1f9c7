import type { Account, OAuthEvent } from '@pd/oauth-core'
import { isolated } from '../pages/markup.ts'
import { clockTime } from '../pages/moments.ts'

/** Returns an event as a sentence for a person. */
export function eventSentence(event: OAuthEvent): string {
  switch (event.type) {
    case 'installed':
      return `${nameOf(event.account)} connected ${event.firstTime ? 'for the first time' : 'again'}.`
    case 'refreshed':
      return `The tokens were refreshed. The access token is valid until ${clockTime(event.expiresAt)}.`
    case 'refresh_failed':
      return (
        `A refresh failed with ${event.code}, ${event.failures === 1 ? 'for the first time' : `${event.failures} times in a row`}. ` +
        `The tokens are kept. The library can refresh again in ${seconds(event.retryAfterMs)}.`
      )
    case 'refresh_contested':
      return `A refresh was refused after a take-over. Until ${clockTime(event.until)} the other process may still save its tokens.`
    case 'reauthorization_required':
      return 'Pipedrive refused the grant. The user has to connect again.'
    case 'reference_changed':
      return event.previous === undefined
        ? `The installation belongs to ${isolated(event.reference)} of this application.`
        : `The installation belongs to ${isolated(event.reference)} of this application, no longer to ${isolated(event.previous)}.`
    case 'uninstalled':
      return event.by === 'user'
        ? `${nameOf(event.account)} uninstalled the app at Pipedrive. The record is deleted.`
        : `This application ended the installation of ${nameOf(event.account)}. The record is deleted.`
    case 'forgotten':
      return event.by === 'app'
        ? `The record of ${nameOf(event.account)} is deleted. The app stays installed at Pipedrive.`
        : `The record of ${nameOf(event.account)} is deleted, because Pipedrive refused its grant long ago.`
    case 'scopes_missing':
      return `The user has not granted ${event.scopes.join(', ')}.`
    case 'save_failed':
      return `New tokens are not saved yet (${event.code}). Until then they are used from memory.`
    case 'save_recovered':
      return 'The new tokens are saved now.'
    case 'served_without_store':
      return `The store did not answer (${event.code}), so a valid token from memory was used.`
    case 'untrusted_api_domain':
      return `Pipedrive named ${isolated(event.apiDomain)} as API domain. The library does not trust it and keeps the previous one.`
    case 'uninstall_ignored':
      return 'An uninstall notice was ignored: it is about an earlier installation, or about none that is stored.'
    case 'sharing_changed':
      return event.isShared
        ? 'Pipedrive reports that the app is shared.'
        : 'Pipedrive reports that the app is no longer shared.'
    case 'consent_started':
      return 'A user was sent to the consent page.'
    case 'consent_failed':
      return `A user came back and is not connected: ${event.code}.`
    case 'refresh_started':
      return 'A refresh has begun.'
    case 'refresh_discarded':
      return 'The outcome of a refresh came too late and changed nothing.'
    case 'rival_token_adopted':
      return `A newer token of another process was adopted. It is valid until ${clockTime(event.expiresAt)}.`
    case 'lease_taken_over':
      return `A process did not finish its refresh by ${clockTime(event.leaseEndedAt)}, so this one refreshes.`
    case 'waited':
      return `A caller waited ${seconds(event.durationMs)} for a refresh of another process.`
    case 'store_failed':
      return `The store failed in ${event.operation}() (${event.code}).`
    case 'api_response':
      return `${event.method} ${event.path}: ${event.status ?? 'no answer'}, after ${event.durationMs}\u00a0ms.`
    case 'rate_limited':
      return `Pipedrive’s ${event.limit} limit is used up. It resets in ${seconds(event.resetMs)}.`
    case 'kept_alive':
      return `A keep-alive run refreshed ${event.refreshed} installations; ${event.failed} failed.`
    case 'request_refused':
      return `${event.method} ${event.route} was answered with ${event.status} (${event.code}).`
    case 'client_secret_outdated':
      return 'Pipedrive rejected the first client secret and accepted another one.'
    case 'watch_lost':
      return `The store does not tell of changes any more: ${event.code}.`
    case 'watch_restored':
      return 'The store tells of changes again.'
    case 'store_endangered':
      return event.findings.map(({ found, fix }) => `${found} ${fix}`).join(' ')
  }
}

function nameOf({ userName, userId, companyName, companyId }: Account): string {
  return `${isolated(userName ?? `User ${userId}`)} of ${isolated(companyName ?? `company ${companyId}`)}`
}

function seconds(ms: number): string {
  return `${Math.ceil(ms / 1_000)}\u00a0s`
}
