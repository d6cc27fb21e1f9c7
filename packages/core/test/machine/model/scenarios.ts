import type { EndpointKind } from './endpoint.ts'
import { noFalseAlarm } from './invariants.ts'
import type { Scenario } from './scenario.ts'
import { scenario, tickPolicy } from './scenario.ts'

const endpoints: readonly EndpointKind[] = ['constant', 'rotating', 'rotating, reuse ends the grant']

/** The clock of the second process is a tick ahead. */
const skewed = {
  clocks: [0, 1],
  policy: { ...tickPolicy, leaseMs: 3, clockSkewMs: 1, minimumValidityMs: 1 },
  title: 'clocks that differ',
}

/** The clock of the second process is a tick behind. */
const behind = { ...skewed, clocks: [0, -1], title: 'a clock that is behind' }

/** A process whose clock was far ahead has claimed the refresh, and died. */
export const deadClaim = { deadClaimUntil: 40, title: 'a dead claim from the future' } as const

const ahead = { token: 'ahead', policy: { ...tickPolicy, refreshAheadMs: 5 } } as const

/** Whoever stalls for longer than a lease may find that his rival has given the grant up. */
const stalled = { stall: Infinity, exempt: [noFalseAlarm], title: 'stalls without end' }

const short = { lifetime: 1, title: 'tokens that live for a tick' }

/** Up to two callers at once, and everything that can come between them. */
export const twoProcesses: readonly Scenario[] = endpoints.flatMap((endpoint) => [
  scenario(endpoint, 2),
  scenario(endpoint, 2, { crashes: 2 }),
  scenario(endpoint, 2, { lostAnswers: 2 }),
  scenario(endpoint, 2, { crashes: 1, lostAnswers: 1, lostWrites: 1 }),
  scenario(endpoint, 2, { crashes: 1, lostAnswers: 1 }, ahead),
  scenario(endpoint, 2, { crashes: 1, lostAnswers: 1 }, { token: 'rejected' }),
  scenario(endpoint, 2, { crashes: 1 }, skewed),
  scenario(endpoint, 2, { crashes: 1 }, behind),
  scenario(endpoint, 2, { crashes: 1 }, deadClaim),
  scenario(endpoint, 2, { crashes: 1, lostAnswers: 1 }, stalled),
  scenario(endpoint, 2, { crashes: 1, lostWrites: 1 }, short),
  scenario(endpoint, 2, { lostAnswers: 1, imports: 1 }),
])

/** The user leaves and comes back meanwhile. With the notice and the consent that makes up to four processes. */
export const uninstalls: readonly Scenario[] = [
  ...endpoints.map((endpoint) =>
    scenario(endpoint, 1, { crashes: 1, lostWrites: 1, uninstalls: 1, reinstalls: 1 }, short),
  ),
  scenario('constant', 2, { uninstalls: 1, reinstalls: 1 }),
  scenario('rotating', 2, { uninstalls: 1, reinstalls: 1 }),
]

/** Three callers at once: a third can take over from the one that took over. */
export const threeProcesses: readonly Scenario[] = [
  scenario('constant', 3, { crashes: 2 }),
  scenario('rotating', 3, { crashes: 2 }),
  scenario('rotating', 3, { lostAnswers: 1 }),
  scenario('rotating, reuse ends the grant', 3, { crashes: 1 }),
  scenario('rotating', 3, {}, short),
]

/** More that can go wrong in one run: minutes, for `pnpm test:full`. */
export const threeProcessesFurther: readonly Scenario[] = [
  scenario('constant', 3, { crashes: 1, lostAnswers: 1, lostWrites: 1 }),
  scenario('rotating', 3, { crashes: 2, lostAnswers: 1 }),
  scenario('rotating', 3, { crashes: 1, lostWrites: 1 }),
  scenario('rotating', 3, { lostAnswers: 2 }),
  scenario('rotating', 3, { crashes: 1 }, short),
  scenario('rotating, reuse ends the grant', 3, { crashes: 1, lostAnswers: 1 }),
  scenario('rotating, reuse ends the grant', 3, { crashes: 2 }),
]
