import { describe, expect, test } from 'vitest'
import { withEntry, type History, type HistoryKind } from '../../src/machine/history.ts'
import type { MachineEvent } from '../../src/machine/installation/event.ts'
import type { InstallationState } from '../../src/machine/installation/state.ts'
import { needsAttention } from '../../src/machine/installation/state.ts'
import { transition } from '../../src/machine/installation/transition.ts'
import { defaultPolicy } from '../../src/machine/policy.ts'
import { account, now, renewedTokens as tokens } from './fixtures.ts'

const hour = 3_600_000

type State = InstallationState | undefined

/** What an installation has lived through, by the machine itself. */
function livedThrough(...events: readonly MachineEvent[]): { state: State; told: unknown[] } {
  const told: unknown[] = []
  const state = events.reduce<State>((before, event) => {
    const [next, effects] = transition(before, event, defaultPolicy)
    for (const effect of effects) if (effect.type === 'notify') told.push(effect.change)
    return next
  }, undefined)
  return { state, told }
}

const consent = { type: 'authorized', grantId: 'g1', clientId: 'app', account, tokens } as const
const at = (ms: number, process = 1) => ({ at: now + ms, process })
const claim = (ms: number, process = 1) =>
  ({
    type: 'token_requested',
    clientId: 'app',
    by: `p${process}`,
    ...at(ms, process),
  }) as const
const answered = (ms: number, generation: number, process = 1) =>
  ({
    type: 'refreshed',
    grantId: 'g1',
    generation,
    by: `p${process}`,
    tokens: { ...tokens, obtainedAt: now + ms, expiresAt: now + ms },
    ...at(ms, process),
  }) as const
const kinds = (state: State) => state?.history?.map(({ kind, process }) => `${kind} ${process}`)

describe('history', () => {
  test('tells who took over, who was refused, and who connected again', () => {
    const { state } = livedThrough(
      { ...consent, tokens: { ...tokens, expiresAt: now }, ...at(0, 7) },
      claim(1_000, 1),
      claim(60_000, 2),
      { type: 'refresh_refused', grantId: 'g1', generation: 0, by: 'p2', ...at(61_000, 2) },
      claim(200_000, 3),
      { ...consent, grantId: 'g2', ...at(300_000, 4) },
    )
    expect(kinds(state)).toEqual([
      'installed 7',
      'lease_taken_over 2',
      'refresh_contested 2',
      'reauthorization_required 3',
      'installed 4',
    ])
    expect(state?.history?.map((entry) => entry.at - now)).toEqual([0, 60_000, 61_000, 200_000, 300_000])
  })

  test('folds a run of refreshes into one entry, with how many, the first and the last', () => {
    const hours = Array.from({ length: 24 }, (_, index) => index + 1)
    const { state } = livedThrough(
      { ...consent, tokens: { ...tokens, expiresAt: now }, ...at(0) },
      ...hours.flatMap((each) => [claim(each * hour, each % 3), answered(each * hour, each - 1, each % 3)]),
    )
    expect(state?.history).toEqual([
      { kind: 'installed', at: now, firstAt: now, process: 1, count: 1 },
      { kind: 'refreshed', at: now + 24 * hour, firstAt: now + hour, process: 0, count: 24 },
    ])
  })

  test('calls a token of the same grant that comes without the lease a rival’s', () => {
    const { state } = livedThrough(
      { ...consent, tokens: { ...tokens, expiresAt: now }, ...at(0) },
      claim(1_000, 1),
      claim(60_000, 2),
      answered(61_000, 0, 1),
    )
    expect(kinds(state)).toEqual(['installed 1', 'lease_taken_over 2', 'rival_token_adopted 1'])
  })

  test('has the failure itself, and what the app did', () => {
    const { state } = livedThrough(
      { ...consent, tokens: { ...tokens, expiresAt: now }, reference: 'tenant-1', ...at(0) },
      claim(1_000),
      {
        type: 'refresh_failed',
        grantId: 'g1',
        generation: 0,
        by: 'p1',
        code: 'token_endpoint_timeout',
        ...at(2_000),
      },
      { type: 'adopted', ...consentOf('g2', 3_000), reference: 'tenant-2' },
      { type: 'access_token_revoked', clientId: 'app', accessToken: tokens.accessToken, ...at(4_000) },
    )
    expect(kinds(state)).toEqual([
      'installed 1',
      'token_endpoint_timeout 1',
      'adopted 1',
      'reference_changed 1',
      'access_token_revoked 1',
    ])
  })

  test('goes with the uninstall that ends it', () => {
    const { told } = livedThrough(
      { ...consent, ...at(0) },
      { type: 'uninstalled', clientId: 'app', by: 'user', grantId: consent.grantId, ...at(1_000) },
    )
    expect(told.at(-1)).toMatchObject({ type: 'uninstalled', by: 'user', history: [{ kind: 'installed' }] })
  })

  test('says nothing of what changes nothing', () => {
    const { state } = livedThrough(
      { ...consent, ...at(0) },
      { type: 'token_requested', clientId: 'app', by: 'p1', ...at(1_000) },
      { type: 'keepalive_due', clientId: 'app', by: 'p1', before: now, ...at(2_000) },
      { ...consent, ...at(3_000) },
    )
    expect(kinds(state)).toEqual(['installed 1'])
  })

  test('keeps the last entries, as many as the policy says', () => {
    const entries: readonly HistoryKind[] = ['installed', 'adopted', 'installed', 'access_token_revoked']
    const kept = (limit: number) =>
      entries.reduce<History>(
        (all, kind, index) => withEntry(all, { kind, at: index, process: 0 }, limit),
        [],
      )
    expect(kept(16).map(({ kind }) => kind)).toEqual(entries)
    expect(kept(2).map(({ kind }) => kind)).toEqual(entries.slice(-2))
    expect(kept(0)).toEqual([])
  })

  test('F38 never goes back in time, whatever a clock says', () => {
    const first = withEntry([], { kind: 'installed', at: now, process: 0 }, 16)
    const then = withEntry(first, { kind: 'refreshed', at: now - 4 * hour, process: 1 }, 16)
    expect(then.map((entry) => entry.at)).toEqual([now, now])
  })

  function consentOf(grantId: string, ms: number) {
    return { grantId, clientId: 'app', account, tokens: { ...tokens, obtainedAt: now + ms }, ...at(ms) }
  }
})

describe('a reference', () => {
  const install = { ...consent, ...at(0) }
  test.each([
    [undefined, undefined, undefined, ['installed']],
    ['a', undefined, 'a', ['installed']],
    ['a', 'a', 'a', ['installed']],
    [undefined, 'b', 'b', ['installed', 'reference_changed']],
    ['a', 'b', 'b', ['installed', 'reference_changed']],
  ])('%s, then %s at a re-install, is %s', (first, second, kept, types) => {
    const named = (reference: string | undefined) => (reference === undefined ? {} : { reference })
    const { state, told } = livedThrough(
      { ...install, ...named(first) },
      { ...install, grantId: 'g2', ...named(second), ...at(1_000) },
    )
    expect(state?.reference).toBe(kept)
    expect(told.slice(1).map((change) => (change as { type: string }).type)).toEqual(types)
    const renewed = livedThrough({ ...install, ...named(first) }, answered(1_000, 0)).state
    expect(renewed?.reference).toBe(first)
  })

  test('changes as an event that says what it was before', () => {
    const { told } = livedThrough(
      { ...install, reference: 'a' },
      { ...install, grantId: 'g2', reference: 'b', ...at(1_000) },
    )
    expect(told.at(-1)).toEqual({ type: 'reference_changed', reference: 'b', previous: 'a' })
  })
})

describe('what is known of an account', () => {
  test('F58 is not forgotten because the next grant does not say it', () => {
    const named = { ...account, companyName: 'Acme', isAdmin: true }
    const { state } = livedThrough(
      { ...consent, account: named, ...at(0) },
      {
        ...consent,
        grantId: 'g2',
        account: { companyId: account.companyId, userId: account.userId },
        ...at(1),
      },
    )
    expect(state?.account).toEqual(named)
  })

  test('F58 is not forgotten because the next grant leaves it undefined', () => {
    const named = { ...account, companyName: 'Acme', userName: 'Ada' }
    const unsaid = {
      ...account,
      ...Object.fromEntries([
        ['companyName', undefined],
        ['userName', undefined],
      ]),
    }
    const { state } = livedThrough(
      { ...consent, account: named, ...at(0) },
      { ...consent, grantId: 'g2', account: unsaid, ...at(1) },
    )
    expect(state?.account).toEqual(named)
  })
})

describe('a record is forgotten', () => {
  const dead = livedThrough({ ...consent, tokens: { ...tokens, expiresAt: now }, ...at(0) }, claim(1_000), {
    type: 'refresh_refused',
    grantId: 'g1',
    generation: 0,
    by: 'p1',
    ...at(2_000),
  }).state
  const passedBy = { type: 'pass_by', reason: 'dead' }
  const forgotten = { change: { type: 'forgotten', by: 'age', account } }
  const due = (ms: number, clientId = 'app') =>
    ({ type: 'keepalive_due', clientId, by: 'p1', before: now, at: now + 2_000 + ms }) as const

  test.each([
    ['a moment before its time', defaultPolicy.forgetAfterMs - 1, defaultPolicy, 'app', passedBy],
    ['at its time', defaultPolicy.forgetAfterMs, defaultPolicy, 'app', forgotten],
    [
      'never, with 0',
      defaultPolicy.forgetAfterMs * 9,
      { ...defaultPolicy, forgetAfterMs: 0 },
      'app',
      passedBy,
    ],
    [
      'not by another app',
      defaultPolicy.forgetAfterMs,
      defaultPolicy,
      'another',
      { code: 'client_rejected' },
    ],
  ] as const)('%s', (_, ms, policy, clientId, effect) => {
    const [next, effects] = transition(dead, due(ms, clientId), policy)
    expect(next === undefined).toBe(effect === forgotten)
    expect(effects).toMatchObject([effect])
  })

  test('when the application wants it, whatever state it is in', () => {
    const [next, effects] = transition(dead, { type: 'forgotten', at: now, clientId: 'app' }, defaultPolicy)
    expect([next, effects]).toMatchObject([undefined, [{ change: { type: 'forgotten', by: 'app' } }]])
  })
})

describe('needsAttention()', () => {
  const active = livedThrough({ ...consent, ...at(0) }).state as InstallationState
  const failing = (failures: number) =>
    ({ ...active, cooldown: { until: now, failures, code: 'token_endpoint_timeout' } }) as InstallationState

  test.each([
    ['healthy', active, false],
    ['failed once', failing(1), false],
    // 1 + 2 + … + 16 s: 31 s so far
    ['failing for less than the longest cooldown', failing(6), false],
    // 63 s
    ['failing for longer than the longest cooldown', failing(7), true],
    ['failing for ever', failing(2_000), true],
  ])('of an installation that is %s', (_, state, expected) => {
    expect(needsAttention(state, defaultPolicy)).toBe(expected)
  })

  test('looks at the number of failures where the longest cooldown is longer than they can count', () => {
    const policy = { cooldownMs: 1, maximumCooldownMs: 2 ** 40 }
    expect([needsAttention(failing(29), policy), needsAttention(failing(30), policy)]).toEqual([false, true])
  })
})
