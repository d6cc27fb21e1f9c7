import { html } from 'hono/html'
import {
  landscape,
  portrait,
  type Arrow,
  type Drawing,
  type Node,
  type StateName,
} from './machine-drawing.ts'
import type { Markup } from './markup.ts'

/** Returns the drawing of an installation's state machine. The current state is lit; the page's script updates it. */
export function machineCard(state: StateName): Markup {
  return html`<section class="card machine" aria-labelledby="machine-title">
    <h2 id="machine-title">One installation, one state</h2>
    <figure id="machine" data-state="${state}">
      ${[landscape, portrait].map((drawing) => drawn(drawing))}
      <figcaption>
        The stored record is always in one of these states. The event <code>uninstalled</code> leads from
        every state back to “not installed”.
      </figcaption>
    </figure>
  </section>`
}

function drawn(drawing: Drawing): Markup {
  const { name, width, height, nodes, arrows } = drawing
  return html`<svg
    class="${name}"
    viewBox="0 0 ${width} ${height}"
    role="img"
    aria-label="${inWords(drawing)}"
  >
    <defs>${head(`${name}-head`, 'head')}${head(`${name}-head-lit`, 'head lit')}</defs>
    ${arrows.map(drawnArrow)} ${nodes.map(drawnNode)}
  </svg>`
}

function drawnNode({ state, lines, x, y, width, height }: Node): Markup {
  const middle = y + height / 2 - (lines.length - 1) * 8
  return html`<g class="node" data-node="${state}">
    <rect x="${x}" y="${y}" width="${width}" height="${height}" rx="12" />
    <text x="${x + width / 2}" y="${middle}" text-anchor="middle" dominant-baseline="central">
      ${lines.map((line, index) => html`<tspan x="${x + width / 2}" dy="${index === 0 ? 0 : 16}">${line}</tspan>`)}
    </text>
  </g>`
}

function drawnArrow({ from, event, to, path, label }: Arrow): Markup {
  return html`<g class="arrow" data-from="${from}" data-event="${event}" data-to="${to}">
    <path d="${path}" />
    <text x="${label.x}" y="${label.y}" text-anchor="${label.anchor}">
      ${label.lines.map((line, index) => html`<tspan x="${label.x}" dy="${index === 0 ? 0 : 14}">${line}</tspan>`)}
    </text>
  </g>`
}

function head(id: string, className: string): Markup {
  return html`<marker
    id="${id}"
    class="${className}"
    viewBox="0 0 8 8"
    refX="6.5"
    refY="4"
    markerWidth="7"
    markerHeight="7"
    orient="auto-start-reverse"
    markerUnits="userSpaceOnUse"
  >
    <path d="M0.5 0.8 7 4 0.5 7.2Z" />
  </marker>`
}

/** Returns the drawing in words, for screen readers. */
function inWords({ nodes, arrows }: Drawing): string {
  const names = new Map(nodes.map(({ state, lines }) => [state, lines.join(' ')]))
  const moves = arrows.map(
    ({ from, to, label }) => `${names.get(from)} to ${names.get(to)}: ${label.lines.join(' ')}`,
  )
  return `State diagram. ${moves.join('. ')}.`
}
