import { describe, expect, test } from 'vitest'
import type { InstallationEffect, PassByReason } from '../../../src/machine/installation/effect.ts'
import type { MachineEvent } from '../../../src/machine/installation/event.ts'
import { deliverableUntil, transition } from '../../../src/machine/installation/transition.ts'
import { defaultPolicy } from '../../../src/machine/policy.ts'
import type { Cooldown, InstallationState } from '../../../src/machine/installation/state.ts'
import {
  account,
  active,
  adopted,
  ageing,
  authorized,
  days,
  dead,
  expired,
  failed,
  fresh,
  inDoubt,
  keptAlive,
  minutes,
  now,
  ownLease,
  refreshed,
  refreshing,
  refused,
  rejecting,
  renewedTokens,
  requested,
  revoked,
  runOut,
  seconds,
  states,
  tokensWith,
  undated,
  uninstalled,
} from '../fixtures.ts'

type State = InstallationState | undefined
type Row = [title: string, state: State, event: MachineEvent, next: State | 'same', ...does: Does[]]
/** An effect, or its type alone if the rest follows from the next state. */
type Does = InstallationEffect | 'deliver' | 'refresh'

function table(title: string, rows: readonly Row[]): void {
  describe(title, () => {
    test.each(rows)('%s', (_, state, event, expected, ...does) => {
      const [next, effects] = transition(state, event, policy)
      if (expected === 'same') expect(next).toBe(state)
      else expect(next).toEqual(expected)
      expect(effects).toEqual(does.map((effect) => whole(effect, next)))
    })
  })
}

function whole(effect: Does, next: State): InstallationEffect {
  if (typeof effect !== 'string') return effect
  if (next === undefined || !('tokens' in next)) throw new Error(`there is nothing to ${effect}`)
  const { grantId, generation, tokens } = next
  if (effect === 'deliver')
    return { type: 'deliver', accessToken: tokens.accessToken, apiDomain: tokens.apiDomain }
  if (next.status !== 'refreshing') throw new Error('only the holder of a lease refreshes')
  return { type: 'refresh', grantId, generation, tokens, lease: next.lease }
}

const lease = { holder: 'me', until: now + 30 * seconds }
const cooldown: Cooldown = { until: now + 5 * seconds, failures: 3, code: 'token_endpoint_unavailable' }
const coolingDown = { type: 'fail', code: 'token_endpoint_unavailable', retryAfterMs: 5 * seconds } as const
const mustAuthorize = { type: 'fail', code: 'reauthorization_required' } as const
const toldDead = {
  type: 'notify',
  change: { type: 'reauthorization_required', reason: 'invalid_grant' },
} as const
const toldRefreshed = {
  type: 'notify',
  change: { type: 'refreshed', expiresAt: renewedTokens.expiresAt },
} as const
const toldOfRival = {
  type: 'notify',
  change: { type: 'rival_token_adopted', expiresAt: renewedTokens.expiresAt },
} as const
const toldTakenOver = { type: 'notify', change: { type: 'lease_taken_over', leaseEndedAt: now } } as const
const toldUninstalled = { type: 'notify', change: { type: 'uninstalled', account, by: 'user' } } as const

function toldInstalled(firstTime: boolean): InstallationEffect {
  return { type: 'notify', change: { type: 'installed', account, scopes: ['base'], firstTime } }
}

function toldFailed(failures: number, retryAfterMs: number): InstallationEffect {
  const { code } = failed
  return { type: 'notify', change: { type: 'refresh_failed', code, failures, retryAfterMs } }
}

const renewed = active(fresh, { tokens: renewedTokens, generation: 1 })
const reinstalled = active(fresh, { grantId: 'grant-2', installedAt: now, tokens: renewedTokens })
/** Connected again over a living grant: sessions go on. */
const stillSignedIn = { ...reinstalled, sessions: 'grant-1' }
const foreign = { clientId: 'another-app' }
const contested = { contested: true } as const
/** History has tests of its own. */
const policy = { ...defaultPolicy, historyEntries: 0 }

table('a request for a token', [
  ['fails where nothing is installed', undefined, requested, 'same', { type: 'fail', code: 'not_installed' }],
  ['is served from a fresh token', active(fresh), requested, 'same', 'deliver'],
  [
    'claims the refresh ahead of time and is served',
    active(ageing),
    requested,
    refreshing(ageing, { lease }),
    'deliver',
    'refresh',
  ],
  ['is served while another refreshes ahead', refreshing(ageing), requested, 'same', 'deliver'],
  [
    'claims the refresh of an expired token',
    active(expired),
    requested,
    refreshing(expired, { lease }),
    'refresh',
  ],
  [
    'claims the refresh of a fresh token that the API rejected',
    active(fresh),
    rejecting,
    refreshing(fresh, { lease }),
    'refresh',
  ],
  [
    'F26 that names an older token than the stored one is served without a refresh',
    renewed,
    rejecting,
    'same',
    'deliver',
  ],
  [
    'waits for the refresh of another process if the token has expired',
    refreshing(expired),
    requested,
    'same',
    { type: 'wait', until: now + 10 * seconds },
  ],
  [
    'waits for the refresh of another process if the token was rejected',
    refreshing(fresh),
    rejecting,
    'same',
    { type: 'wait', until: now + 10 * seconds },
  ],
  [
    'is served a fresh token that another process is replacing',
    refreshing(fresh),
    requested,
    'same',
    'deliver',
  ],
  [
    'F06 takes over a lease that has run out',
    refreshing(expired, { lease: runOut }),
    requested,
    refreshing(expired, { lease, contested: true }),
    'refresh',
    toldTakenOver,
  ],
  [
    'takes over ahead of time and is served',
    refreshing(ageing, { lease: runOut }),
    requested,
    refreshing(ageing, { lease, contested: true }),
    'deliver',
    'refresh',
    toldTakenOver,
  ],
  [
    'does not take over a lease that has run out while the token is fresh',
    refreshing(fresh, { lease: runOut }),
    requested,
    'same',
    'deliver',
  ],
  [
    'waits while a grant is in doubt',
    inDoubt(expired, now + 1),
    requested,
    'same',
    { type: 'wait', until: now + 1 },
  ],
  [
    'is served while a grant is in doubt, if the token is valid',
    inDoubt(ageing, now + 1),
    requested,
    'same',
    'deliver',
  ],
  ['ends a grant whose doubt has run out', inDoubt(fresh, now), requested, dead, mustAuthorize, toldDead],
  ['F16 fails on a dead grant, without any request to Pipedrive', dead, requested, 'same', mustAuthorize],
])

table('an access token is expired when it has less than minimumValidityMs left', [
  [
    'it is valid with exactly as much',
    active(30 * seconds),
    requested,
    refreshing(30 * seconds, { lease }),
    'deliver',
    'refresh',
  ],
  [
    'it is expired with one millisecond less',
    active(30 * seconds - 1),
    requested,
    refreshing(30 * seconds - 1, { lease }),
    'refresh',
  ],
])

table('refreshing ahead begins at refreshAheadMs before the expiry', [
  ['it has not begun one millisecond earlier', active(5 * minutes + 1), requested, 'same', 'deliver'],
  [
    'it has begun at that instant',
    active(5 * minutes),
    requested,
    refreshing(5 * minutes, { lease }),
    'deliver',
    'refresh',
  ],
])

/** A token that lives for five minutes, and has this much left. */
function shortLived(left: number) {
  return active(left, { tokens: tokensWith(left, { obtainedAt: now + left - 5 * minutes }) })
}

table('refreshing ahead begins in the second half of the life of a token', [
  ['a token of five minutes is delivered at once', shortLived(5 * minutes), requested, 'same', 'deliver'],
  ['it has not begun one millisecond earlier', shortLived(2.5 * minutes + 1), requested, 'same', 'deliver'],
  [
    'it has begun at that instant',
    shortLived(2.5 * minutes),
    requested,
    { ...shortLived(2.5 * minutes), status: 'refreshing', lease },
    'deliver',
    'refresh',
  ],
])

table('a lease ends at the instant that it names', [
  [
    'it is live one millisecond earlier',
    refreshing(expired, { lease: { holder: 'rival', until: now + 1 } }),
    requested,
    'same',
    { type: 'wait', until: now + 1 },
  ],
  [
    'it is over at that instant',
    refreshing(expired, { lease: { holder: 'rival', until: now } }),
    requested,
    refreshing(expired, { lease, contested: true }),
    'refresh',
    toldTakenOver,
  ],
])

table('F18 a cooldown limits requests during an outage', [
  [
    'a request with an expired token fails, and is told when to come back',
    active(expired, { cooldown }),
    requested,
    'same',
    coolingDown,
  ],
  [
    'a request with a rejected token fails as well',
    active(fresh, { cooldown }),
    rejecting,
    'same',
    coolingDown,
  ],
  ['a valid token is served', active(ageing, { cooldown }), requested, 'same', 'deliver'],
  [
    'the next request after the cooldown refreshes',
    active(expired, { cooldown: { ...cooldown, until: now } }),
    requested,
    refreshing(expired, { cooldown: { ...cooldown, until: now }, lease }),
    'refresh',
  ],
  [
    'a success clears the cooldown',
    refreshing(expired, { cooldown, lease: ownLease }),
    refreshed,
    renewed,
    'deliver',
    toldRefreshed,
  ],
  [
    'a new installation clears the cooldown',
    active(expired, { cooldown }),
    authorized,
    stillSignedIn,
    'deliver',
    toldInstalled(false),
  ],
])

table('the answer to a refresh', [
  [
    'renews the tokens of its holder',
    refreshing(expired, { lease: ownLease }),
    refreshed,
    renewed,
    'deliver',
    toldRefreshed,
  ],
  [
    'F04 renews the tokens also after a take-over',
    refreshing(expired, contested),
    refreshed,
    renewed,
    'deliver',
    toldOfRival,
  ],
  ['F07 renews a grant in doubt', inDoubt(expired, now + 1), refreshed, renewed, 'deliver', toldOfRival],
  [
    'F07 renews a grant in doubt even when the doubt has run out',
    inDoubt(expired, now),
    refreshed,
    renewed,
    'deliver',
    toldOfRival,
  ],
  ['F07 revives a grant that a rival has given up', dead, refreshed, renewed, 'deliver', toldOfRival],
  [
    'renews the tokens after a rival has failed',
    active(expired, { cooldown, ...contested }),
    refreshed,
    renewed,
    'deliver',
    toldOfRival,
  ],
  ['of a generation that was renewed meanwhile changes nothing', renewed, refreshed, 'same'],
  [
    'F19 to an earlier grant changes nothing, also if both have the same refresh token',
    active(fresh, { grantId: 'grant-2' }),
    refreshed,
    'same',
  ],
  ['F19 does not bring an uninstalled record back', undefined, refreshed, 'same'],
])

table('the refusal of a refresh', [
  [
    'ends the grant when it comes to the holder of the lease',
    refreshing(expired, { lease: ownLease }),
    refused,
    dead,
    mustAuthorize,
    toldDead,
  ],
  [
    'F07 leaves the grant in doubt for one more lease after a take-over',
    refreshing(expired, { lease: ownLease, ...contested }),
    refused,
    inDoubt(expired, now + 30 * seconds),
    { type: 'notify', change: { type: 'refresh_contested', until: now + 30 * seconds } },
  ],
  [
    'ends the grant after the lease has run out, if no process has taken it over',
    refreshing(expired, { lease: { holder: 'me', until: now - 1 } }),
    refused,
    dead,
    mustAuthorize,
    toldDead,
  ],
  ["F04 changes nothing when the lease is another's by now", refreshing(expired, contested), refused, 'same'],
  [
    'changes nothing when it is about an earlier generation',
    refreshing(expired, { generation: 1, lease: ownLease }),
    refused,
    'same',
  ],
  [
    'changes nothing when it is about an earlier grant',
    refreshing(expired, { grantId: 'grant-2', lease: ownLease }),
    refused,
    'same',
  ],
  ['changes nothing once a rival has renewed the tokens', renewed, refused, 'same'],
  ['changes nothing while the grant is in doubt', inDoubt(expired, now + 1), refused, 'same'],
  ['changes nothing where nothing is installed', undefined, refused, 'same'],
])

table('the failure of a refresh', [
  [
    'F15 keeps the tokens and cools down',
    refreshing(expired, { lease: ownLease }),
    failed,
    active(expired, { cooldown: { until: now + 1 * seconds, failures: 1, code: failed.code } }),
    toldFailed(1, 1 * seconds),
  ],
  [
    'F09 keeps the token for the next try if no answer came',
    refreshing(expired, { lease: ownLease }),
    { ...failed, code: 'token_endpoint_timeout' },
    active(expired, { cooldown: { until: now + 1 * seconds, failures: 1, code: 'token_endpoint_timeout' } }),
    {
      type: 'notify',
      change: {
        type: 'refresh_failed',
        code: 'token_endpoint_timeout',
        failures: 1,
        retryAfterMs: 1 * seconds,
      },
    },
  ],
  [
    'F17 keeps the tokens also if our own credentials were refused',
    refreshing(expired, { lease: ownLease }),
    { ...failed, code: 'client_rejected' },
    active(expired, { cooldown: { until: now + 1 * seconds, failures: 1, code: 'client_rejected' } }),
    {
      type: 'notify',
      change: { type: 'refresh_failed', code: 'client_rejected', failures: 1, retryAfterMs: 1 * seconds },
    },
  ],
  [
    'leaves the record contested, because a former holder may still save',
    refreshing(expired, { lease: ownLease, ...contested }),
    failed,
    active(expired, { ...contested, cooldown: { until: now + 1 * seconds, failures: 1, code: failed.code } }),
    toldFailed(1, 1 * seconds),
  ],
  ["F04 changes nothing when the lease is another's by now", refreshing(expired, contested), failed, 'same'],
  ['changes nothing where nothing is installed', undefined, failed, 'same'],
])

test.each([
  [0, undefined, 1],
  [1, undefined, 2],
  [2, undefined, 4],
  [5, undefined, 32],
  [6, undefined, 60],
  [5_000, undefined, 60],
  [0, 20, 20],
  [4, 2, 16],
  [0, 3_600, 60],
  [0, -5, 1],
])('after %i failures, and with Retry-After %s, a cooldown lasts %i s', (before, retryAfter, lasts) => {
  const state = refreshing(expired, {
    lease: ownLease,
    ...(before > 0 && { cooldown: { ...cooldown, failures: before } }),
  })
  const event = { ...failed, ...(retryAfter !== undefined && { retryAfterMs: retryAfter * seconds }) }
  const [next, effects] = transition(state, event, policy)
  expect(next).toMatchObject({ cooldown: { until: now + lasts * seconds, failures: before + 1 } })
  const holdUp = retryAfter === undefined ? [] : [{ type: 'hold_up', ms: retryAfter * seconds }]
  expect(effects).toEqual([toldFailed(before + 1, lasts * seconds), ...holdUp])
})

test('F42 a 429 that does not say how long to wait holds up all the same', () => {
  const event = { ...failed, isRateLimited: true } as const
  const [, effects] = transition(refreshing(expired, { lease: ownLease }), event, policy)
  expect(effects.at(-1)).toEqual({ type: 'hold_up' })
})

table('consent', [
  ['installs', undefined, authorized, reinstalled, 'deliver', toldInstalled(true)],
  [
    'replaces any record',
    refreshing(expired, contested),
    authorized,
    stillSignedIn,
    'deliver',
    toldInstalled(false),
  ],
  ['replaces a dead grant', dead, authorized, reinstalled, 'deliver', toldInstalled(false)],
  [
    'given to another app takes the record over',
    active(fresh, foreign),
    authorized,
    stillSignedIn,
    'deliver',
    toldInstalled(false),
  ],
  [
    'that is saved a second time does not undo the refreshes since',
    active(fresh, { grantId: 'grant-2', generation: 3 }),
    authorized,
    'same',
    toldInstalled(false),
  ],
  [
    'that is saved a second time is the first one if its first save was',
    active(fresh, { grantId: 'grant-2', generation: 3 }),
    { ...authorized, isFirst: true },
    'same',
    toldInstalled(true),
  ],
  [
    'is not the first one where the machine does not see the record that was there',
    undefined,
    { ...authorized, isFirst: false },
    reinstalled,
    'deliver',
    toldInstalled(false),
  ],
  [
    'that is saved a second time does not free the lease of a refresh',
    refreshing(fresh, { grantId: 'grant-2' }),
    authorized,
    'same',
    toldInstalled(false),
  ],
])

/** Tokens from elsewhere with this age, and another refresh token than the refused one. */
function adoptedAt(obtainedAt: number): MachineEvent {
  return { ...adopted, tokens: { ...renewedTokens, obtainedAt } }
}

const refusedAgain = { ...adopted, tokens: { ...renewedTokens, refreshToken: dead.refused.refreshToken } }
const olderThanDead = adoptedAt(dead.refused.obtainedAt - 1)
const asOldAsDead = adoptedAt(dead.refused.obtainedAt)

table('adopted tokens', [
  ['install', undefined, adopted, reinstalled, 'deliver', toldInstalled(true)],
  ['replace older ones', active(fresh), adopted, stillSignedIn, 'deliver', toldInstalled(false)],
  ['that are newer replace a dead grant', dead, adopted, reinstalled, 'deliver', toldInstalled(false)],
  ['F90 never bring back the refresh token that was refused', dead, refusedAgain, 'same'],
  ...[active(fresh, { tokens: renewedTokens }), dead].flatMap((state): Row[] => {
    const named = { ...account, userName: 'Ada', email: 'ada@acme.example' }
    const known = { ...state, account: { ...named, userName: 'A. Byron', companyName: 'Acme' } }
    const claimed = { ...adopted, isUndated: true, account: named } as const
    const leftOut = { ...claimed, isIdentified: true } as const
    const byAnotherApp = { ...leftOut, clientId: 'another app' }
    return [
      [
        `bring what Pipedrive has just said of the account: ${state.status}`,
        known,
        leftOut,
        { ...known, account: { ...known.account, ...named } },
      ],
      [`bring no names that the record has: ${state.status}`, { ...state, account: named }, leftOut, 'same'],
      [`bring no names that the caller claims: ${state.status}`, known, claimed, 'same'],
      [`bring no names to the record of another app: ${state.status}`, known, byAnotherApp, 'same'],
    ]
  }),
  ['F90 that are older than those of a dead grant change nothing', dead, olderThanDead, 'same'],
  ['F90 as old as those of a dead grant change nothing', dead, asOldAsDead, 'same'],
  ['F90 of unknown age bring no dead grant back', dead, { ...adopted, isUndated: true }, 'same'],
  [
    'F90 replace a dead grant if Pipedrive has just accepted them',
    dead,
    { ...refusedAgain, isUndated: true, isAccepted: true },
    active(fresh, { ...reinstalled, tokens: refusedAgain.tokens }),
    'deliver',
    toldInstalled(false),
  ],
  [
    'F90 never replace living ones for being accepted',
    active(fresh, { tokens: renewedTokens }),
    { ...adopted, isAccepted: true },
    'same',
  ],
  [
    'never replace newer ones',
    active(fresh, { tokens: tokensWith(fresh, { obtainedAt: now + 1 }) }),
    adopted,
    'same',
  ],
  ['change nothing when they are adopted twice', reinstalled, { ...adopted, grantId: 'grant-3' }, 'same'],
  [
    'that are saved a second time do not undo the refreshes since',
    active(fresh, { grantId: 'grant-2', generation: 3 }),
    adopted,
    'same',
    toldInstalled(false),
  ],
])

table('a keep-alive', [
  ['leaves an installation alone that expires later', active(fresh), keptAlive, 'same', passedBy('not_due')],
  [
    'F27 claims the refresh of an installation that expires sooner, although its access token is fresh',
    lapsing(active(fresh)),
    keptAlive,
    lapsing(refreshing(fresh, { lease })),
    'refresh',
  ],
  [
    'leaves an installation alone that expires at that instant',
    active(fresh, { tokens: tokensWith(fresh, { refreshTokenExpiresAt: keptAlive.before }) }),
    keptAlive,
    'same',
    passedBy('not_due'),
  ],
  [
    'F27 leaves an installation alone that another process refreshes',
    lapsing(refreshing(expired)),
    keptAlive,
    'same',
    passedBy('refreshed_elsewhere'),
  ],
  [
    'takes over a lease that has run out',
    lapsing(refreshing(expired, { lease: runOut })),
    keptAlive,
    lapsing(refreshing(expired, { lease, contested: true })),
    'refresh',
    toldTakenOver,
  ],
  [
    'leaves an installation alone during its cooldown',
    lapsing(active(expired, { cooldown })),
    keptAlive,
    'same',
    passedBy('cooling_down'),
  ],
  ['leaves a doubt alone', inDoubt(expired, now + 1), keptAlive, 'same', passedBy('refreshed_elsewhere')],
  ['ends a grant whose doubt has run out', inDoubt(expired, now), keptAlive, dead, mustAuthorize, toldDead],
  ['F16 leaves a dead grant alone', dead, keptAlive, 'same', passedBy('dead')],
  ['does nothing where nothing is installed', undefined, keptAlive, 'same'],
])

table('the revocation of an access token', [
  ['makes it expired', active(fresh), revoked, active(expired)],
  ['makes it expired, and a refresh in flight goes on', refreshing(fresh), revoked, refreshing(expired)],
  ['never prolongs it', active(-1), revoked, 'same'],
  ['of an earlier one changes nothing', renewed, revoked, 'same'],
  ['changes nothing without tokens', dead, revoked, 'same'],
  ['changes nothing where nothing is installed', undefined, revoked, 'same'],
])

const endSessions: MachineEvent = { type: 'sessions_ended', at: now, clientId: 'app', sessions: 'next' }

table('F70 endSessions()', [
  ['gives the sessions another name', active(fresh), endSessions, active(fresh, { sessions: 'next' })],
  ['changes nothing the second time', active(fresh, { sessions: 'next' }), endSessions, 'same'],
  [
    'leaves a refresh in flight alone',
    refreshing(fresh),
    endSessions,
    refreshing(fresh, { sessions: 'next' }),
  ],
  ['ends those of a dead grant', dead, endSessions, { ...dead, sessions: 'next' }],
  ['changes nothing where nothing is installed', undefined, endSessions, 'same'],
])

const verify = {
  type: 'verify',
  grantId: 'grant-2',
  accessToken: renewedTokens.accessToken,
  isUnderway: false,
} as const

function installedBefore(ms: number) {
  return active(fresh, { grantId: 'grant-2', installedAt: now - ms, tokens: renewedTokens })
}

table('an uninstall', [
  ['deletes the record', active(fresh), uninstalled, undefined, toldUninstalled],
  ['F20 does not wait for a lease', refreshing(expired), uninstalled, undefined, toldUninstalled],
  ['does not wait for a doubt', inDoubt(expired, now + 1), uninstalled, undefined, toldUninstalled],
  ['deletes a dead grant', dead, uninstalled, undefined, toldUninstalled],
  ...[active(fresh), refreshing(expired), inDoubt(expired, now + 1)].map((state): Row => [
    `F21 whose notice has no time is settled by Pipedrive: ${state.status}`,
    state,
    undated,
    'same',
    { type: 'verify', grantId: 'grant-1', accessToken: 'access-0', isUnderway: state.status !== 'active' },
  ]),
  ['F21 whose notice has no time deletes a dead grant', dead, undated, undefined, toldUninstalled],
  [
    'F21 whose notice is older than the installation changes nothing',
    reinstalled,
    { ...uninstalled, noticeAt: now - 5 * seconds - 1 },
    'same',
  ],
  [
    'whose notice is younger than the installation, beyond what clocks may differ, deletes',
    installedBefore(5 * seconds),
    { ...uninstalled, noticeAt: now },
    undefined,
    toldUninstalled,
  ],
  ...[-5 * seconds, -1, 0, 5 * seconds - 1].map((ms): Row => [
    `F38 whose notice comes ${ms} ms after the installation is settled by Pipedrive: clocks may differ by that`,
    installedBefore(5 * seconds - 1),
    { ...uninstalled, noticeAt: now - (5 * seconds - 1) + ms },
    'same',
    verify,
  ]),
  [
    'F38 of an installation from the future is settled by Pipedrive, whatever the notice says',
    installedBefore(-240 * minutes),
    { ...uninstalled, noticeAt: now },
    'same',
    verify,
  ],
  [
    'F38 by a notice from the future is settled by Pipedrive',
    installedBefore(60 * minutes),
    { ...uninstalled, noticeAt: now + 60 * minutes },
    'same',
    verify,
  ],
  [
    'whose notice leaves open which one it is about deletes a dead grant: nothing is lost by it',
    { ...dead, installedAt: now },
    { ...uninstalled, noticeAt: now },
    undefined,
    toldUninstalled,
  ],
  [
    'F21 by the app itself does not end a grant that the user gave later',
    reinstalled,
    { ...uninstalled, grantId: 'an earlier grant' },
    'same',
  ],
  [
    'by the app itself ends the grant it revoked',
    reinstalled,
    { ...uninstalled, by: 'app', grantId: reinstalled.grantId },
    undefined,
    { type: 'notify', change: { type: 'uninstalled', account, by: 'app' } },
  ],
  ['changes nothing where nothing is installed', undefined, uninstalled, 'same'],
])

describe('F17 a record that belongs to another client id', () => {
  const rejected = { type: 'fail', code: 'client_rejected', writtenBy: foreign.clientId }
  const records = states.flatMap((state) => (state ? [{ ...state, ...foreign }] : []))

  test.each(records)('does not change on a request, which fails: $status', (state) => {
    const [next, effects] = transition(state, requested, defaultPolicy)
    expect(next).toBe(state)
    expect(effects).toEqual([rejected])
  })

  test.each(records)(
    'F41 does not change on a keep-alive, which says so, nor on an uninstall notice: $status',
    (state) => {
      const due = { ...keptAlive, before: Infinity }
      expect(transition(state, due, defaultPolicy)).toEqual([state, [rejected]])
      expect(transition(state, uninstalled, defaultPolicy)).toEqual([state, []])
    },
  )

  const orders: readonly MachineEvent[] = [
    revoked,
    { type: 'forgotten', at: now, clientId: 'app' },
    endSessions,
  ]
  test.each(orders)('does not change on $type, which orders nothing', (order) => {
    for (const state of records) expect(transition(state, order, defaultPolicy)).toEqual([state, []])
  })
})

describe('deliverableUntil()', () => {
  test.each([
    ['ends where refreshing ahead begins', active(fresh), defaultPolicy, now + 55 * minutes],
    [
      'ends where the token counts as expired, without refreshing ahead',
      active(fresh),
      { ...defaultPolicy, refreshAheadMs: 0 },
      now + fresh - 30 * seconds,
    ],
    ['begins in the middle of a short life', shortLived(4 * minutes), defaultPolicy, now + 1.5 * minutes],
    ['is the same during a refresh', refreshing(fresh), defaultPolicy, now + 55 * minutes],
    ['ends with a doubt', inDoubt(fresh, now + 1), defaultPolicy, now + 1],
    ['is 0 for a dead grant', dead, defaultPolicy, 0],
  ] as const)('%s', (_, state, policy, until) => {
    expect(deliverableUntil(state, now, policy)).toBe(until)
  })
})

function passedBy(reason: PassByReason): InstallationEffect {
  return { type: 'pass_by', reason }
}

function lapsing<State extends { readonly tokens: typeof renewedTokens }>(state: State): State {
  return { ...state, tokens: { ...state.tokens, refreshTokenExpiresAt: now + 10 * days } }
}
