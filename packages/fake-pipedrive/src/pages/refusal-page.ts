import { html } from 'hono/html'
import { page, type Markup } from './page.ts'

/** The page for a request that must not be redirected anywhere. */
export function refusalPage(reason: string): Markup {
  return page(
    'Cannot install',
    html`<div class="card">
      <h1>This app cannot be installed</h1>
      <p>${reason}</p>
      <p class="soft small">
        Nobody is sent back to a callback URL that may not be the app's own. Compare the link with the
        settings.
      </p>
    </div>`,
  )
}
