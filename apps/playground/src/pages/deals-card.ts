import type { InstallationId } from '@pd/oauth-core'
import { html } from 'hono/html'
import type { Deal, DealReading } from '../deal-readings.ts'
import { actionForm } from './actions-card.ts'
import { named, type Markup } from './markup.ts'
import { clockTime, date } from './moments.ts'

/** Returns the card with the deals of the connected user, as they were read last. */
export function dealsCard(id: InstallationId, reading: DealReading, panelPage?: string): Markup {
  const { readAt, deals, failure } = reading
  return html`<section class="card" id="deals" aria-labelledby="deals-title" data-needs-installation>
    <header class="row">
      <div>
        <h2 id="deals-title">Deals</h2>
        <p class="soft">
          ${
            readAt === undefined
              ? 'Not read yet'
              : html`Read with <code>installation.api</code> at ${clockTime(readAt)}`
          }
        </p>
      </div>
      <div class="buttons">
        ${
          panelPage === undefined
            ? ''
            : html`<a class="button quiet" href="${panelPage}" target="_blank" rel="noreferrer"
                >Show as panel <span aria-label="(opens a new tab)">↗</span></a
              >`
        }
        ${actionForm('read-deals', id)}
      </div>
    </header>
    ${
      failure === undefined
        ? ''
        : html`<p class="notice bad">
            ${failure.sentence} ${deals.length > 0 ? 'The deals below were read earlier.' : ''}
            <code>${failure.code}</code>
          </p>`
    }
    ${deals.length > 0 ? table(deals) : failure ? '' : html`<p class="soft">This user has no deals.</p>`}
  </section>`
}

function table(deals: readonly Deal[]): Markup {
  return html`<div class="scroll" role="region" aria-label="Table of deals" tabindex="0">
    <table>
      <thead>
        <tr>
          <th scope="col">Deal</th>
          <th scope="col">Status</th>
          <th scope="col">Expected close</th>
          <th scope="col" class="number">Value</th>
        </tr>
      </thead>
      <tbody>
        ${deals.map(
          (deal) =>
            html`<tr>
              <td>${named(deal.title)}</td>
              <td><span class="dot ${dealDot(deal)}">${deal.status}</span></td>
              <td>${day(deal.expected_close_date)}</td>
              <td class="number">${amount(deal)}</td>
            </tr>`,
        )}
      </tbody>
    </table>
  </div>`
}

const dots: Record<string, string> = { open: 'busy', won: 'good', lost: 'bad' }

/** Returns the class for the colour of a deal's status. */
export const dealDot = ({ status }: Deal): string => dots[status] ?? ''

function day(text: string | null): string {
  const at = Date.parse(text ?? '')
  return Number.isNaN(at) ? '–' : date(at)
}

/** Returns the value of a deal with its currency. An unknown currency is shown as text. */
export function amount({ value, currency }: Deal): string {
  try {
    return new Intl.NumberFormat('en', { style: 'currency', currency, maximumFractionDigits: 0 }).format(
      value,
    )
  } catch {
    return `${value} ${currency}`
  }
}
