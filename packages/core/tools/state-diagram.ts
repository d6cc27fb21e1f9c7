import { readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import type { InstallationEffect } from '../src/machine/installation/effect.ts'
import type { MachineEvent } from '../src/machine/installation/event.ts'
import { transition } from '../src/machine/installation/transition.ts'
import { defaultPolicy } from '../src/machine/policy.ts'
import type { Active, InstallationState } from '../src/machine/installation/state.ts'
import type { Tokens } from '../src/machine/tokens.ts'

/**
 * Draws the life of an installation by running the machine: every kind of state gets every event, and each change of the
 * record is an edge.
 *
 *     node tools/state-diagram.ts            prints it
 *     node tools/state-diagram.ts --write    puts it into ARCHITECTURE.md
 */
export interface Edge {
  /** `[*]` is an installation that does not exist. */
  readonly from: Status
  readonly to: Status
  readonly event: MachineEvent['type']
  /** The effects in at least one case, without `notify`. */
  readonly effects: readonly Order[]
}

export type Status = InstallationState['status'] | '[*]'
type Order = Exclude<InstallationEffect['type'], 'notify'>

export const architecturePath = fileURLToPath(new URL('../../../ARCHITECTURE.md', import.meta.url))

const now = 1_000_000_000
const late = now + 1_000_000_000
const account = { companyId: 1, userId: 1 }
const claiming = { at: now, clientId: 'app', by: 'me' }
const answer = { at: now, by: 'me', grantId: 'grant-1', generation: 0 }
const consent = { at: now, grantId: 'grant-2', clientId: 'app', account, tokens: tokensUntil(late, 'new') }

const events: readonly MachineEvent[] = [
  { type: 'authorized', ...consent },
  { type: 'adopted', ...consent },
  // An import of known tokens, with names that Pipedrive has just said.
  {
    type: 'adopted',
    ...consent,
    isUndated: true,
    isIdentified: true,
    account: { ...account, companyName: 'Acme' },
  },
  { type: 'token_requested', ...claiming },
  { type: 'keepalive_due', ...claiming, before: late + 1 },
  { type: 'refreshed', ...answer, tokens: tokensUntil(late, 'new') },
  { type: 'refresh_refused', ...answer },
  { type: 'refresh_failed', ...answer, code: 'token_endpoint_unavailable' },
  { type: 'access_token_revoked', at: now, clientId: 'app', accessToken: 'old' },
  { type: 'uninstalled', at: now, clientId: 'app', by: 'user', noticeAt: now },
  { type: 'forgotten', at: now, clientId: 'app' },
  { type: 'sessions_ended', at: now, clientId: 'app', sessions: 'next' },
]

/** The expiry of a fresh token, of one in the refresh-ahead window, and of an expired one. */
const ages = [late, now + defaultPolicy.refreshAheadMs, now]
const ownLease = { holder: 'me', until: now + 1 }
const states: readonly (InstallationState | undefined)[] = [
  undefined,
  ...ages.flatMap((expiresAt): InstallationState[] => {
    const active = activeUntil(expiresAt)
    return [
      active,
      { ...active, status: 'refreshing', lease: ownLease },
      { ...active, status: 'refreshing', lease: ownLease, contested: true },
      { ...active, status: 'refreshing', lease: { holder: 'rival', until: now } },
      { ...active, status: 'in_doubt', contested: true, until: now + 1 },
      { ...active, status: 'in_doubt', contested: true, until: now },
    ]
  }),
  deadSince(now),
  deadSince(now - defaultPolicy.forgetAfterMs),
]

/** Returns every change of the record, in the order of states and events above. */
export function edges(): readonly Edge[] {
  const found = new Map<string, Edge>()
  for (const state of states)
    for (const event of events) {
      const [next, effects] = transition(state, event, defaultPolicy)
      if (next === state) continue
      const [from, to] = [statusOf(state), statusOf(next)]
      const key = [from, to, event.type].join()
      const orders = new Set([...(found.get(key)?.effects ?? []), ...effects.map(({ type }) => type)])
      found.set(key, {
        from,
        to,
        event: event.type,
        effects: [...orders].filter((type) => type !== 'notify'),
      })
    }
  return [...found.values()]
}

export function statusOf(state: InstallationState | undefined): Status {
  return state?.status ?? '[*]'
}

/** Returns the diagram: one arrow per pair of states, with a line for every event. */
export function diagram(): string {
  const arrows = Map.groupBy(edges(), ({ from, to }) => `${from} --> ${to}`)
  const lines = [...arrows].map(([arrow, along]) => `  ${arrow} : ${along.map(label).join('<br/>')}`)
  return ['```mermaid', 'stateDiagram-v2', ...lines, '```'].join('\n')
}

function label({ event, effects }: Edge): string {
  return effects.length === 0 ? event : `${event} / ${effects.join(', ')}`
}

const start = '<!-- state-diagram:start -->'
const end = '<!-- state-diagram:end -->'

/** Returns a document with the current diagram between its markers. */
export function withDiagram(document: string): string {
  const [before, after] = [document.indexOf(start), document.indexOf(end)]
  if (before === -1 || after < before)
    throw new Error(`ARCHITECTURE.md needs ${start} and, behind it, ${end}`)
  return `${document.slice(0, before)}${start}\n\n${diagram()}\n\n${document.slice(after)}`
}

function activeUntil(expiresAt: number): Active {
  return {
    status: 'active',
    grantId: 'grant-1',
    clientId: 'app',
    account,
    installedAt: 0,
    generation: 0,
    tokens: tokensUntil(expiresAt, 'old'),
  }
}

function deadSince(refusedAt: number): InstallationState {
  const { tokens, ...installed } = activeUntil(now)
  const refused = { refreshToken: 'refused', obtainedAt: tokens.obtainedAt }
  return { ...installed, status: 'reauthorization_required', reason: 'invalid_grant', refusedAt, refused }
}

function tokensUntil(expiresAt: number, accessToken: 'old' | 'new'): Tokens {
  return {
    accessToken,
    refreshToken: 'refresh',
    scopes: [],
    apiDomain: 'https://acme.pipedrive.com',
    obtainedAt: accessToken === 'old' ? 0 : now,
    expiresAt,
    refreshTokenExpiresAt: late,
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  console.log(diagram())
  if (process.argv.includes('--write'))
    writeFileSync(architecturePath, withDiagram(readFileSync(architecturePath, 'utf8')))
}
