import { html } from 'hono/html'
import { page, type Markup } from './page.ts'

/** Returns the page for a refused authorization request, which must not be redirected. */
export function refusalPage(reason: string): Markup {
  return page(
    'Cannot install',
    html`<div class="card">
      <h1>This app cannot be installed</h1>
      <p>${reason}</p>
      <p class="soft small">
        You were not sent back, because the callback URL in the link may not belong to this app. Compare the
        link with the settings of the app.
      </p>
    </div>`,
  )
}
