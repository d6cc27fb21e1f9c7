import { html } from 'hono/html'
import type { Backend } from '../backend.ts'
import { installationIdOf, type User } from '../directory.ts'
import { isolated, named, page, type Markup } from './page.ts'

/** Returns the page of a deal as a user sees it, with the app's panel beside it. */
export function panelPage({ app, deals, directory }: Backend, user: User, address: string): Markup {
  const company = directory.company(user.companyId)
  const all = deals.list(company)
  const deal = all.find(({ owner_id }) => owner_id === user.id) ?? all[0]
  const value = `${new Intl.NumberFormat('en').format(deal?.value ?? 0)} ${deal?.currency ?? company.currency}`
  return page(
    deal?.title ?? company.name,
    html`<nav class="viewers" aria-label="View as">
        <span class="soft">View as</span>
        ${directory.users.map((other) => {
          const { name } = directory.company(other.companyId)
          return html`<a
            href="/__fake/panel?user=${installationIdOf(other)}"
            ${other === user ? html`aria-current="page"` : ''}
            >${named(other.name)}<small>${named(name)}</small></a
          >`
        })}
      </nav>
      <div class="deal">
        <section class="card">
          <p class="soft">${named(company.name)}, deal ${deal?.id}</p>
          <h1>${named(deal?.title ?? 'No deal')}</h1>
          <dl>
            <dt>Value</dt>
            <dd>${value}</dd>
            <dt>Status</dt>
            <dd>${deal?.status}</dd>
            <dt>Expected close</dt>
            <dd>${deal?.expected_close_date ?? '–'}</dd>
          </dl>
          <div class="ghost" aria-hidden="true"><i></i><i></i><i></i></div>
          <p><a href="/">Back to the users of the fake Pipedrive</a></p>
        </section>
        <section class="card panel" aria-label="Panel of ${isolated(app.name)}">
          <h2>${named(app.name)}</h2>
          <iframe src="${address}" title="${isolated(app.name)}"></iframe>
        </section>
      </div>`,
    'widest',
  )
}
