import { isDeepStrictEqual } from 'node:util'
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { InstallationEffect } from '../../src/machine/installation/effect.ts'
import type { Adopted, MachineEvent } from '../../src/machine/installation/event.ts'
import type { InstallationStep } from '../../src/machine/installation/step.ts'
import { deliverableUntil, transition } from '../../src/machine/installation/transition.ts'
import type { Policy } from '../../src/machine/policy.ts'
import { sessionsOf, type InstallationState } from '../../src/machine/installation/state.ts'
import { events, instants, policies, presentStates, requests, states } from './arbitraries.ts'

type State = InstallationState | undefined

/** One step: state, event, policy, and the result. */
interface Case {
  readonly state: State
  readonly event: MachineEvent
  readonly policy: Policy
  readonly next: State
  readonly effects: readonly InstallationEffect[]
}

/** A law is a predicate over every state and every event. It returns true for those that it is not about. */
function law(title: string, holds: (it: Case) => boolean | void): void {
  test(title, () => {
    fc.assert(
      fc.property(states, events, policies, (state, event, policy) => {
        const [next, effects] = transition(state, event, policy)
        return holds({ state, event, policy, next, effects })
      }),
      { numRuns: 4_000 },
    )
  })
}

/** The events that a state never expects. */
const unexpected: Record<string, readonly MachineEvent['type'][]> = {
  none: [
    'keepalive_due',
    'refreshed',
    'refresh_refused',
    'refresh_failed',
    'access_token_revoked',
    'uninstalled',
    'forgotten',
    'sessions_ended',
  ],
  active: ['refresh_refused', 'refresh_failed'],
  refreshing: [],
  in_doubt: ['refresh_refused', 'refresh_failed'],
  reauthorization_required: ['refresh_refused', 'refresh_failed', 'access_token_revoked'],
}

describe('the machine is total', () => {
  law('every state answers every event with a state and effects', ({ next, effects }) => {
    expect([undefined, 'active', 'refreshing', 'in_doubt', 'reauthorization_required']).toContain(
      next?.status,
    )
    expect(Array.isArray(effects)).toBe(true)
  })

  law(
    'an event that a state does not expect changes nothing and orders nothing',
    ({ state, event, next, effects }) =>
      !unexpected[state?.status ?? 'none']?.includes(event.type) || (next === state && effects.length === 0),
  )

  law(
    'a step that changes nothing returns the same object, so that nothing is written',
    ({ state, next }) => next === state || serialized(next) !== serialized(state),
  )

  law('F13 no lifetime leads to a number that JSON cannot hold', ({ next, effects }) =>
    numbersIn([next, effects]).every(Number.isFinite),
  )

  law(
    'every request gets a token, a refresh, a time to wait, or a failure',
    ({ event, effects }) =>
      event.type !== 'token_requested' ||
      effects.some(
        ({ type }) => type === 'deliver' || type === 'refresh' || type === 'wait' || type === 'fail',
      ),
  )

  law('a wait ends in the future', ({ event, effects }) =>
    effects.every((effect) => effect.type !== 'wait' || effect.until > event.at),
  )

  law('a time to come back is in the future', ({ effects }) =>
    effects.every(
      (effect) => effect.type !== 'fail' || effect.retryAfterMs === undefined || effect.retryAfterMs > 0,
    ),
  )
})

describe('the machine is pure', () => {
  law(
    'it changes none of its arguments, and returns the same result again',
    ({ state, event, policy, next, effects }) => {
      const again = transition(frozen(state), frozen(event), frozen(policy))
      expect(again).toEqual([next, effects])
      return (again[0] === state) === (next === state)
    },
  )

  law(
    'F12 a state behaves the same after it was stored and read',
    ({ state, event, policy, next, effects }) => {
      const stored: State = state && JSON.parse(JSON.stringify(state))
      expect(stored).toEqual(state)
      expect(transition(stored, event, policy)).toEqual([next, effects])
    },
  )

  law('every state that it returns survives JSON', ({ next }) => {
    expect(next && JSON.parse(JSON.stringify(next))).toEqual(next)
  })

  test('F14 it reads no clock: shifting all instants shifts the result', () => {
    fc.assert(
      fc.property(
        states,
        events,
        policies,
        fc.integer({ min: -1e9, max: 1e9 }),
        (state, event, policy, ms) => {
          const shifted = transition(shift(state, ms), shift(event, ms), policy)
          expect(shifted).toEqual(shiftStep(transition(state, event, policy), ms))
        },
      ),
      { numRuns: 2_000 },
    )
  })
})

describe('a lease elects one', () => {
  law(
    'time never runs a lease backwards, unless it ends where no lease can end',
    ({ state, event, policy, next }) =>
      state?.status !== 'refreshing' ||
      next?.status !== 'refreshing' ||
      next.lease.until >= state.lease.until ||
      !isBelievable(state.lease.until, event.at, policy),
  )

  law(
    'no process claims while a lease is live',
    ({ state, event, policy, effects }) =>
      state?.status !== 'refreshing' || !isLive(state.lease, event.at, policy) || !has(effects, 'refresh'),
  )

  law(
    'F04 a live lease ends only by its holder, by newer tokens, or with the grant',
    ({ state, event, policy, next }) =>
      state?.status !== 'refreshing' ||
      !isLive(state.lease, event.at, policy) ||
      (next?.status === 'refreshing' && next.lease === state.lease) ||
      ('by' in event && event.by === state.lease.holder) ||
      ['refreshed', 'authorized', 'adopted', 'uninstalled', 'forgotten'].includes(event.type),
  )

  law(
    'a refresh is ordered only under a stored lease of the process that asks',
    ({ event, policy, next, effects }) => {
      for (const effect of effects) {
        if (effect.type !== 'refresh') continue
        if (next?.status !== 'refreshing' || !('by' in event)) return false
        const { grantId, generation, tokens, lease } = next
        expect(effect).toEqual({ type: 'refresh', grantId, generation, tokens, lease })
        expect(lease).toEqual({ holder: event.by, until: event.at + policy.leaseMs })
      }
      return true
    },
  )

  law(
    'F07 a take-over leaves its generation contested until the tokens are renewed',
    ({ state, event, policy, next }) =>
      state?.status !== 'refreshing' ||
      next?.status !== 'refreshing' ||
      next.lease === state.lease ||
      (next.contested === true && !isLive(state.lease, event.at, policy)),
  )
})

describe('tokens are kept', () => {
  law(
    'the generation of a grant never falls',
    ({ state, next }) =>
      state === undefined || next?.grantId !== state.grantId || next.generation >= state.generation,
  )

  law('F15 F17 a refresh without a verdict keeps the tokens', ({ state, event, next }) => {
    if (event.type !== 'refresh_failed' || !state || !('tokens' in state)) return true
    return next !== undefined && 'tokens' in next && next.tokens === state.tokens
  })

  law(
    'a grant ends only if its own holder was refused, or if a doubt has run out',
    ({ state, event, policy, next }) => {
      if (next?.status !== 'reauthorization_required' || next.status === state?.status) return true
      if (state?.status === 'in_doubt') return !isLive(state, event.at, policy)
      return (
        state?.status === 'refreshing' &&
        event.type === 'refresh_refused' &&
        event.by === state.lease.holder &&
        !state.contested
      )
    },
  )

  law(
    'a record is deleted only by an uninstall, by the application, or long after its grant ended',
    ({ state, event, policy, next }) =>
      state === undefined ||
      next !== undefined ||
      event.type === 'uninstalled' ||
      event.type === 'forgotten' ||
      (state.status === 'reauthorization_required' &&
        event.type === 'keepalive_due' &&
        policy.forgetAfterMs > 0 &&
        event.at >= state.refusedAt + policy.forgetAfterMs),
  )

  law(
    'only consent or adopted tokens create a record',
    ({ state, event, next }) =>
      state !== undefined || next === undefined || event.type === 'authorized' || event.type === 'adopted',
  )

  law(
    'F90 the refresh token that was refused, and no other, is what a dead grant keeps',
    ({ state, next }) => {
      if (next?.status !== 'reauthorization_required') return true
      const { refused } = next
      if (state?.status === 'reauthorization_required') return refused === state.refused
      if (state === undefined) return false
      const { refreshToken, obtainedAt } = state.tokens
      expect(refused).toEqual({ refreshToken, obtainedAt })
      return true
    },
  )

  law(
    'F90 adopted tokens bring a dead grant back only if they are others and newer, or surely alive',
    ({ state, event, policy, next, effects }) => {
      if (event.type !== 'adopted' || state?.status !== 'reauthorization_required') return true
      if (event.grantId === state.grantId) return true
      const { refreshToken, obtainedAt } = state.refused
      const isOther = event.tokens.refreshToken !== refreshToken && isNewer(event, obtainedAt, policy)
      const comesBack =
        event.replace === true || event.isAccepted === true || (event.isUndated !== true && isOther)
      return comesBack ? next?.status === 'active' : next?.status === state.status && effects.length === 0
    },
  )

  law(
    'F38 adopted tokens replace stored ones only if they are newer, as far as a right clock can tell',
    ({ state, event, policy, next }) => {
      if (event.type !== 'adopted' || state === undefined || !('tokens' in state)) return true
      if (event.grantId === state.grantId) return true
      const replaces = event.isUndated !== true && isNewer(event, state.tokens.obtainedAt, policy)
      return (event.replace === true || replaces) === (next?.grantId === event.grantId)
    },
  )

  law(
    'adopted tokens that are left out change nothing, except the names of the account, if Pipedrive has just said them',
    ({ state, event, next }) => {
      if (event.type !== 'adopted' || state === undefined || next?.grantId === event.grantId) return true
      const isNamed = event.isIdentified === true && event.clientId === state.clientId
      const account = isNamed ? { ...state.account, ...event.account } : state.account
      expect(next).toEqual({ ...state, account })
      return (next === state) === isDeepStrictEqual(account, state.account)
    },
  )

  law(
    'F19 an answer never changes another grant',
    ({ state, event, next, effects }) =>
      !('generation' in event) ||
      event.grantId === state?.grantId ||
      (next === state && effects.length === 0),
  )
})

describe('an uninstall', () => {
  law(
    'F20 of a grant that is named deletes that grant at once, and no other',
    ({ state, event, next, effects }) => {
      if (event.type !== 'uninstalled' || event.grantId === undefined || state === undefined) return true
      return event.clientId === state.clientId && event.grantId === state.grantId
        ? next === undefined
        : next === state && effects.length === 0
    },
  )

  law(
    'F21 by a notice without a time is settled by Pipedrive, and deletes what has no tokens',
    ({ state, event, next, effects }) => {
      if (event.type !== 'uninstalled' || event.clientId !== state?.clientId) return true
      if (event.noticeAt !== undefined || event.grantId !== undefined) return true
      return 'tokens' in state ? next === state && effects[0]?.type === 'verify' : next === undefined
    },
  )

  law(
    'F21 F38 deletes only if its notice is surely younger than the installation; surely older, it does nothing',
    ({ state, event, policy, next, effects }) => {
      if (event.type !== 'uninstalled' || state === undefined || event.noticeAt === undefined) return true
      if (event.grantId !== undefined) return true
      const { clockSkewMs } = policy
      const latest = event.at + clockSkewMs
      const isOpen =
        state.installedAt > latest ||
        event.noticeAt > latest ||
        Math.abs(event.noticeAt - state.installedAt + 0.5) < clockSkewMs
      if (event.clientId !== state.clientId) return next === state && effects.length === 0
      if (isOpen && 'tokens' in state) return next === state && effects[0]?.type === 'verify'
      if (isOpen) return next === undefined
      return event.noticeAt < state.installedAt ? next === state && effects.length === 0 : next === undefined
    },
  )
})

describe('F70 sessions', () => {
  law('end with endSessions() and with the consent after a dead grant, and with nothing else', (it) => {
    const { state, event, next } = it
    if (state === undefined || next === undefined) return true
    if (event.type === 'sessions_ended' && event.clientId === state.clientId)
      return sessionsOf(next) === event.sessions
    const isNewGrant = next.grantId !== state.grantId && state.status === 'reauthorization_required'
    return sessionsOf(next) === (isNewGrant ? next.grantId : sessionsOf(state))
  })

  law(
    'of a new record are those of its grant',
    ({ state, next }) => state !== undefined || next === undefined || sessionsOf(next) === next.grantId,
  )

  test('F38 are ended by no clock: no instant changes which of them count', () => {
    fc.assert(
      fc.property(states, events, instants, policies, (state, event, at, policy) => {
        const [next] = transition(state, event, policy)
        const [other] = transition(state, { ...event, at }, policy)
        if (next?.grantId === other?.grantId && next && other)
          expect(sessionsOf(other)).toBe(sessionsOf(next))
      }),
      { numRuns: 4_000 },
    )
  })
})

describe('a token that is delivered', () => {
  law(
    'to a request lives for minimumValidityMs at least, and is not the rejected one',
    ({ state, event, policy, effects }) => {
      if (event.type !== 'token_requested') return true
      return effects.every((effect) => {
        if (effect.type !== 'deliver') return true
        if (!state || !('tokens' in state) || effect.accessToken !== state.tokens.accessToken) return false
        return (
          state.tokens.expiresAt - event.at >= policy.minimumValidityMs &&
          effect.accessToken !== event.rejected
        )
      })
    },
  )

  law('is not refreshed ahead in the first half of its life, but at the last moment for it', (it) => {
    const { state, event, policy, effects } = it
    if (event.type !== 'token_requested' || !state || !('tokens' in state)) return true
    const { obtainedAt, expiresAt } = state.tokens
    const isYoung = event.at < obtainedAt + (expiresAt - obtainedAt) / 2
    // A millisecond later, a caller would wait for the refresh.
    const isLast = event.at === expiresAt - policy.minimumValidityMs
    return !isYoung || isLast || !has(effects, 'deliver') || !has(effects, 'refresh')
  })

  law('is refreshed ahead as soon as refreshAheadMs says, in the second half of its life', (it) => {
    const { state, event, policy, effects } = it
    if (event.type !== 'token_requested' || state?.status !== 'active') return true
    const { obtainedAt, expiresAt } = state.tokens
    const isDue = event.at >= Math.max(expiresAt - policy.refreshAheadMs, (obtainedAt + expiresAt) / 2)
    return !isDue || !has(effects, 'deliver') || has(effects, 'refresh') || state.cooldown !== undefined
  })

  law('is the stored one', ({ next, effects }) =>
    effects.every(
      (effect) =>
        effect.type !== 'deliver' ||
        (next && 'tokens' in next && next.tokens.accessToken === effect.accessToken),
    ),
  )

  test('deliverableUntil() promises what transition() keeps', () => {
    fc.assert(
      fc.property(presentStates, requests, policies, instants, (state, request, policy, at) => {
        const { rejected: _, ...asking } = request
        const event = { ...asking, at, clientId: state.clientId }
        if (at >= deliverableUntil(state, at, policy) || !('tokens' in state)) return
        const { accessToken, apiDomain } = state.tokens
        const [next, effects] = transition(state, event, policy)
        expect(next).toBe(state)
        expect(effects).toEqual([{ type: 'deliver', accessToken, apiDomain }])
      }),
      { numRuns: 4_000 },
    )
  })
})

describe('F37 no instant in a record is believed beyond what the rules could have written', () => {
  law('nobody waits for longer than a lease, whatever a record says', ({ event, policy, effects }) =>
    effects.every(
      (effect) => effect.type !== 'wait' || effect.until <= event.at + policy.leaseMs + policy.clockSkewMs,
    ),
  )

  law('nobody is put off for longer than the longest cooldown', ({ policy, effects }) =>
    effects.every(
      (effect) =>
        effect.type !== 'fail' || (effect.retryAfterMs ?? 0) <= policy.maximumCooldownMs + policy.clockSkewMs,
    ),
  )

  law(
    'F38 no token that was obtained in the future is delivered to a request',
    ({ state, event, policy, effects }) =>
      event.type !== 'token_requested' ||
      !has(effects, 'deliver') ||
      (state !== undefined && 'tokens' in state && state.tokens.obtainedAt <= event.at + policy.clockSkewMs),
  )
})

describe('history', () => {
  const without = (state: State) => {
    if (state === undefined) return undefined
    const { history: _, ...rest } = state
    return rest
  }

  test('is never read: with any history, or none, everything else is the same', () => {
    fc.assert(
      fc.property(states, events, policies, (state, event, policy) => {
        const [next, effects] = transition(state, event, policy)
        const bare = without(state)
        const [other, otherEffects] = transition(bare, event, policy)
        expect(without(other)).toEqual(without(next))
        const told = (all: readonly InstallationEffect[]) =>
          serialized(all).replaceAll(/"history":[[][^\]]*[\]],?/g, '')
        expect(told(otherEffects)).toBe(told(effects))
        expect(other === bare).toBe(next === state)
      }),
      { numRuns: 4_000 },
    )
  })

  law(
    'has no more entries than the policy says, oldest first, each with a count',
    ({ next, state, policy }) => {
      const history = next?.history ?? []
      if (next === state) return true
      expect(history.length).toBeLessThanOrEqual(Math.max(policy.historyEntries, state?.history?.length ?? 0))
      for (const { at, firstAt, count } of history) expect(at >= firstAt && count >= 1).toBe(true)
      for (const [index, { firstAt }] of history.entries())
        expect(firstAt).toBeGreaterThanOrEqual(history[index - 1]?.at ?? -Infinity)
      return true
    },
  )

  law('ends with the record, and goes with the event that tells of it', ({ state, next, effects }) => {
    if (next !== undefined || state === undefined) return true
    const told = effects.flatMap((effect) => (effect.type === 'notify' ? [effect.change] : []))
    return told.some((change) =>
      'history' in change ? change.history === state.history : state.history === undefined,
    )
  })
})

describe("another app's record", () => {
  law(
    'F17 changes only by a new grant and by answers to its own refreshes',
    ({ state, event, next }) =>
      !('clientId' in event) ||
      event.type === 'authorized' ||
      event.type === 'adopted' ||
      event.clientId === state?.clientId ||
      next === state,
  )

  law(
    'F17 delivers no token',
    ({ state, event, effects }) =>
      event.type !== 'token_requested' || event.clientId === state?.clientId || !has(effects, 'deliver'),
  )
})

/** Whether adopted tokens are newer. An instant in the future tells nothing; then an access token that lives does. */
function isNewer({ at, tokens }: Adopted, obtainedAt: number, { clockSkewMs }: Policy): boolean {
  const isUnknown = obtainedAt > at + clockSkewMs && tokens.obtainedAt <= at + clockSkewMs
  return isUnknown ? at < tokens.expiresAt : obtainedAt < tokens.obtainedAt
}

/** Whether a lease, or a doubt, still counts. */
function isLive({ until }: { readonly until: number }, at: number, policy: Policy): boolean {
  return at < until && isBelievable(until, at, policy)
}

function isBelievable(until: number, at: number, { leaseMs, clockSkewMs }: Policy): boolean {
  return until <= at + leaseMs + clockSkewMs
}

function has(effects: readonly InstallationEffect[], type: InstallationEffect['type']): boolean {
  return effects.some((effect) => effect.type === type)
}

/** Returns JSON that does not depend on the order of keys. */
function serialized(value: unknown): string {
  return JSON.stringify(value, (_, part: unknown) =>
    isObject(part) && !Array.isArray(part)
      ? Object.fromEntries(Object.entries(part).sort(([one], [other]) => (one < other ? -1 : 1)))
      : part,
  )
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null
}

function frozen<T>(value: T): T {
  if (isObject(value) && !Object.isFrozen(value))
    for (const part of Object.values(Object.freeze(value))) frozen(part)
  return value
}

function numbersIn(value: unknown): number[] {
  if (typeof value === 'number') return [value]
  return isObject(value) ? Object.values(value).flatMap(numbersIn) : []
}

/** Adds `ms` to every instant, found by its name. */
function shift<T>(value: T, ms: number): T {
  if (Array.isArray(value)) return value.map((part: unknown) => shift(part, ms)) as T
  if (!isObject(value)) return value
  const isInstant = (name: string) => /At$|^(at|until|before)$/.test(name)
  return Object.fromEntries(
    Object.entries(value).map(([name, part]) => [
      name,
      isInstant(name) && typeof part === 'number' ? part + ms : shift(part, ms),
    ]),
  ) as T
}

function shiftStep([next, effects]: InstallationStep, ms: number): InstallationStep {
  return [shift(next, ms), shift(effects, ms)]
}
