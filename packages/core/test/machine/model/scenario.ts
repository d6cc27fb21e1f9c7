import type { MachineEvent } from '../../../src/machine/installation/event.ts'
import type { InstallationStep } from '../../../src/machine/installation/step.ts'
import { transition } from '../../../src/machine/installation/transition.ts'
import type { Policy } from '../../../src/machine/policy.ts'
import { defaultPolicy } from '../../../src/machine/policy.ts'
import type { InstallationState } from '../../../src/machine/installation/state.ts'
import type { EndpointKind } from './endpoint.ts'
import { never } from './endpoint.ts'
import type { Faults } from './faults.ts'

/** The bounds of one search. */
export interface Scenario {
  readonly endpoint: EndpointKind
  /** One process per entry: by how many ticks its clock is ahead. */
  readonly clocks: readonly number[]
  readonly faults: Faults
  /** What is wrong with the access token at the start: it has expired, is about to, or the API rejected it. */
  readonly token: 'expired' | 'ahead' | 'rejected'
  /** How long the access tokens of an answer live. */
  readonly lifetime: number
  /** Whether uninstall notices carry no time. */
  readonly isUndated?: true
  /** Until when a process that died at the start holds the lease, by a clock that was wrong. Absent: nobody does. */
  readonly deadClaimUntil?: number
  /** How many ticks may pass between hearing an answer and having stored it. */
  readonly stall: number
  /** Durations in ticks. */
  readonly policy: Policy
  /** Invariants that cannot hold here, by name. */
  readonly exempt: readonly string[]
  /** What else is to be said of it. */
  readonly title: string
}

/** What is being checked: the machine, and the driver's habits. */
export interface Software {
  readonly transition: (
    state: InstallationState | undefined,
    event: MachineEvent,
    policy: Policy,
  ) => InstallationStep
  /** Writes only over the version it read. */
  readonly comparesVersions: boolean
  /** Gives a version to each write that no other write ever had. */
  readonly freshVersions: boolean
  /** Carries effects out only if its write was accepted. */
  readonly writesFirst: boolean
  /** Hands a new token out only once it is stored. */
  readonly savesFirst: boolean
  /** Sends a refresh only if the rest of its lease is long enough for it. */
  readonly mindsItsLease: boolean
}

export const software: Software = {
  transition,
  comparesVersions: true,
  freshVersions: true,
  writesFirst: true,
  savesFirst: true,
  mindsItsLease: true,
}

/** A lease of two ticks, a request of at most one. */
export const tickPolicy: Policy = {
  ...defaultPolicy,
  leaseMs: 2,
  requestTimeoutMs: 1,
  requestsPerRefresh: 1,
  retryPauseMs: 0,
  clockSkewMs: 0,
  minimumValidityMs: 0,
  refreshAheadMs: 0,
  cooldownMs: 1,
  maximumCooldownMs: 1,
}

const noFaults: Faults = {
  crashes: 0,
  lostAnswers: 0,
  lostWrites: 0,
  uninstalls: 0,
  reinstalls: 0,
  imports: 0,
}

export function scenario(
  endpoint: EndpointKind,
  processes: number,
  faults: Partial<Faults> = {},
  changes: Partial<Scenario> = {},
): Scenario {
  const policy = changes.policy ?? tickPolicy
  return {
    endpoint,
    clocks: Array.from({ length: processes }, () => 0),
    faults: { ...noFaults, ...faults },
    token: 'expired',
    lifetime: never,
    stall: policy.leaseMs,
    policy,
    exempt: [],
    title: '',
    ...changes,
  }
}
