import type { html } from 'hono/html'

/** Escaped HTML, as `html` makes it. */
export type Markup = ReturnType<typeof html>

/** Markup as text, for what is not a whole page. */
export async function rendered(markup: Markup): Promise<string> {
  return String(await markup)
}
