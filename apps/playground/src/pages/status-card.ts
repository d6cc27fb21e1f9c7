import type { InstallationDescription } from '@pd/oauth-core'
import { html } from 'hono/html'
import { anHourMs } from '../fake-controls.ts'
import type { StateName } from './machine-drawing.ts'
import { named, type Markup } from './markup.ts'
import { clockTime, date, dateAndTime, remaining } from './moments.ts'

/** The conditions under which an installation is shown. */
export interface Surroundings {
  readonly now: number
  /** Whether the fake's token endpoint is out. */
  readonly isOut: boolean
}

export function stateOf(description: InstallationDescription | undefined): StateName {
  return description?.status ?? 'not_installed'
}

/** Returns the card with the user and the state of the tokens. The page's script replaces its content at each change. */
export function statusCard(description: InstallationDescription, surroundings: Surroundings): Markup {
  return html`<section class="card" id="status" aria-labelledby="status-title">
    ${statusInside(description, surroundings)}
  </section>`
}

export function statusInside(
  description: InstallationDescription | undefined,
  surroundings: Surroundings,
): Markup {
  if (description === undefined) return gone()
  const { account, id } = description
  return html`<header class="who">
      <span class="avatar" aria-hidden="true">${initials(account.userName)}</span>
      <div>
        <h1 id="status-title" tabindex="-1">${named(account.userName ?? `User ${account.userId}`)}</h1>
        <p>${named(account.companyName ?? `Company ${account.companyId}`)} <code>${id}</code></p>
      </div>
      ${pill(description, surroundings)}
    </header>
    ${surroundings.isOut ? html`<p class="notice">Simulated outage: the token endpoint answers 503.</p>` : ''}
    ${tokenBlock(description, surroundings)} ${facts(description)}`
}

function gone(): Markup {
  return html`<h1 id="status-title" tabindex="-1">Not installed any more</h1>
    <p class="gone">The record is deleted. Every further call fails with <code>not_installed</code>.</p>
    <p><a class="button primary" href="/pipedrive/install">Connect Pipedrive again</a></p>`
}

const pills: Record<InstallationDescription['status'], readonly [tone: string, text: string]> = {
  active: ['good', 'Active'],
  refreshing: ['busy', 'Refreshing'],
  in_doubt: ['warning', 'In doubt'],
  reauthorization_required: ['bad', 'Re-authorization required'],
}

function pill(
  { status, cooldown, accessTokenExpiresAt = 0 }: InstallationDescription,
  { now }: Surroundings,
): Markup {
  const isCooling = status === 'active' && cooldown !== undefined && cooldown.until > now
  const isExpired = status === 'active' && accessTokenExpiresAt <= now
  const [tone, text] = isCooling
    ? ['warning', 'Cooling down']
    : isExpired
      ? ['warning', 'Active, token expired']
      : pills[status]
  return html`<span class="pill ${tone}">${text}</span>`
}

function tokenBlock(description: InstallationDescription, { now }: Surroundings): Markup {
  const { accessTokenExpiresAt, cooldown, disconnected } = description
  if (disconnected !== undefined)
    return html`<div class="token">
      <p>
        Pipedrive refused the refresh token at ${clockTime(disconnected.since)}. The user has to connect
        again.
      </p>
      <a class="button primary" href="/pipedrive/install">Connect again</a>
    </div>`
  if (accessTokenExpiresAt === undefined) return html``
  const left = accessTokenExpiresAt - now
  return html`<div class="token">
    <p id="expiry-label">Access token, time left</p>
    <p
      class="countdown"
      role="timer"
      aria-labelledby="expiry-label"
      data-until="${accessTokenExpiresAt}"
      data-over="expired"
    >
      ${left > 0 ? remaining(left) : 'expired'}
    </p>
    <progress
      max="${anHourMs}"
      value="${Math.max(0, left)}"
      data-until="${accessTokenExpiresAt}"
      aria-label="Lifetime left"
    ></progress>
    ${
      cooldown === undefined
        ? ''
        : html`<p class="notice">
            ${cooldown.failures === 1 ? 'One refresh' : `${cooldown.failures} refreshes in a row`} failed with
            <code>${cooldown.code}</code>. Next refresh:
            <strong data-until="${cooldown.until}" data-over="with the next caller"
              >${cooldown.until > now ? remaining(cooldown.until - now) : 'with the next caller'}</strong
            >
          </p>`
    }
  </div>`
}

function facts(description: InstallationDescription): Markup {
  const {
    status,
    scopes,
    missingScopes,
    apiDomain,
    installedAt,
    refreshedAt,
    refreshes,
    refreshTokenExpiresAt,
  } = description
  const rows: (readonly [string, Markup | string | undefined])[] = [
    [
      'Scopes',
      scopes.length > 0
        ? html`${scopes.map((scope) => html`<code class="chip">${scope}</code> `)}`
        : undefined,
    ],
    [
      'Missing scopes',
      missingScopes.length > 0 && status !== 'reauthorization_required'
        ? html`${missingScopes.map((scope) => html`<code class="chip bad">${scope}</code> `)}`
        : undefined,
    ],
    ['API domain', apiDomain && html`<code>${apiDomain}</code>`],
    ['Installed', dateAndTime(installedAt)],
    ['Tokens obtained', refreshedAt === undefined ? undefined : dateAndTime(refreshedAt)],
    ['Refreshes', String(refreshes)],
    [
      'Refresh token expires',
      refreshTokenExpiresAt === undefined ? undefined : `${date(refreshTokenExpiresAt)}, unless it is used`,
    ],
  ]
  return html`<dl class="facts">
    ${rows.flatMap(([name, value]) =>
      value === undefined
        ? []
        : html`<div>
            <dt>${name}</dt>
            <dd>${value}</dd>
          </div>`,
    )}
  </dl>`
}

function initials(name = '?'): string {
  const words = name.split(/\s+/).filter((word) => word !== '')
  return words
    .filter((_, index) => index === 0 || index === words.length - 1)
    .map((word) => [...word][0]?.toUpperCase() ?? '')
    .join('')
}
