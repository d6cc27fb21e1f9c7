import { html } from 'hono/html'
import type { Administration } from '../administration.ts'
import type { Backend } from '../backend.ts'
import type { Call, CallLog } from '../call-log.ts'
import { installationIdOf, type User } from '../directory.ts'
import type { Installation } from '../installation.ts'
import { authorizeUrl } from '../oauth/consent.ts'
import { page, type Markup } from './page.ts'

const RECENT = 12

/** Returns the index page of a listening fake: the app's settings, the users with their installations, the latest calls. */
export function indexPage(
  backend: Backend,
  { log, administration }: { log: CallLog; administration: Administration },
  origin: string,
): Markup {
  const { app, directory, clock } = backend
  const installed = new Map(
    administration.installations().map((installation) => [installation.id, installation]),
  )
  return page(
    app.name,
    html`<div class="card">
        <h1>${app.name}</h1>
        <p class="soft">This app is registered at the fake Pipedrive. Use these settings in your client.</p>
        <dl>
          <dt>OAuth and API origin</dt>
          <dd><code>${origin}</code></dd>
          <dt>Client id</dt>
          <dd><code>${app.clientId}</code></dd>
          <dt>Client secret</dt>
          <dd><code>${app.clientSecret}</code></dd>
          <dt>Callback URL</dt>
          <dd><code>${app.redirectUri}</code></dd>
          <dt>Scopes</dt>
          <dd><code>${app.scopes.join(', ')}</code></dd>
        </dl>
        <p><a class="button primary" href="${authorizeUrl(app, origin)}">Install from the Marketplace</a></p>
      </div>
      <div class="card">
        <h2>Users</h2>
        <div class="scroll">
          <table>
            <tr>
              <th>User</th>
              <th>Company</th>
              <th>Installation</th>
              <th></th>
            </tr>
            ${directory.users.map((user) => {
              const company = directory.company(user.companyId)
              return userRow(
                user,
                company.name,
                installed.get(installationIdOf(user)),
                clock.now(),
                backend.panelUrl,
              )
            })}
          </table>
        </div>
      </div>
      <div class="card">
        <h2>Latest calls</h2>
        ${log.calls.length === 0 ? html`<p class="soft">None yet.</p>` : callTable(log.calls.slice(-RECENT).toReversed())}
      </div>`,
    '960px',
  )
}

function userRow(
  user: User,
  company: string,
  installation: Installation | undefined,
  now: number,
  panelUrl: string | undefined,
): Markup {
  return html`<tr>
    <td>${user.name}<br /><small class="soft">${user.email}</small></td>
    <td class="whole">${company}<br /><small class="soft">${installationIdOf(user)}</small></td>
    <td>${installation ? status(installation, now) : html`<span class="soft">–</span>`}</td>
    <td class="right">
      ${panelUrl === undefined ? '' : html`<a class="button" href="/__fake/panel?user=${installationIdOf(user)}">Panel</a>`}
      ${installation ? buttons(installation) : ''}
    </td>
  </tr>`
}

function status({ accessTokens, refreshTokenExpiresAt }: Installation, now: number): Markup {
  const days = Math.max(0, Math.ceil((refreshTokenExpiresAt - now) / 86_400_000))
  const valid =
    accessTokens.length === 1 ? '1 valid access token' : `${accessTokens.length} valid access tokens`
  return html`<span class="badge good">installed</span><br /><small class="soft"
      >${valid}; the refresh token expires in ${days} ${days === 1 ? 'day' : 'days'}</small
    >`
}

function buttons({ id }: Installation): Markup {
  return html`<form method="post" action="/__fake/expire">
      <input type="hidden" name="user" value="${id}" /><button>Expire tokens</button>
    </form>
    <form method="post" action="/__fake/uninstall">
      <input type="hidden" name="user" value="${id}" /><button class="danger">Uninstall</button>
    </form>`
}

function callTable(calls: readonly Call[]): Markup {
  return html`<div class="scroll">
    <table>
      <tr>
        <th>Time</th>
        <th>Request</th>
        <th>User</th>
        <th>Answer</th>
      </tr>
      ${calls.map(
        (call) =>
          html`<tr>
            <td class="soft">${new Date(call.at).toISOString().slice(11, 19)}</td>
            <td>
              <code>${call.method} ${call.path}</code><br /><small class="soft"
                >${call.grantType ?? ''}</small
              >
            </td>
            <td>${call.user?.name ?? html`<span class="soft">–</span>`}</td>
            <td class="${call.status && call.status < 400 ? 'good' : 'danger'}">
              ${call.status ?? call.outcome} ${call.error}
            </td>
          </tr>`,
      )}
    </table>
  </div>`
}
