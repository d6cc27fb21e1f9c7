import { html, raw } from 'hono/html'
import { stylesheet } from './stylesheet.ts'

/** Escaped HTML, as `html` makes it. */
export type Markup = ReturnType<typeof html>

/** Returns a whole page with a banner that says it is not the real Pipedrive. */
export function page(title: string, body: Markup, width = '480px'): Markup {
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="robots" content="noindex" />
        <title>${title} · Fake Pipedrive</title>
        <link rel="icon" href="data:," />
        <style>
          ${raw(stylesheet)}
        </style>
      </head>
      <body style="--width: ${width}">
        <div class="banner"><strong>Fake Pipedrive</strong> · for tests and demos. Nothing here is real.</div>
        <main>${body}</main>
      </body>
    </html>`
}
