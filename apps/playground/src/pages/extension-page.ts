import { createHash } from 'node:crypto'
import type { InstallationId } from '@pd/oauth-core'
import { html, raw } from 'hono/html'
import type { Deal, DealReading } from '../deal-readings.ts'
import type { Playground } from '../playground.ts'
import { amount, dealDot } from './deals-card.ts'
import type { Markup } from './markup.ts'
import { clockTime } from './moments.ts'
import { stylesheet } from './stylesheet.ts'

/** Where a user who connects from the panel comes back to. */
export const extensionReturnPath = '/extension/return'

/** The panel that Pipedrive shows beside a deal, in a frame: this user's deals, or the way to connect. */
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

/** Who may frame the panel: Pipedrive, or the fake in its place. */
export function extensionSecurityPolicy({ pipedrive: { stage } }: Playground): string {
  return [
    "default-src 'none'",
    `style-src '${hashOf(stylesheet)}'`,
    `script-src '${hashOf(script)}'`,
    "connect-src 'self'",
    'img-src data:',
    "base-uri 'none'",
    "form-action 'none'",
    `frame-ancestors ${stage === undefined ? 'https://*.pipedrive.com' : stage.origin}`,
  ].join('; ')
}

/** How it stands with this user. `reads`: whether the deals are read anew, rather than shown as they were read last. */
export async function extensionInside(
  { oauth, deals }: Playground,
  id: InstallationId,
  reads = false,
): Promise<Markup> {
  const installation = oauth.installation(id)
  if ((await installation.describe()) === undefined) return invitation
  const last = reads ? undefined : deals.last(id)
  const reading = last ?? (await deals.read(id))
  // Reading may have found out that the grant is over.
  const description = await installation.describe()
  if (description === undefined) return invitation
  if (description.status === 'reauthorization_required') return anotherInvitation
  return dealList(reading, description.account.userName ?? id)
}

/** What is shown to nobody in particular. */
export const unknownInside: Markup = html`<section class="invitation">
  <h1>Who is looking?</h1>
  <p>This page is a panel inside Pipedrive, whose signed word on who is looking is missing or too old.</p>
  <p>Reload the page in Pipedrive.</p>
</section>`

const connect = (label: string) =>
  // Out of the frame: consent pages cannot be framed, and cookies of a framed page are blocked.
  html`<a
    class="button primary"
    href="/pipedrive/install?returnTo=${encodeURIComponent(extensionReturnPath)}"
    target="_top"
    >${label}</a
  >`

const invitation: Markup = html`<section class="invitation">
  <h1>Your deals, right here</h1>
  <p>Connect your Pipedrive account once, and this panel shows the deals that are yours.</p>
  ${connect('Connect Pipedrive')}
</section>`

const anotherInvitation: Markup = html`<section class="invitation">
  <h1>Please connect again</h1>
  <p>Pipedrive has ended this connection. It takes one click to renew it.</p>
  ${connect('Connect again')}
</section>`

function dealList({ deals, failure, readAt }: DealReading, name: string): Markup {
  const open = deals.filter(({ status }) => status === 'open')
  return html`<header class="row">
      <div>
        <h1>Deals of ${name}</h1>
        <p class="soft">${deals.length} in all, ${open.length} open</p>
      </div>
      <span class="pill good">Connected</span>
    </header>
    ${failure === undefined ? '' : html`<p class="notice bad">${failure.sentence} <code>${failure.code}</code></p>`}
    <ul class="deals">
      ${deals.map(dealItem)}
    </ul>
    <p class="soft">Read at ${clockTime(readAt)}</p>`
}

function dealItem(deal: Deal): Markup {
  return html`<li>
    <span>${deal.title}<small class="dot ${dealDot(deal)}">${deal.status}</small></span>
    <strong>${amount(deal)}</strong>
  </li>`
}

/** Hears of a connection or its end, wherever that happens. The signed word in the address says who listens. */
const script = `
const feed = new EventSource('/extension/events' + location.search)
feed.addEventListener('panel', ({ data }) => {
  document.querySelector('#panel').innerHTML = data
})
`

function hashOf(text: string): string {
  return `sha256-${createHash('sha256').update(text).digest('base64')}`
}
