import type { html } from 'hono/html'

/** Escaped HTML, as `html` makes it. */
export type Markup = ReturnType<typeof html>

/** Returns markup as text, for a part of a page. */
export async function rendered(markup: Markup): Promise<string> {
  return String(await markup)
}
