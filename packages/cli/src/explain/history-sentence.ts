import type { HistoryEntry } from '@pd/oauth-core'
import { instantText } from '../show/instant-text.ts'

type Kind = HistoryEntry['kind']

/** Returns an entry of the history as a sentence for a person. */
export function historySentence({ kind, count, firstAt }: HistoryEntry): string {
  if (kind === 'refreshed') return `The tokens were refreshed${repeated(count, firstAt)}.`
  const reason = failureReasons[kind]
  return reason === undefined
    ? (sentences[kind] ?? `${kind}.`)
    : `A refresh failed${repeated(count, firstAt)}: ${reason}. The tokens were kept.`
}

/** Returns how often something happened, for a run of equal entries. */
function repeated(count: number, firstAt: number): string {
  return count === 1 ? '' : ` ${count} times since ${instantText(firstAt)}`
}

const failureReasons: Partial<Record<Kind, string>> = {
  token_endpoint_unavailable: 'Pipedrive’s token endpoint was temporarily unavailable',
  token_endpoint_timeout: 'Pipedrive’s token endpoint did not answer in time',
  malformed_response: 'Pipedrive’s token endpoint gave an unusable answer',
  request_rejected: 'Pipedrive rejected the form of the token request',
  client_rejected: 'Pipedrive rejected the client id or the client secret',
}

const sentences: Partial<Record<Kind, string>> = {
  installed: 'The user gave consent.',
  adopted: 'Tokens obtained elsewhere were adopted.',
  rival_token_adopted: 'A newer token of a process that did not hold the lease was adopted.',
  lease_taken_over: 'A process did not finish its refresh in time, and another process took it over.',
  refresh_contested:
    'Pipedrive refused the refresh token after the take-over. The first process could still save a newer one.',
  reauthorization_required: 'Pipedrive refused the grant.',
  access_token_revoked: 'The application revoked the access token.',
  sessions_ended: 'The application signed the user out in every browser.',
  reference_changed: 'The application’s own name of the installation changed.',
}
