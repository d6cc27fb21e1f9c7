import { createHash } from 'node:crypto'
import { html, raw } from 'hono/html'
import { isolated, type Markup } from './markup.ts'
import { script } from './script.ts'
import { stylesheet } from './stylesheet.ts'
import type { MovableClock } from '../clock.ts'
import { anHourMs, type FakeControls } from '../fake-controls.ts'
import { clockTime } from './moments.ts'

/** What the frame of every page shows. */
export interface Frame {
  readonly title: string
  readonly clock: MovableClock
  readonly controls: FakeControls | undefined
  /** The number of the newest event that the page shows. Its event stream continues from there. */
  readonly seen: number
}

/** Returns a whole page with its style and its script inside, and nothing from elsewhere. */
export function layout({ title, clock, controls, seen }: Frame, body: Markup): Markup {
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="robots" content="noindex" />
        <meta name="color-scheme" content="light dark" />
        <title>${isolated(title)} · Pipedrive OAuth playground</title>
        <link rel="icon" href="${logoUrl}" />
        ${raw(`<style>${stylesheet}</style>`)}
      </head>
      <body data-now="${clock.now()}" data-feed="/events?seen=${seen}">
        <header class="top">
          <a class="brand" href="/"
            >${raw(logo)}<span>Pipedrive OAuth <em>playground</em></span></a
          >
          <p id="time" class="soft">${timeNote(clock)}</p>
          ${controls === undefined ? html`<span class="pill plain">Real Pipedrive</span>` : html`<a class="pill plain" href="${controls.origin}/" target="_blank" rel="noreferrer">Fake Pipedrive <span aria-label="(opens a new tab)">↗</span></a>`}
        </header>
        ${body} ${raw(`<script>${script}</script>`)}
      </body>
    </html>`
}

/** Allows a page to use only the style and the script inside it. */
export const contentSecurityPolicy = [
  "default-src 'none'",
  `style-src '${hashOf(stylesheet)}'`,
  `script-src '${hashOf(script)}'`,
  "connect-src 'self'",
  'img-src data:',
  "form-action 'self'",
  "base-uri 'none'",
  "frame-ancestors 'none'",
].join('; ')

/** Returns a note if the playground's clock is ahead of the machine's. */
export function timeNote(clock: MovableClock): Markup {
  if (clock.aheadMs === 0) return html``
  return html`Playground time <time>${clockTime(clock.now())}</time>, ${hours(clock.aheadMs)} ahead`
}

function hashOf(text: string): string {
  return `sha256-${createHash('sha256').update(text).digest('base64')}`
}

function hours(ms: number): string {
  const count = Math.round(ms / anHourMs)
  return count === 1 ? 'an hour' : `${count} hours`
}

const logo = `<svg viewBox="0 0 32 32" width="28" height="28" aria-hidden="true"><rect width="32" height="32" rx="9" fill="#0a6b43"/><g fill="none" stroke="#fff" stroke-width="2.6" stroke-linecap="round" stroke-linejoin="round"><path d="M24 16a8 8 0 0 1-14.3 4.9M8 16a8 8 0 0 1 14.3-4.9"/><path d="M22.8 6.6v4.8H18M9.2 25.4v-4.8H14"/></g></svg>`
/** The logo, as an address. */
export const logoUrl = `data:image/svg+xml,${encodeURIComponent(logo.replace('<svg ', '<svg xmlns="http://www.w3.org/2000/svg" '))}`
