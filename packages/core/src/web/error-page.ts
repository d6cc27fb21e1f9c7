import type { PipedriveOAuthError } from '../errors.ts'
import { pageCodes, type codesOfPages } from './page-codes.ts'
import type { PageContent } from './page-response.ts'
import type { PageTexts } from './page-texts.ts'

type Texts = { readonly [code: string]: string } & Record<(typeof codesOfPages)[number], string>

const titles: Texts = {
  access_denied: 'Not connected',
  attempt_expired: 'This link has expired',
  state_mismatch: 'This link was not started here',
  code_refused: 'This link no longer works',
  invalid_callback: 'This link is incomplete',
  store_unavailable: 'Please try again in a moment',
  token_endpoint_unavailable: 'Pipedrive is not answering',
  token_endpoint_timeout: 'Pipedrive is not answering',
  api_unavailable: 'Pipedrive is not answering',
  not_installed: 'Not connected yet',
  new_tab: 'Connect Pipedrive',
  not_signed_in: 'Please sign in',
  extension_token_expired: 'Please reload this panel',
  bad_signature: 'Please reload this panel',
  link_expired: 'This link does not work any more',
  unexpected_account: 'Another account is signed in',
  reauthorization_required: 'Please connect again',
  scopes_missing: 'More permissions are needed',
}

const explanations: Texts = {
  access_denied: 'You cancelled on Pipedrive’s page. Nothing was changed.',
  attempt_expired: 'Pipedrive’s page was open for too long. Start again; it takes a few seconds.',
  state_mismatch:
    'For your safety, you can finish a connection only in the browser that started it. Start again here.',
  code_refused: 'Pipedrive’s confirmation works only once and for five minutes. Start again.',
  invalid_callback: 'Pipedrive’s answer is incomplete. Start again.',
  store_unavailable: 'We cannot read or save connections at the moment. Reload this page to try again.',
  token_endpoint_unavailable: 'Nothing is lost. Reload this page to try again.',
  token_endpoint_timeout: 'Nothing is lost. Reload this page to try again.',
  api_unavailable: 'Nothing is lost. Reload this page to try again.',
  link_expired: 'It has expired, or the account is connected again already.',
  unexpected_account:
    'Nothing was connected. Sign in to Pipedrive with the account that this link was made for, and open the link again.',
  not_installed: 'Connect your Pipedrive account to continue.',
  new_tab: 'Pipedrive asks for your consent in a new tab.',
  not_signed_in: 'Continue with your Pipedrive account. If it is connected already, it stays as it is.',
  extension_token_expired: 'It was open for too long. Reload this panel, or the whole page, to continue.',
  bad_signature:
    'Pipedrive’s word on who you are could not be checked. Reload this panel, or the whole page.',
  reauthorization_required: 'Pipedrive no longer accepts this connection. Connect again to continue.',
  scopes_missing:
    'This page needs permissions that your connection to Pipedrive does not have yet. Connect again to grant them.',
}

/** The codes after which another way through the consent page may help. After all others, the fault is not the user's. */
const connectHelps: ReadonlySet<string> = new Set([
  'access_denied',
  'attempt_expired',
  'state_mismatch',
  'code_refused',
  'invalid_callback',
  'link_expired',
  'not_installed',
  'not_signed_in',
  'reauthorization_required',
  'scopes_missing',
])

/**
 * Returns the page that leads out of a frame, to the consent page or to an address that leads there. `own`: the application's
 * texts. Default: none.
 */
export function connectPage(href: string, own: PageTexts = {}): PageContent {
  return { ...textOf('new_tab', own), link: linkTo(href, own) }
}

/**
 * Returns a page that tells a person what happened and what to do. `install`: the address of its "Connect" link, which it has
 * only if that may help. `own`: the application's texts. Default: none.
 */
export function errorPage(
  { code }: PipedriveOAuthError,
  install: string | undefined,
  own: PageTexts = {},
): PageContent {
  const link = install !== undefined && connectHelps.has(code) ? linkTo(install, own) : undefined
  return { ...textOf(code, own), link, code }
}

function textOf(code: string, own: PageTexts): Pick<PageContent, 'title' | 'text'> {
  const given = own[pageCodes.has(code) ? code : 'other']
  const { title, text } = typeof given === 'object' ? given : {}
  return {
    title: title ?? titles[code] ?? 'Something went wrong',
    text:
      text ??
      explanations[code] ??
      'This is not your fault. Please try again later. If it stays, tell the people who run this app the code below.',
  }
}

function linkTo(href: string, { connect = 'Connect Pipedrive' }: PageTexts): PageContent['link'] {
  return { href, label: connect }
}
