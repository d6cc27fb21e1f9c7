import type { InstallationDescription, InstallationId, ListedInstallation } from '@pd/oauth-core'
import { html } from 'hono/html'
import type { DealReading } from '../deal-readings.ts'
import type { Entry } from '../events/feed.ts'
import type { Playground } from '../playground.ts'
import { actionsCard, type DatedResult } from './actions-card.ts'
import { dealsCard } from './deals-card.ts'
import { eventsCard } from './events-card.ts'
import { layout } from './layout.ts'
import { machineCard } from './machine-card.ts'
import type { Markup } from './markup.ts'
import { people } from './people.ts'
import { stateOf, statusCard } from './status-card.ts'

/** What the page shows of an installation. */
export interface InstallationView {
  readonly description: InstallationDescription
  readonly deals: DealReading
  readonly result: DatedResult | undefined
}

/** Returns the page of a connected user. */
export function connectedPage(
  playground: Playground,
  { description, deals, result }: InstallationView,
  installations: readonly ListedInstallation[],
): Markup {
  const surroundings = surroundingsOf(playground)
  const entries = entriesFor(playground, description.id)
  const panelPage = playground.pipedrive.controls?.panelPage(description.id)
  return layout(
    frame(playground, description.account.userName ?? description.id),
    html`${people(installations, description.id)}
      <main data-installation="${description.id}">
        ${statusCard(description, surroundings)} ${machineCard(stateOf(description))}
        ${actionsCard(playground, description.id, result)}
        <div class="side">${dealsCard(description.id, deals, panelPage)} ${eventsCard(entries)}</div>
      </main>`,
  )
}

/** Returns the page of a visitor who is not connected. */
export function welcomePage(playground: Playground, installations: readonly ListedInstallation[]): Markup {
  const entries = entriesFor(playground, undefined)
  return layout(
    frame(playground, 'Welcome'),
    html`${installations.length > 0 ? people(installations, undefined) : ''}
      <main class="welcome">
        <section class="hero">
          <h1>Connect once. Every call carries a valid token.</h1>
          <p>
            Connect a user. Then let tokens expire, revoke them, or take Pipedrive down, and watch how the
            library keeps the connection alive.
          </p>
          <a class="button primary big" href="/pipedrive/install">Connect Pipedrive</a>
        </section>
        ${machineCard('not_installed')} ${entries.length > 0 ? eventsCard(entries) : ''}
      </main>`,
  )
}

export function surroundingsOf({ pipedrive: { clock, controls } }: Playground) {
  return { now: clock.now(), isOut: controls?.isOut ?? false }
}

/** Returns the events of all installations, or only those of one if strangers can reach the playground. */
function entriesFor({ feed, isPrivate }: Playground, id: InstallationId | undefined): readonly Entry[] {
  return isPrivate
    ? feed.entries
    : feed.entries.filter(({ event }) => 'installationId' in event && event.installationId === id)
}

function frame({ pipedrive: { clock, controls }, feed }: Playground, title: string) {
  return { title, clock, controls, seen: feed.count }
}
