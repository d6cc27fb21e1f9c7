import { html } from 'hono/html'

/** Escaped HTML, as `html` makes it. */
export type Markup = ReturnType<typeof html>

/** Returns markup as text, for a part of a page. */
export async function rendered(markup: Markup): Promise<string> {
  return String(await markup)
}

/** Returns a name as an element of its own direction, so that it cannot mirror or reorder the text around it. */
export const named = (name: string): Markup => html`<bdi>${name}</bdi>`

/** Returns a name between isolating characters, for titles and attributes, which hold text only. */
export const isolated = (name: string): string => `\u2068${name}\u2069`
