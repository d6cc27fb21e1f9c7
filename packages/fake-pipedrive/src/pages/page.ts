import { html, raw } from 'hono/html'
import { stylesheet } from './stylesheet.ts'

/** Escaped HTML, as `html` makes it. */
export type Markup = ReturnType<typeof html>

/** Returns a whole page with a banner that says it is not the real Pipedrive. */
export function page(title: string, body: Markup, width: 'narrow' | 'wide' | 'widest' = 'narrow'): Markup {
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <meta name="robots" content="noindex" />
        <title>${isolated(title)} · Fake Pipedrive</title>
        <link rel="icon" href="data:," />
        ${raw(`<style>${stylesheet}</style>`)}
      </head>
      <body class="${width}">
        <header class="banner">
          <p><strong>Fake Pipedrive</strong> · for tests and demos. Nothing here is real.</p>
        </header>
        <main>${body}</main>
      </body>
    </html>`
}

/** Returns a name as an element of its own direction, so that it cannot mirror or reorder the text around it. */
export const named = (name: string): Markup => html`<bdi>${name}</bdi>`

/** Returns a name between isolating characters, for titles, attributes and options, which hold text only. */
export const isolated = (name: string): string => `\u2068${name}\u2069`
