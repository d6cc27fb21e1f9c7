import type { PipedriveOAuthError, PipedriveOAuthErrorCode } from '../errors.ts'

const titles: Partial<Record<PipedriveOAuthErrorCode, string>> = {
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
}

const explanations: Partial<Record<PipedriveOAuthErrorCode, string>> = {
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
}

/** A small page that says what happened and what to do, for a person. Consent cannot be framed: it opens in a new tab. */
export function errorPage(error: PipedriveOAuthError, install: string | undefined, framed = false): string {
  const title = titles[error.code] ?? 'Something went wrong'
  const text = explanations[error.code] ?? 'The connection to Pipedrive could not be completed.'
  const target = framed ? ' target="_blank" rel="noopener"' : ''
  const link = install === undefined ? '' : `<a href="${escapeHtml(install)}"${target}>Connect Pipedrive</a>`
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title}</title>
<style>
  body { margin: 0; min-height: 100vh; display: grid; place-items: center; background: #f5f6f7; color: #21232c;
    font: 16px/1.5 system-ui, sans-serif }
  main { max-width: 26rem; margin: 1rem; padding: 2rem; background: #fff; border-radius: 12px;
    box-shadow: 0 1px 3px #0002, 0 8px 32px #0001 }
  h1 { margin: 0 0 .5rem; font-size: 1.4rem }
  p { margin: 0 0 1.5rem }
  a { display: inline-block; padding: .6rem 1.1rem; border-radius: 8px; background: #017737; color: #fff;
    text-decoration: none }
  code { color: #6b7280; font-size: .8rem; display: block; margin-top: 1.5rem }
</style>
<main>
  <h1>${title}</h1>
  <p>${text}</p>
  ${link}
  <code>${error.code}</code>
</main>
</html>
`
}

function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`)
}
