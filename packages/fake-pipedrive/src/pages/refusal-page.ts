import { html } from 'hono/html'
import { page, type Markup } from './page.ts'

/** Returns the page for a refused request. `hint`: what to do, in small print. Default: none. */
export function refusalPage(title: string, reason: string, hint?: string): Markup {
  return page(
    title,
    html`<div class="card">
      <h1>${title}</h1>
      <p><bdi>${reason}</bdi></p>
      ${hint === undefined ? '' : html`<p class="soft small">${hint}</p>`}
    </div>`,
  )
}
