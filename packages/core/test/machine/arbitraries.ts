import { withEntry, type History, type HistoryKind } from '../../src/machine/history.ts'
import * as fc from 'fast-check'
import type { MachineEvent } from '../../src/machine/installation/event.ts'
import type { Policy } from '../../src/machine/policy.ts'
import { defaultPolicy, policyProblems } from '../../src/machine/policy.ts'
import type { Cooldown, InstallationState } from '../../src/machine/installation/state.ts'
import type { RefreshFailure } from '../../src/machine/refresh-failure.ts'
import type { Tokens } from '../../src/machine/tokens.ts'
import { now } from './fixtures.ts'

/**
 * States and events from small worlds of names, so that they have to do with each other, and instants on both
 * sides of every boundary, some of them absurd.
 */

const grantIds = fc.constantFrom('grant-1', 'grant-2')
const clientIds = fc.constantFrom('app', 'app', 'app', 'another-app')
const sessionNames = fc.constantFrom('grant-1', 'grant-2', 'sessions-3')
const holders = fc.constantFrom('me', 'rival')
const accessTokens = fc.constantFrom('access-0', 'access-1')
const refreshTokens = fc.constantFrom('refresh-0', 'refresh-1')
const generations = fc.nat({ max: 3 })

/** Every duration of the policies below, so that instants coincide. */
const durations = [0, 1, 1_000, 2_000, 30_000, 60_000, 300_000, 1_296_000_000]
export const instants = fc.oneof(
  { weight: 8, arbitrary: fc.constantFrom(...durations.flatMap((ms) => [now - ms, now + ms, now + ms - 1])) },
  { weight: 2, arbitrary: fc.integer({ min: now - 400_000, max: now + 400_000 }) },
)

/** F13: what an answer may claim about its lifetime. */
const expiries = fc.oneof(
  { weight: 9, arbitrary: instants },
  { weight: 1, arbitrary: fc.constantFrom(0, -1, -8.64e15, 8.64e15, Number.MAX_SAFE_INTEGER) },
)

const accounts = fc.constantFrom(
  { companyId: 1, userId: 2 },
  { companyId: 1, userId: 2, companyName: 'Acme' },
)
const failures = fc.constantFrom<RefreshFailure[]>(
  'token_endpoint_unavailable',
  'token_endpoint_timeout',
  'malformed_response',
  'request_rejected',
  'client_rejected',
)

const tokens: fc.Arbitrary<Tokens> = fc.record({
  accessToken: accessTokens,
  refreshToken: refreshTokens,
  scopes: fc.constantFrom(['base'], ['base', 'deals:full'], []),
  apiDomain: fc.constantFrom('https://acme.pipedrive.com', 'https://api.pipedrive.com'),
  obtainedAt: instants,
  expiresAt: expiries,
  refreshTokenExpiresAt: expiries,
})

const cooldowns: fc.Arbitrary<Cooldown> = fc.record({
  until: instants,
  failures: fc.constantFrom(1, 2, 7, 40, 2_000),
  code: failures,
})

const kinds = fc.constantFrom<HistoryKind[]>(
  'installed',
  'refreshed',
  'token_endpoint_timeout',
  'lease_taken_over',
  'reauthorization_required',
)

/** Histories as the machine writes them: oldest first. */
const histories: fc.Arbitrary<History> = fc
  .array(fc.record({ kind: kinds, at: instants, process: fc.nat(1_295) }), { minLength: 1, maxLength: 20 })
  .map((entries) => {
    const inOrder = entries.toSorted((left, right) => left.at - right.at)
    return inOrder.reduce<History>((history, entry) => withEntry(history, entry, 16), [])
  })

const installed = {
  grantId: grantIds,
  clientId: clientIds,
  account: accounts,
  installedAt: instants,
  generation: generations,
}
const named = {
  reference: fc.constantFrom('tenant-1', 'tenant-2'),
  sessions: sessionNames,
  history: histories,
}
const optional = { ...named, cooldown: cooldowns, contested: fc.constant(true as const) }
const installedKeys = Object.keys(installed) as (keyof typeof installed)[]
const required = ['status', 'tokens', ...installedKeys] as const

export const presentStates: fc.Arbitrary<InstallationState> = fc.oneof(
  fc.record(
    { status: fc.constant('active' as const), ...installed, tokens, ...optional },
    { requiredKeys: [...required] },
  ),
  fc.record(
    {
      status: fc.constant('refreshing' as const),
      ...installed,
      tokens,
      ...optional,
      lease: fc.record({ holder: holders, until: instants }),
    },
    { requiredKeys: [...required, 'lease'] },
  ),
  fc.record(
    { status: fc.constant('in_doubt' as const), ...installed, tokens, ...optional, until: instants },
    { requiredKeys: [...required, 'until'] },
  ),
  fc.record(
    {
      status: fc.constant('reauthorization_required' as const),
      ...installed,
      ...named,
      reason: fc.constant('invalid_grant' as const),
      refusedAt: instants,
      refused: fc.record({ refreshToken: refreshTokens, obtainedAt: instants }),
    },
    { requiredKeys: ['status', ...installedKeys, 'reason', 'refusedAt', 'refused'] },
  ),
)

export const states: fc.Arbitrary<InstallationState | undefined> = fc.oneof(
  { weight: 9, arbitrary: presentStates },
  { weight: 1, arbitrary: fc.constant(undefined) },
)

const answer = { at: instants, by: holders, grantId: grantIds, generation: generations }
const claiming = { at: instants, clientId: clientIds, by: holders }
const granted = {
  at: instants,
  grantId: grantIds,
  clientId: clientIds,
  account: accounts,
  tokens,
  reference: fc.constantFrom('tenant-1', 'tenant-2'),
  process: fc.nat(1_295),
  isFirst: fc.boolean(),
}
const grantedKeys = ['type', 'at', 'grantId', 'clientId', 'account', 'tokens'] as const

export const requests = fc.record(
  { type: fc.constant('token_requested' as const), ...claiming, rejected: accessTokens },
  { requiredKeys: ['type', 'at', 'clientId', 'by'] },
)

export const events: fc.Arbitrary<MachineEvent> = fc.oneof(
  { weight: 3, arbitrary: requests },
  fc.record({ type: fc.constant('keepalive_due' as const), ...claiming, before: instants }),
  fc.record({ type: fc.constant('authorized' as const), ...granted }, { requiredKeys: [...grantedKeys] }),
  fc.record(
    {
      type: fc.constant('adopted' as const),
      ...granted,
      isUndated: fc.constant(true as const),
      isAccepted: fc.constant(true as const),
      isIdentified: fc.constant(true as const),
      replace: fc.constant(true as const),
    },
    { requiredKeys: [...grantedKeys] },
  ),
  fc.record({ type: fc.constant('refreshed' as const), ...answer, tokens }),
  fc.record({ type: fc.constant('refresh_refused' as const), ...answer }),
  fc.record(
    {
      type: fc.constant('refresh_failed' as const),
      ...answer,
      code: failures,
      retryAfterMs: fc.constantFrom(-1, 0, 1_500, 60_000, 3_600_000, Number.MAX_SAFE_INTEGER),
    },
    { requiredKeys: ['type', 'at', 'by', 'grantId', 'generation', 'code'] },
  ),
  fc.record({
    type: fc.constant('access_token_revoked' as const),
    at: instants,
    clientId: clientIds,
    accessToken: accessTokens,
  }),
  fc.record(
    {
      type: fc.constant('uninstalled' as const),
      at: instants,
      clientId: clientIds,
      by: fc.constantFrom('user' as const, 'app' as const),
      noticeAt: instants,
      grantId: grantIds,
    },
    { requiredKeys: ['type', 'at', 'clientId', 'by'] },
  ),
  fc.record({ type: fc.constant('forgotten' as const), at: instants, clientId: clientIds }),
  fc.record({
    type: fc.constant('sessions_ended' as const),
    at: instants,
    clientId: clientIds,
    sessions: sessionNames,
  }),
)

export const policies: fc.Arbitrary<Policy> = fc
  .record({
    refreshAheadMs: fc.constantFrom(0, 1, 30_000, 300_000),
    minimumValidityMs: fc.constantFrom(5_000, 30_000, 60_000),
    leaseMs: fc.constantFrom(30_000, 60_000),
    cooldownMs: fc.constantFrom(1, 1_000, 2_000),
    historyEntries: fc.constantFrom(0, 1, 16),
    forgetAfterMs: fc.constantFrom(0, 300_000),
  })
  .map((changes): Policy => Object.assign({}, defaultPolicy, changes))
  .filter((policy) => policyProblems(policy).length === 0)
