import { html } from 'hono/html'
import type { AppRegistration } from '../app-registration.ts'
import { installationIdOf, type Directory } from '../directory.ts'
import type { AuthorizationRequest } from '../oauth/consent.ts'
import { isolated, named, page, type Markup } from './page.ts'
import { scopeSentence } from './scope-sentence.ts'

/** Returns the page on which a user allows access or cancels. */
export function consentPage(
  app: AppRegistration,
  directory: Pick<Directory, 'companies' | 'users'>,
  request: AuthorizationRequest,
): Markup {
  return page(
    `Install ${app.name}`,
    html`<form class="card" method="post" action="/oauth/authorize">
      <input type="hidden" name="client_id" value="${request.clientId}" />
      <input type="hidden" name="redirect_uri" value="${request.redirectUri}" />
      ${request.state === undefined ? '' : html`<input type="hidden" name="state" value="${request.state}" />`}
      <div class="pair" aria-hidden="true">
        <span class="tile">${[...app.name][0]?.toUpperCase()}</span>
        <span class="line"></span>
        <span class="tile plain">fp</span>
      </div>
      <h1>Allow ${named(app.name)} to use your account?</h1>
      <p class="soft">You can allow all of these permissions or none.</p>
      <ul class="scopes">
        ${app.scopes.map(
          (scope) =>
            html`<li>
              <span>${scopeSentence(scope)}<br /><code class="soft">${scope}</code></span>
            </li>`,
        )}
      </ul>
      <label for="user">Continue as</label>
      <select id="user" name="user">
        ${directory.companies.map(
          (company) =>
            html`<optgroup label="${isolated(company.name)}">
              ${directory.users
                .filter((user) => user.companyId === company.id)
                .map(
                  (user) =>
                    html`<option value="${installationIdOf(user)}">
                      ${isolated(user.name)} · ${isolated(company.name)}
                    </option>`,
                )}
            </optgroup>`,
        )}
      </select>
      <div class="actions">
        <button name="decision" value="cancel">Cancel</button>
        <button name="decision" value="allow" class="primary">Allow and install</button>
      </div>
      <details>
        <summary>What the app asked for</summary>
        <dl>
          <dt>client_id</dt>
          <dd><code>${request.clientId}</code></dd>
          <dt>redirect_uri</dt>
          <dd><code>${request.redirectUri}</code></dd>
          <dt>state</dt>
          <dd><code>${request.state ?? 'none: an install from the Marketplace has no state'}</code></dd>
        </dl>
      </details>
    </form>`,
  )
}
