import type { InstallationEffect } from '../../../src/machine/installation/effect.ts'
import type { RefreshFailed, RefreshRefused, Refreshed } from '../../../src/machine/installation/event.ts'
import type { Active, InstallationState } from '../../../src/machine/installation/state.ts'
import type { RefreshFailure } from '../../../src/machine/refresh-failure.ts'
import type { Tokens } from '../../../src/machine/tokens.ts'
import type { Endpoint } from './endpoint.ts'
import { grant, never, tokensOf } from './endpoint.ts'
import type { Faults } from './faults.ts'
import type { Scenario } from './scenario.ts'

/** Everything there is: one record in a store, one token endpoint, some processes, a clock, and faults to come. */
export interface World {
  readonly now: number
  readonly record: StoredState | undefined
  readonly endpoint: Endpoint
  readonly processes: readonly Process[]
  /** Requests under way whose sender has crashed. */
  readonly orphans: readonly Request[]
  /** Access tokens that have been in the store. */
  readonly saved: readonly string[]
  /** Grants whose uninstall notice has been handled. */
  readonly buried: readonly string[]
  /** How often each fault may still happen. */
  readonly faults: Faults
  /** How often the record was written: the source of versions. */
  readonly writes: number
  /** The longest that a caller may wait before it looks again, in ticks of its own clock. */
  readonly longestWait: number
}

export interface StoredState {
  readonly version: string
  readonly state: InstallationState
}

export interface Process {
  readonly name: string
  /** By how many ticks its clock is ahead of the true time. */
  readonly clock: number
  readonly task: Task
  readonly place: Place
  /** How many names it has used for its claims. */
  readonly claims: number
  /** The access token that its caller does not want again. */
  readonly rejected?: string
  /** The grant that a notice leaves open: if its refresh is refused, it has ended. */
  readonly settles?: string
  /** The first new token proves nothing: its refresh was under way when the notice came. */
  readonly doubts?: boolean
  /** What its caller was told. */
  readonly outcome?: Outcome
}

/** What a process has to tell the machine; it becomes an event when the process decides. */
export type Task =
  | { readonly type: 'request' }
  | { readonly type: 'report'; readonly answer: Answer; readonly heardAt: number }
  | { readonly type: 'bury'; readonly grantId: string; readonly noticeAt?: number; readonly isCertain?: true }
  | { readonly type: 'install'; readonly grantId: string; readonly tokens: Tokens }
  | { readonly type: 'import'; readonly grantId: string; readonly tokens: Tokens }

export type Answer = Omit<Refreshed, 'at'> | Omit<RefreshRefused, 'at'> | Omit<RefreshFailed, 'at'>

/** The program counter, with what the process remembers there. */
export type Place =
  | { readonly is: 'idle' }
  | { readonly is: 'read'; readonly stored: StoredState | undefined }
  | {
      readonly is: 'writing'
      readonly expected: string | undefined
      readonly next: InstallationState | undefined
      readonly effects: readonly InstallationEffect[]
    }
  | {
      readonly is: 'written'
      readonly stored: StoredState | undefined
      readonly effects: readonly InstallationEffect[]
    }
  | { readonly is: 'waiting'; readonly version: string | undefined; readonly until: number }
  | { readonly is: 'asking'; readonly request: Request }
  | { readonly is: 'ended' }
  | { readonly is: 'crashed' }

/** A refresh on its way. */
export interface Request {
  readonly by: string
  readonly grantId: string
  readonly generation: number
  readonly tokens: Tokens
  readonly sentAt: number
}

export type Outcome =
  | { readonly is: 'token'; readonly accessToken: string; readonly grantId: string }
  | {
      readonly is: 'failure'
      readonly code: 'not_installed' | 'reauthorization_required' | RefreshFailure
      /** Of the record that said so. */
      readonly grantId: string | undefined
    }

export const account = { companyId: 1, userId: 1 }

/** The grant that an import would make. */
export const importedGrant = 'import'

/** One installation, and callers of which each wants one token. */
export function startOf(scenario: Scenario): World {
  const endpoint = grant(scenario.endpoint, 'g1', 0)
  // Refreshing ahead begins in the second half of a token's life.
  const obtainedAt = scenario.token === 'ahead' ? -2 * scenario.policy.refreshAheadMs : 0
  const tokens = tokensOf(endpoint, obtainedAt, { expired: 0, ahead: 2, rejected: never }[scenario.token])
  const state: Active = {
    status: 'active',
    grantId: 'g1',
    clientId: 'app',
    account,
    installedAt: 0,
    generation: 0,
    tokens,
  }
  const { deadClaimUntil: until } = scenario
  const claimed: InstallationState =
    until === undefined ? state : { ...state, status: 'refreshing', lease: { holder: 'dead#1', until } }
  return {
    now: 0,
    record: { version: 'v0', state: claimed },
    endpoint,
    processes: scenario.clocks.map((clock, index) => ({
      ...process(`p${index + 1}`, { type: 'request' }, clock),
      ...(scenario.token === 'rejected' && { rejected: tokens.accessToken }),
    })),
    orphans: [],
    saved: [tokens.accessToken],
    buried: [],
    faults: scenario.faults,
    writes: 0,
    longestWait: scenario.policy.leaseMs + scenario.policy.clockSkewMs,
  }
}

export function process(name: string, task: Task, clock = 0): Process {
  return { name, clock, task, place: { is: 'idle' }, claims: 0 }
}

export function replaced(world: World, process: Process): World {
  return {
    ...world,
    processes: world.processes.map((other) => (other.name === process.name ? process : other)),
  }
}

/** Whether nobody waits for what this process does. */
export function isErrand({ type }: Task): boolean {
  return type === 'bury' || type === 'install' || type === 'import'
}

export function isOver(process: Process): boolean {
  return process.place.is === 'ended' || process.place.is === 'crashed'
}

/** Refreshes under way, those of crashed processes included. */
export function requestsOf(world: World): Request[] {
  const asking = world.processes.flatMap(({ place }) => (place.is === 'asking' ? [place.request] : []))
  return [...asking, ...world.orphans]
}
