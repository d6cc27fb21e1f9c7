import { html } from 'hono/html'
import type { Playground } from '../playground.ts'
import { layout } from './layout.ts'
import type { Markup } from './markup.ts'

/** Returns an error page with one sentence. */
export function plainPage(
  { pipedrive: { clock, controls }, feed }: Playground,
  title: string,
  sentence: string,
): Markup {
  return layout(
    { title, clock, controls, seen: feed.count },
    html`<main class="plain-page">
      <section class="card">
        <h1>${title}</h1>
        <p>${sentence}</p>
        <a class="button" href="/">To the playground</a>
      </section>
    </main>`,
  )
}
