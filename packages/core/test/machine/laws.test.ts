import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { InstallationEffect } from '../../src/machine/installation/effect.ts'
import type { MachineEvent } from '../../src/machine/installation/event.ts'
import type { InstallationStep } from '../../src/machine/installation/transition.ts'
import { deliverableUntil, transition } from '../../src/machine/installation/transition.ts'
import type { Policy } from '../../src/machine/policy.ts'
import type { InstallationState } from '../../src/machine/installation/state.ts'
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
  ],
  active: ['refresh_refused', 'refresh_failed'],
  refreshing: [],
  in_doubt: ['refresh_refused', 'refresh_failed'],
  reauthorization_required: ['keepalive_due', 'refresh_refused', 'refresh_failed', 'access_token_revoked'],
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
    'no event shortens a lease',
    ({ state, next }) =>
      state?.status !== 'refreshing' ||
      next?.status !== 'refreshing' ||
      next.lease.until >= state.lease.until,
  )

  law(
    'no process claims while a lease is live',
    ({ state, event, effects }) =>
      state?.status !== 'refreshing' || event.at >= state.lease.until || !has(effects, 'refresh'),
  )

  law(
    'F04 only its holder, newer tokens or the end of the grant end a live lease',
    ({ state, event, next }) =>
      state?.status !== 'refreshing' ||
      event.at >= state.lease.until ||
      (next?.status === 'refreshing' && next.lease === state.lease) ||
      ('by' in event && event.by === state.lease.holder) ||
      ['refreshed', 'authorized', 'adopted', 'uninstalled'].includes(event.type),
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
    ({ state, event, next }) =>
      state?.status !== 'refreshing' ||
      next?.status !== 'refreshing' ||
      next.lease === state.lease ||
      (next.contested === true && event.at >= state.lease.until),
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
    ({ state, event, next }) => {
      if (next?.status !== 'reauthorization_required' || next === state) return true
      if (state?.status === 'in_doubt') return event.at >= state.until
      return (
        state?.status === 'refreshing' &&
        event.type === 'refresh_refused' &&
        event.by === state.lease.holder &&
        !state.contested
      )
    },
  )

  law(
    'only an uninstall deletes a record',
    ({ state, event, next }) => state === undefined || next !== undefined || event.type === 'uninstalled',
  )

  law(
    'only consent or adopted tokens create a record',
    ({ state, event, next }) =>
      state !== undefined || next === undefined || event.type === 'authorized' || event.type === 'adopted',
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
    'F20 waits for nothing',
    ({ state, event, next }) =>
      event.type !== 'uninstalled' ||
      event.noticeAt !== undefined ||
      event.clientId !== state?.clientId ||
      next === undefined,
  )

  law(
    'F21 changes nothing if its notice is older than the installation',
    ({ state, event, next, effects }) =>
      event.type !== 'uninstalled' ||
      state === undefined ||
      (event.noticeAt ?? Infinity) >= state.installedAt ||
      (next === state && effects.length === 0),
  )
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
        if (at >= deliverableUntil(state, policy) || !('tokens' in state)) return
        const { accessToken, apiDomain } = state.tokens
        const [next, effects] = transition(state, event, policy)
        expect(next).toBe(state)
        expect(effects).toEqual([{ type: 'deliver', accessToken, apiDomain }])
      }),
      { numRuns: 4_000 },
    )
  })
})

describe("another app's record", () => {
  law(
    'F17 does not change on requests, keep-alives and uninstalls',
    ({ state, event, next }) =>
      (event.type !== 'token_requested' && event.type !== 'keepalive_due' && event.type !== 'uninstalled') ||
      event.clientId === state?.clientId ||
      next === state,
  )

  law(
    'F17 delivers no token',
    ({ state, event, effects }) =>
      event.type !== 'token_requested' || event.clientId === state?.clientId || !has(effects, 'deliver'),
  )
})

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
