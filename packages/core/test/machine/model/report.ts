import type { InstallationState } from '../../../src/machine/installation/state.ts'
import { invariants } from './invariants.ts'
import type { Scenario } from './scenario.ts'
import type { Findings, Move, Violation } from './search.ts'
import type { World } from './world.ts'

/** One line per search: how far it went, and what held. */
export function counts(setup: Scenario, { states, transitions, finals, violation }: Findings<World>): string {
  const columns = [
    `${number(states, 7)} states`,
    `${number(transitions, 9)} transitions`,
    `${number(finals, 3)} ends`,
    violation ? 'BROKEN' : `${invariants.length + 1 - setup.exempt.length} invariants held`,
  ]
  return `${columns.join(', ')}: ${titleOf(setup)}`
}

export function titleOf({ endpoint, clocks, faults, token, title }: Scenario): string {
  const happening = Object.entries(faults)
    .filter(([, times]) => times > 0)
    .map(([fault, times]) => `${times} ${times === 1 ? singular[fault] : plural[fault]}`)
  const processes = clocks.length === 1 ? '1 process' : `${clocks.length} processes`
  const start = { expired: '', ahead: 'refreshing ahead', rejected: 'after a 401' }[token]
  return [`${endpoint} endpoint`, processes, ...happening, start, title].filter(Boolean).join(', ')
}

const singular: Record<string, string> = {
  crashes: 'crash',
  lostAnswers: 'lost answer',
  lostWrites: 'lost word of a write',
  uninstalls: 'uninstall',
  reinstalls: 're-install',
}

const plural: Record<string, string> = { crashes: 'crashes', lostAnswers: 'lost answers' }

/** A counterexample to read: when, what, and the record as it was then. */
export function story({ invariant, trace }: Violation<World>): string {
  return [`broken: ${invariant}`, '', ...trace.map(line)].join('\n')
}

function line({ label, world }: Move<World>): string {
  return `${String(world.now).padStart(2)}  ${label.padEnd(48)} ${summary(world.record?.state)}`.trimEnd()
}

function summary(state: InstallationState | undefined): string {
  if (state === undefined) return 'no record'
  const tokens = 'tokens' in state ? ` ${state.tokens.accessToken} ${state.tokens.refreshToken}` : ''
  const lease = state.status === 'refreshing' ? `, ${state.lease.holder} until ${state.lease.until}` : ''
  const doubt = state.status === 'in_doubt' ? ` until ${state.until}` : ''
  return `${state.grantId} ${state.status}${tokens}${lease}${doubt}`
}

function number(value: number, width: number): string {
  return value.toLocaleString('en').padStart(width)
}
