import type { InstallationId, ListedInstallation } from '@pd/oauth-core'
import { html } from 'hono/html'
import { named, type Markup } from './markup.ts'

/** Returns the tabs of all installations, and a button to connect another user. */
export function people(
  installations: readonly ListedInstallation[],
  current: InstallationId | undefined,
): Markup {
  return html`<nav class="people" id="people" aria-label="Installations">
    <ul>
      ${installations.map((installation) => html`<li>${tab(installation, installation.id === current)}</li>`)}
    </ul>
    ${current === undefined ? '' : html`<a class="button quiet" href="/pipedrive/install">Connect another user</a>`}
  </nav>`
}

function tab(installation: ListedInstallation, isCurrent: boolean): Markup {
  const { userName, companyName } = installation.status === 'unreadable' ? {} : installation.account
  return html`<form method="post" action="/switch">
    <input type="hidden" name="id" value="${installation.id}" />
    <button class="tab" ${isCurrent ? html`aria-current="true"` : ''}>
      <span>${named(userName ?? installation.id)}</span>
      <small
        >${named(companyName ?? (installation.status === 'unreadable' ? 'unreadable record' : installation.id))}</small
      >
    </button>
  </form>`
}
