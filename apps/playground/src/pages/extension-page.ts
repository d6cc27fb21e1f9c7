import { createHash } from 'node:crypto'
import type { InstallationId } from '@pd/oauth-core'
import { html, raw } from 'hono/html'
import type { Deal, DealReading } from '../deal-readings.ts'
import { extensionReturnPath } from '../extension-paths.ts'
import type { Playground } from '../playground.ts'
import { amount, dealDot } from './deals-card.ts'
import { named, type Markup } from './markup.ts'
import { clockTime } from './moments.ts'
import { stylesheet } from './stylesheet.ts'

/** Returns the panel that Pipedrive frames beside a deal: this user's deals, or a button to connect. */
export function extensionPage(inside: Markup, isKnown: boolean): Markup {
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <title>Deals · Pipedrive OAuth playground</title>
        <link rel="icon" href="data:," />
        ${raw(`<style>${stylesheet}</style>`)}
      </head>
      <body class="panel">
        <main id="panel" aria-live="polite">${inside}</main>
        ${isKnown ? raw(`<script>${script}</script>`) : ''}
      </body>
    </html>`
}

/** Returns the policy that lets only Pipedrive, or the fake, frame the panel. */
export function extensionSecurityPolicy({ oauth }: Playground): string {
  return [
    "default-src 'none'",
    `style-src '${hashOf(stylesheet)}'`,
    `script-src '${hashOf(script)}'`,
    "connect-src 'self'",
    'img-src data:',
    "base-uri 'none'",
    "form-action 'none'",
    `frame-ancestors ${oauth.frameAncestors.join(' ')}`,
  ].join('; ')
}

/**
 * Returns the content of the panel for a user.
 * @param reads whether to read the deals again. Default: false, show the latest reading if there is one.
 */
export async function extensionInside(
  { oauth, deals }: Playground,
  id: InstallationId,
  reads = false,
): Promise<Markup> {
  const installation = oauth.installation(id)
  if ((await installation.describe()) === undefined) return invitation
  const last = reads ? undefined : deals.last(id)
  const reading = last ?? (await deals.read(id))
  // Described again, because the reading may have found that the grant has ended.
  const description = await installation.describe()
  if (description === undefined) return invitation
  if (description.status === 'reauthorization_required') return anotherInvitation
  return dealList(reading, description.account.userName ?? id)
}

/** The content for a visitor without a valid signed token. */
export const unknownInside: Markup = html`<section class="invitation">
  <h1>Please open this panel in Pipedrive</h1>
  <p>
    The panel needs a signed token from Pipedrive to know which user is looking. The token is missing, invalid
    or expired.
  </p>
  <p>If you are in Pipedrive, reload the page there.</p>
</section>`

const connect = (label: string) =>
  // Opens in the top window, because consent pages cannot be framed and a framed page has no cookies.
  html`<a
    class="button primary"
    href="/pipedrive/install?returnTo=${encodeURIComponent(extensionReturnPath)}"
    target="_top"
    >${label}</a
  >`

const invitation: Markup = html`<section class="invitation">
  <h1>Your deals, right here</h1>
  <p>Connect your Pipedrive account once. This panel then shows the deals that you own.</p>
  ${connect('Connect Pipedrive')}
</section>`

const anotherInvitation: Markup = html`<section class="invitation">
  <h1>Please connect again</h1>
  <p>Pipedrive no longer accepts this connection. One click connects you again.</p>
  ${connect('Connect again')}
</section>`

function dealList({ deals, failure, readAt }: DealReading, name: string): Markup {
  const open = deals.filter(({ status }) => status === 'open')
  return html`<header class="row">
      <div>
        <h1>Deals of ${named(name)}</h1>
        <p class="soft">${deals.length} in all, ${open.length} open</p>
      </div>
      <span class="pill good">Connected</span>
    </header>
    ${failure === undefined ? '' : html`<p class="notice bad">${failure.sentence} <code>${failure.code}</code></p>`}
    <ul class="deals">
      ${deals.map(dealItem)}
    </ul>
    ${readAt === undefined ? '' : html`<p class="soft">Read at ${clockTime(readAt)}</p>`}`
}

function dealItem(deal: Deal): Markup {
  return html`<li>
    <span>${named(deal.title)}<small class="dot ${dealDot(deal)}">${deal.status}</small></span>
    <strong>${amount(deal)}</strong>
  </li>`
}

/** Updates the panel when the user connects or disconnects anywhere. The token in the address identifies the user. */
const script = `
const feed = new EventSource('/extension/events' + location.search)
feed.addEventListener('panel', ({ data }) => {
  document.querySelector('#panel').innerHTML = data
})
`

function hashOf(text: string): string {
  return `sha256-${createHash('sha256').update(text).digest('base64')}`
}
