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

/** What there is to see of the installation that is looked at. */
export interface Sight {
  readonly description: InstallationDescription
  readonly deals: DealReading
  readonly result: DatedResult | undefined
}

/** The page of a connected user. */
export function connectedPage(
  playground: Playground,
  { description, deals, result }: Sight,
  installations: readonly ListedInstallation[],
): Markup {
  const surroundings = surroundingsOf(playground)
  const entries = entriesFor(playground, description.id)
  const panelPage = playground.pipedrive.stage?.panelPage(description.id)
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

/** The page of someone who is not connected. */
export function welcomePage(playground: Playground, installations: readonly ListedInstallation[]): Markup {
  const entries = entriesFor(playground, undefined)
  return layout(
    frame(playground, 'Welcome'),
    html`${installations.length > 0 ? people(installations, undefined) : ''}
      <main class="welcome">
        <section class="hero">
          <h1>Connect once. Every call carries a valid token.</h1>
          <p>
            Connect a Pipedrive user, then let tokens expire, die and get lost, and watch what the library
            makes of it.
          </p>
          <a class="button primary big" href="/pipedrive/install">Connect Pipedrive</a>
        </section>
        ${machineCard('not_installed')} ${entries.length > 0 ? eventsCard(entries) : ''}
      </main>`,
  )
}

export function surroundingsOf({ pipedrive: { clock, stage } }: Playground) {
  return { now: clock.now(), isOut: stage?.isOut ?? false }
}

/** Everybody's events, or one's own where strangers may look. */
function entriesFor({ feed, isPrivate }: Playground, id: InstallationId | undefined): readonly Entry[] {
  return isPrivate
    ? feed.entries
    : feed.entries.filter(({ event }) => 'installationId' in event && event.installationId === id)
}

function frame({ pipedrive: { clock, stage }, feed }: Playground, title: string) {
  return { title, clock, stage, seen: feed.count }
}
