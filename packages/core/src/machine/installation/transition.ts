import type { Policy } from '../policy.ts'
import { isUsable, refreshAheadAt } from '../tokens.ts'
import { isCooling, isHeld, isInDoubt, isLongDead } from './believable.ts'
import {
  cooldownFailure,
  delivery,
  notification,
  passBy,
  refreshOrder,
  type InstallationEffect,
} from './effect.ts'
import type {
  AccessTokenRevoked,
  KeepaliveDue,
  MachineEvent,
  RefreshFailed,
  RefreshRefused,
  Refreshed,
  SessionsEnded,
  TokenRequested,
} from './event.ts'
import {
  sessionsOf,
  type Active,
  type Cooldown,
  type HoldingState,
  type InDoubt,
  type InstallationState,
  type ReauthorizationRequired,
  type Refreshing,
} from './state.ts'
import { onForgotten, onUninstalled } from './ending.ts'
import { onInstalled, onInstalledAgain } from './installing.ts'
import { isHolder, recorded } from './recorded.ts'
import { step, type InstallationStep } from './step.ts'

/**
 * The life of one installation, from consent to uninstall.
 *
 * Rule 1: no clock, no randomness, no I/O. Time arrives on events, as `at`.
 * Rule 2: total. Every state answers every event; one it does not expect changes nothing.
 * Rule 3: "changes nothing" means the very same state object, so that the driver need not write.
 * Rule 4: effects say what to do, never how, and hold only once `next` is stored.
 * Rule 5: a claim on a refresh is itself a state, so the process that stores it first is the one that refreshes.
 * Rule 6: `recorded` writes history, and no decision reads it.
 * Rule 7: an instant later than any correct clock could have written is ignored: a clock that was wrong once must not
 * block an installation until the time it showed. What must never come back, such as a session, is ended by name.
 *
 * Decides what an event means for an installation. `undefined` is the state of one that does not exist.
 */
export function transition(
  state: InstallationState | undefined,
  event: MachineEvent,
  policy: Policy,
): InstallationStep {
  const [next, effects] = decide(state, event, policy)
  return next === undefined || next === state
    ? [next, effects]
    : [recorded(state, event, next, policy), effects]
}

function decide(state: InstallationState | undefined, event: MachineEvent, policy: Policy): InstallationStep {
  if (state === undefined) return onAbsent(event)
  switch (state.status) {
    case 'active':
      return onActive(state, event, policy)
    case 'refreshing':
      return onRefreshing(state, event, policy)
    case 'in_doubt':
      return onInDoubt(state, event, policy)
    case 'reauthorization_required':
      return onReauthorizationRequired(state, event, policy)
  }
}

/**
 * Returns until when `token_requested` only delivers, in epoch milliseconds: before this instant the driver may serve a
 * state from memory without asking. 0: not at all.
 */
export function deliverableUntil(state: InstallationState, at: number, policy: Policy): number {
  if (state.status === 'reauthorization_required') return 0
  if (state.tokens.obtainedAt > at + policy.clockSkewMs) return 0
  if (state.status === 'in_doubt' && !isInDoubt(state, at, policy)) return 0
  const refreshAt = refreshAheadAt(state.tokens, policy)
  return state.status === 'in_doubt' ? Math.min(refreshAt, state.until) : refreshAt
}

function onAbsent(event: MachineEvent): InstallationStep {
  switch (event.type) {
    case 'authorized':
    case 'adopted':
      return onInstalled(event, undefined)
    case 'token_requested':
      return step(undefined, { type: 'fail', code: 'not_installed' })
    default:
      return step(undefined)
  }
}

function onActive(state: Active, event: MachineEvent, policy: Policy): InstallationStep {
  switch (event.type) {
    case 'token_requested':
      return onRequestWhileActive(state, event, policy)
    case 'keepalive_due':
      return onKeepaliveDue(state, event, policy)
    default:
      return onAnyState(state, event, policy)
  }
}

function onRequestWhileActive(state: Active, event: TokenRequested, policy: Policy): InstallationStep {
  if (event.clientId !== state.clientId) return onForeignClient(state)
  const usable = isUsableFor(state, event, policy)
  if (usable && event.at < deliverableUntil(state, event.at, policy)) return step(state, delivery(state))
  if (isCooling(state.cooldown, event.at, policy))
    return usable ? step(state, delivery(state)) : step(state, cooldownFailure(state.cooldown, event.at))
  const next = toRefreshing(state, event, policy)
  return usable ? step(next, delivery(state), refreshOrder(next)) : step(next, refreshOrder(next))
}

function onRefreshing(state: Refreshing, event: MachineEvent, policy: Policy): InstallationStep {
  switch (event.type) {
    case 'token_requested':
      return onRequestWhileRefreshing(state, event, policy)
    case 'keepalive_due':
      return onKeepaliveDue(state, event, policy)
    case 'refresh_refused':
      return isAnswerTo(state, event) ? onRefused(state, event, policy) : step(state)
    case 'refresh_failed':
      return isAnswerTo(state, event) ? onFailed(state, event, policy) : step(state)
    default:
      return onAnyState(state, event, policy)
  }
}

function onRequestWhileRefreshing(
  state: Refreshing,
  event: TokenRequested,
  policy: Policy,
): InstallationStep {
  if (event.clientId !== state.clientId) return onForeignClient(state)
  const usable = isUsableFor(state, event, policy)
  const held = isHeld(state.lease, event.at, policy)
  if (usable && (held || event.at < deliverableUntil(state, event.at, policy)))
    return step(state, delivery(state))
  if (held) return step(state, { type: 'wait', until: state.lease.until })
  const next = toRefreshing(state, event, policy)
  const takeOver = takeOverOf(state)
  return usable
    ? step(next, delivery(state), refreshOrder(next), takeOver)
    : step(next, refreshOrder(next), takeOver)
}

/** The holder's own refusal ends the grant, unless a former holder of this generation may still save. */
function onRefused(state: Refreshing, event: RefreshRefused, policy: Policy): InstallationStep {
  if (!state.contested) return onGrantEnded(state, event.at)
  const { lease: _, ...kept } = state
  const until = event.at + policy.leaseMs
  return step({ ...kept, status: 'in_doubt', until }, notification({ type: 'refresh_contested', until }))
}

function onFailed(state: Refreshing, event: RefreshFailed, policy: Policy): InstallationStep {
  const { lease: _, ...kept } = state
  const failures = (state.cooldown?.failures ?? 0) + 1
  const backoffMs = policy.cooldownMs * 2 ** Math.min(failures - 1, 30)
  const retryAfterMs = Math.min(Math.max(backoffMs, event.retryAfterMs ?? 0), policy.maximumCooldownMs)
  const cooldown: Cooldown = { until: event.at + retryAfterMs, failures, code: event.code }
  const notify = notification({ type: 'refresh_failed', code: event.code, failures, retryAfterMs })
  return step({ ...kept, status: 'active', cooldown }, notify, ...holdUps(event))
}

function holdUps({ retryAfterMs, isRateLimited }: RefreshFailed): InstallationEffect[] {
  if (retryAfterMs !== undefined) return [{ type: 'hold_up', ms: retryAfterMs }]
  return isRateLimited ? [{ type: 'hold_up' }] : []
}

function onInDoubt(state: InDoubt, event: MachineEvent, policy: Policy): InstallationStep {
  switch (event.type) {
    case 'token_requested':
      if (event.clientId !== state.clientId) return onForeignClient(state)
      if (!isInDoubt(state, event.at, policy)) return onGrantEnded(state, event.at)
      return isUsableFor(state, event, policy)
        ? step(state, delivery(state))
        : step(state, { type: 'wait', until: state.until })
    case 'keepalive_due':
      if (event.clientId !== state.clientId) return onForeignClient(state)
      return isInDoubt(state, event.at, policy)
        ? step(state, passBy('refreshed_elsewhere'))
        : onGrantEnded(state, event.at)
    default:
      return onAnyState(state, event, policy)
  }
}

function onReauthorizationRequired(
  state: ReauthorizationRequired,
  event: MachineEvent,
  policy: Policy,
): InstallationStep {
  switch (event.type) {
    case 'token_requested':
      if (event.clientId !== state.clientId) return onForeignClient(state)
      return step(state, { type: 'fail', code: 'reauthorization_required' })
    case 'keepalive_due':
      if (event.clientId !== state.clientId) return onForeignClient(state)
      return isLongDead(state, event.at, policy) ? onForgotten(state, 'age') : step(state, passBy('dead'))
    default:
      return onAnyState(state, event, policy)
  }
}

/** Answers the events that mean the same in every state. */
function onAnyState(state: InstallationState, event: MachineEvent, policy: Policy): InstallationStep {
  switch (event.type) {
    case 'authorized':
    case 'adopted':
      return onInstalledAgain(state, event, policy)
    case 'refreshed':
      return onRefreshed(state, event)
    case 'access_token_revoked':
      return onAccessTokenRevoked(state, event)
    case 'uninstalled':
      return onUninstalled(state, event, policy)
    case 'forgotten':
      return event.clientId === state.clientId ? onForgotten(state, 'app') : step(state)
    case 'sessions_ended':
      return onSessionsEnded(state, event)
    default:
      return step(state)
  }
}

function onSessionsEnded(state: InstallationState, { clientId, sessions }: SessionsEnded): InstallationStep {
  return step(clientId !== state.clientId || sessionsOf(state) === sessions ? state : { ...state, sessions })
}

/** Accepts newer tokens of the same grant from any process, also from one without the lease. */
function onRefreshed(state: InstallationState, event: Refreshed): InstallationStep {
  if (event.grantId !== state.grantId || event.generation < state.generation) return step(state)
  const generation = event.generation + 1
  return step(
    { status: 'active', ...lasting(state), generation, tokens: event.tokens },
    delivery(event),
    notification({
      type: isHolder(state, event) ? 'refreshed' : 'rival_token_adopted',
      expiresAt: event.tokens.expiresAt,
    }),
  )
}

/** What a state keeps through every refresh and refusal. */
function lasting(state: InstallationState) {
  const { grantId, clientId, account, installedAt, generation, reference, sessions, history } = state
  return {
    grantId,
    clientId,
    account,
    installedAt,
    generation,
    ...(reference === undefined ? {} : { reference }),
    ...(sessions === undefined ? {} : { sessions }),
    ...(history && { history }),
  }
}

function onAccessTokenRevoked(state: InstallationState, event: AccessTokenRevoked): InstallationStep {
  if (event.clientId !== state.clientId) return step(state)
  if (!('tokens' in state) || state.tokens.accessToken !== event.accessToken) return step(state)
  if (state.tokens.expiresAt <= event.at) return step(state)
  return step({ ...state, tokens: { ...state.tokens, expiresAt: event.at } })
}

function onKeepaliveDue(state: Active | Refreshing, event: KeepaliveDue, policy: Policy): InstallationStep {
  if (event.clientId !== state.clientId) return onForeignClient(state)
  if (state.tokens.refreshTokenExpiresAt >= event.before) return step(state, passBy('not_due'))
  if (state.status === 'refreshing' && isHeld(state.lease, event.at, policy))
    return step(state, passBy('refreshed_elsewhere'))
  if (isCooling(state.cooldown, event.at, policy)) return step(state, passBy('cooling_down'))
  const next = toRefreshing(state, event, policy)
  return state.status === 'refreshing'
    ? step(next, refreshOrder(next), takeOverOf(state))
    : step(next, refreshOrder(next))
}

function takeOverOf({ lease }: Refreshing): InstallationEffect {
  return notification({ type: 'lease_taken_over', leaseEndedAt: lease.until })
}

/**
 * Claims the refresh. If the last holder never answered, marks the generation as contested until the next successful
 * refresh.
 */
function toRefreshing(
  state: Active | Refreshing,
  event: TokenRequested | KeepaliveDue,
  policy: Policy,
): Refreshing {
  const lease = { holder: event.by, until: event.at + policy.leaseMs }
  return state.status === 'refreshing'
    ? { ...state, lease, contested: true }
    : { ...state, status: 'refreshing', lease }
}

function onGrantEnded(state: HoldingState, at: number): InstallationStep {
  const { refreshToken, obtainedAt } = state.tokens
  const refused = { refreshToken, obtainedAt }
  return step(
    {
      status: 'reauthorization_required',
      ...lasting(state),
      reason: 'invalid_grant',
      refusedAt: at,
      refused,
    },
    { type: 'fail', code: 'reauthorization_required' },
    notification({ type: 'reauthorization_required', reason: 'invalid_grant' }),
  )
}

/** Returns whether an answer is from the current holder, for the current grant and generation. */
function isAnswerTo(state: Refreshing, event: RefreshRefused | RefreshFailed): boolean {
  return (
    event.by === state.lease.holder &&
    event.grantId === state.grantId &&
    event.generation === state.generation
  )
}

function isUsableFor(state: HoldingState, event: TokenRequested, policy: Policy): boolean {
  return isUsable(state.tokens, event.at, event.rejected, policy)
}

/** The record belongs to another client id, so our configuration is wrong. Changes nothing. */
function onForeignClient(state: InstallationState): InstallationStep {
  return step(state, { type: 'fail', code: 'client_rejected', writtenBy: state.clientId })
}
