import type { HistoryEntry } from '@pd/oauth-core'
import { instantText } from '../show/instant-text.ts'

/** Returns an entry of the history as a sentence for a person. `isFirst`: no entry stands before it. */
export function historySentence({ kind, count, firstAt }: HistoryEntry, isFirst = true): string {
  if (kind === 'installed' && !isFirst) return 'The user gave consent again.'
  return sentences[kind](count === 1 ? '' : ` ${count} times since ${instantText(firstAt)}`)
}

/** The sentence of each kind. `times` says how often it happened, for a run of equal entries. */
const sentences: Readonly<Record<HistoryEntry['kind'], (times: string) => string>> = {
  installed: () => 'The user gave consent.',
  adopted: () => 'Tokens obtained elsewhere were adopted.',
  refreshed: (times) => `The tokens were refreshed${times}.`,
  rival_token_adopted: () => 'A newer token of a process that did not hold the lease was adopted.',
  lease_taken_over: () => 'A process did not finish its refresh in time, and another process took it over.',
  refresh_contested: () =>
    'Pipedrive refused the refresh token after the take-over. The first process could still save a newer one.',
  reauthorization_required: () => 'Pipedrive refused the grant.',
  access_token_revoked: () => 'The application revoked the access token.',
  sessions_ended: () => 'The application signed the user out in every browser.',
  reference_changed: () => 'The application’s own name of the installation changed.',
  token_endpoint_unavailable: (times) =>
    failed(times, 'Pipedrive’s token endpoint was temporarily unavailable'),
  token_endpoint_timeout: (times) => failed(times, 'Pipedrive’s token endpoint did not answer in time'),
  malformed_response: (times) => failed(times, 'Pipedrive’s token endpoint gave an unusable answer'),
  request_rejected: (times) => failed(times, 'Pipedrive rejected the form of the token request'),
  client_rejected: (times) => failed(times, 'Pipedrive rejected the client id or the client secret'),
}

function failed(times: string, reason: string): string {
  return `A refresh failed${times}: ${reason}. The tokens were kept.`
}
