import type { KnownErrorCode, PipedriveOAuthError } from '../errors.ts'
import type { PageContent } from './page-response.ts'

const titles: { readonly [code: string]: string } & Partial<Record<KnownErrorCode, string>> = {
  access_denied: 'Not connected',
  attempt_expired: 'That took a little long',
  state_mismatch: 'This link was not started here',
  code_refused: 'This link has been used already',
  invalid_callback: 'This link is incomplete',
  store_unavailable: 'Please try again in a moment',
  token_endpoint_unavailable: 'Pipedrive is not answering',
  token_endpoint_timeout: 'Pipedrive is not answering',
  not_installed: 'Not connected yet',
  reauthorization_required: 'Please connect again',
  scopes_missing: 'More permissions are needed',
}

const explanations: { readonly [code: string]: string } & Partial<Record<KnownErrorCode, string>> = {
  access_denied: 'You cancelled on Pipedrive’s page. Nothing was changed.',
  attempt_expired: 'The page was open for too long. Start once more; it takes a few seconds.',
  state_mismatch: 'For your safety, a connection can only be finished in the browser that began it.',
  code_refused: 'Pipedrive’s confirmation works only once and for five minutes.',
  invalid_callback: 'Pipedrive’s answer did not arrive in full.',
  store_unavailable: 'We could not save the connection. Reload this page to try again.',
  token_endpoint_unavailable: 'Your connection is kept. Reload this page to try again.',
  token_endpoint_timeout: 'Your connection is kept. Reload this page to try again.',
  not_installed: 'Connect your Pipedrive account to go on.',
  reauthorization_required: 'Pipedrive ended this connection. Connect again to go on.',
  scopes_missing:
    'This page needs permissions that your connection to Pipedrive does not have yet. Connect again to grant them.',
}

/** What happened and what to do, for a person. `install`: where "Connect" leads. */
export function errorPage(error: PipedriveOAuthError, install: string | undefined): PageContent {
  return {
    title: titles[error.code] ?? 'Something went wrong',
    text: explanations[error.code] ?? 'The connection to Pipedrive could not be completed.',
    link: install === undefined ? undefined : { href: install, label: 'Connect Pipedrive' },
    code: error.code,
  }
}
