import { html, raw } from 'hono/html'
import type { Administration } from '../administration.ts'
import type { Backend } from '../backend.ts'
import type { Call, CallLog } from '../call-log.ts'
import { installationIdOf, type User } from '../directory.ts'
import type { Installation } from '../installation.ts'
import { authorizeUrl } from '../oauth/consent.ts'
import { isolated, named, page, type Markup } from './page.ts'
import { script } from './script.ts'

const RECENT = 12

/** Returns the index page of a listening fake: the app's settings, the users with their installations, the latest calls. */
export function indexPage(
  backend: Backend,
  { log, administration }: { log: CallLog; administration: Administration },
  origin: string,
): Markup {
  const { app, directory } = backend
  const installed = new Map(
    administration.installations().map((installation) => [installation.id, installation]),
  )
  return page(
    app.name,
    html`<div class="card">
        <h1>${named(app.name)}</h1>
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
      <section class="card" aria-labelledby="users-title">
        <h2 id="users-title">Users</h2>
        <noscript
          ><p class="soft">The buttons need JavaScript. POST /__fake/uninstall does the same.</p></noscript
        >
        <ul class="users" id="users">
          ${directory.users.map((user) => userRow(backend, user, installed.get(installationIdOf(user))))}
        </ul>
      </section>
      <section class="card" aria-labelledby="calls-title">
        <h2 id="calls-title">Latest calls</h2>
        <div id="calls">
          ${log.calls.length === 0 ? html`<p class="soft">None yet.</p>` : callTable(log.calls.slice(-RECENT).toReversed())}
        </div>
      </section>
      ${raw(`<script>${script}</script>`)}`,
    'wide',
  )
}

function userRow(
  { clock, directory, panelUrl }: Backend,
  user: User,
  installation: Installation | undefined,
): Markup {
  const id = installationIdOf(user)
  const label = (action: string) => `${action}: ${isolated(user.name)}`
  return html`<li data-user="${id}">
    <div>
      <h3 class="name" tabindex="-1">${named(user.name)}</h3>
      <small class="soft">${named(user.email)}</small>
    </div>
    <div>${named(directory.company(user.companyId).name)}<br /><small class="soft">${id}</small></div>
    <div>
      ${installation ? status(installation, clock.now()) : html`<span class="soft">not installed</span>`}
    </div>
    <div class="does">
      ${
        panelUrl === undefined
          ? ''
          : html`<a class="button" href="/__fake/panel?user=${id}" aria-label="${label('Panel')}">Panel</a>`
      }
      ${
        installation
          ? html`<button data-order="expire" data-user="${id}" aria-label="${label('Expire tokens')}">
                Expire tokens
              </button>
              <button
                data-order="uninstall"
                data-user="${id}"
                class="danger"
                aria-label="${label('Uninstall')}"
              >
                Uninstall
              </button>`
          : ''
      }
    </div>
    <p class="said soft" role="status"></p>
  </li>`
}

function status({ accessTokens, refreshTokenExpiresAt }: Installation, now: number): Markup {
  const days = Math.max(0, Math.ceil((refreshTokenExpiresAt - now) / 86_400_000))
  const valid =
    accessTokens.length === 1 ? '1 valid access token' : `${accessTokens.length} valid access tokens`
  return html`<span class="badge good">installed</span><br /><small class="soft"
      >${valid}; the refresh token expires in ${days} ${days === 1 ? 'day' : 'days'}</small
    >`
}

function callTable(calls: readonly Call[]): Markup {
  return html`<div class="scroll" role="region" aria-label="Table of calls" tabindex="0">
    <table>
      <thead>
        <tr>
          <th scope="col">Time</th>
          <th scope="col">Request</th>
          <th scope="col">User</th>
          <th scope="col">Answer</th>
        </tr>
      </thead>
      <tbody>
        ${calls.map(
          (call) =>
            html`<tr>
              <td class="soft">${new Date(call.at).toISOString().slice(11, 19)}</td>
              <td>
                <code>${call.method} ${call.path}</code
                >${call.grantType ? html`<br /><small class="soft">${call.grantType}</small>` : ''}
              </td>
              <td>${call.user ? named(call.user.name) : html`<span class="soft">–</span>`}</td>
              <td class="${call.status && call.status < 400 ? 'good' : 'danger'}">
                ${call.status ?? call.outcome} ${call.error}
              </td>
            </tr>`,
        )}
      </tbody>
    </table>
  </div>`
}
