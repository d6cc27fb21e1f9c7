import { html } from 'hono/html'
import { eventSentence } from '../events/event-sentence.ts'
import type { Entry } from '../events/feed.ts'
import type { Markup } from './markup.ts'
import { clockTime } from './moments.ts'

/** Returns the card with the events of the library, newest first. */
export function eventsCard(entries: readonly Entry[]): Markup {
  return html`<section class="card" id="events" aria-labelledby="events-title">
    <h2 id="events-title">Events <span class="live" id="live">live</span></h2>
    <ol
      class="events"
      id="event-list"
      tabindex="0"
      aria-labelledby="events-title"
      aria-live="polite"
      aria-relevant="additions"
      reversed
    >
      ${entries.map(eventItem)}
    </ol>
    <p class="empty soft">Nothing has happened yet.</p>
  </section>`
}

export function eventItem({ event }: Entry): Markup {
  return html`<li class="${tones[event.type] ?? 'plain'}">
    <time datetime="${new Date(event.at).toISOString()}">${clockTime(event.at)}</time>
    <p>${eventSentence(event)}</p>
    <p class="soft">
      <code>${event.type}</code
      >${'installationId' in event ? html` <code>${event.installationId}</code>` : ''}
    </p>
  </li>`
}

const tones: Partial<Record<Entry['event']['type'], string>> = {
  installed: 'good',
  refreshed: 'good',
  save_recovered: 'good',
  refresh_failed: 'warning',
  refresh_contested: 'warning',
  served_without_store: 'warning',
  save_failed: 'warning',
  reauthorization_required: 'bad',
  untrusted_api_domain: 'bad',
}
