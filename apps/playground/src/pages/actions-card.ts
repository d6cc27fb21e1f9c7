import type { InstallationId } from '@pd/oauth-core'
import { html } from 'hono/html'
import type { Result } from '../actions/action.ts'
import { describeAction, isAvailable, type ActionName } from '../actions/actions.ts'
import type { Playground } from '../playground.ts'
import type { Markup } from './markup.ts'
import { clockTime } from './moments.ts'

/** A result with its action and its time. */
export interface DatedResult {
  readonly name: ActionName
  readonly at: number
  readonly result: Result
}

type Group = readonly [title: string, names: readonly ActionName[]]

const tokenGroup: Group = ['Access token', ['refresh', 'expire', 'callers']]
const earlyGroup: Group = ['Token ends early', ['revoke', 'kill']]
const pipedriveGroup: Group = ['At Pipedrive', ['outage', 'uninstall', 'uninstall-notice-lost']]

/** Returns the card with the actions on the installation and the result of the last one. */
export function actionsCard(
  playground: Playground,
  id: InstallationId,
  last: DatedResult | undefined,
): Markup {
  return html`<section class="card" id="actions" aria-labelledby="actions-title" data-needs-installation>
    <h2 id="actions-title">Try it</h2>
    <div class="bench">
      <div class="groups" id="buttons">
        <div>${group(playground, id, tokenGroup)}</div>
        <div>${group(playground, id, earlyGroup)} ${disconnectGroup(id)}</div>
        <div>${group(playground, id, pipedriveGroup)}</div>
      </div>
      <div class="outcome">
        <h3>Result</h3>
        <div id="result" role="status">
          ${last ? resultBlock(last) : html`<p class="soft">Press a button to see its result here.</p>`}
        </div>
      </div>
    </div>
  </section>`
}

function group(playground: Playground, id: InstallationId, [title, names]: Group): Markup | string {
  const available = names.filter((name) => isAvailable(name, playground))
  const isOut = playground.pipedrive.controls?.isOut ?? false
  if (available.length === 0) return ''
  return html`<div class="group">
    <h3>${title}</h3>
    ${available.map((name) => actionTile(name, id, name === 'outage' && isOut))}
  </div>`
}

function disconnectGroup(id: InstallationId): Markup {
  return html`<div class="group">
    <h3>In this app</h3>
    <form method="post" action="/pipedrive/disconnect?installation=${id}" class="tile">
      <button class="danger" aria-describedby="disconnect-hint">Disconnect</button>
      <p class="soft" id="disconnect-hint">Revokes the grant at Pipedrive and deletes the record here.</p>
    </form>
  </div>`
}

/** Returns a single button for an action. */
export function actionForm(name: ActionName, id: InstallationId): Markup {
  const { label, hint } = describeAction(name)
  return html`<form method="post" action="/installations/${id}/${name}" data-in-place>
    <button title="${hint}">${label}</button>
  </form>`
}

function actionTile(name: ActionName, id: InstallationId, isOn: boolean): Markup {
  const { label, hint, endLabel } = describeAction(name)
  return html`<form method="post" action="/installations/${id}/${name}" class="tile" data-in-place>
    <button class="${isOn ? 'on' : ''}" aria-describedby="${name}-hint">${isOn ? endLabel : label}</button>
    <p class="soft" id="${name}-hint">${hint}</p>
  </form>`
}

function resultBlock({ name, at, result }: DatedResult): Markup {
  const { tone, sentence, figures = [], code } = result
  return html`<div class="result ${tone}">
    <p class="soft">${describeAction(name).label}, ${clockTime(at)}</p>
    <p>${sentence} ${code === undefined ? '' : html`<code>${code}</code>`}</p>
    ${
      figures.length === 0
        ? ''
        : html`<dl class="figures">
            ${figures.map(
              ([label, value]) =>
                html`<div>
                  <dt>${label}</dt>
                  <dd>${value}</dd>
                </div>`,
            )}
          </dl>`
    }
  </div>`
}
