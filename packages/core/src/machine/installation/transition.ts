import type { InstallationEffect, InstallationChange, Refresh } from './effect.ts'
import type {
  AccessTokenRevoked,
  Adopted,
  Authorized,
  MachineEvent,
  KeepaliveDue,
  RefreshFailed,
  RefreshRefused,
  Refreshed,
  TokenRequested,
  Uninstalled,
} from './event.ts'
import type { Policy } from '../policy.ts'
import type {
  Active,
  Cooldown,
  HoldingState,
  InDoubt,
  InstallationState,
  ReauthorizationRequired,
  Refreshing,
} from './state.ts'
import { isUsable } from '../tokens.ts'

/**
 * The life of one installation, from consent to uninstall.
 *
 * Rule 1: no clock, no randomness, no I/O. Time arrives on events, as `at`.
 * Rule 2: total. Every state answers every event; one it does not expect changes nothing.
 * Rule 3: "changes nothing" means the very same state object, so that the driver need not write.
 * Rule 4: effects say what to do, never how, and hold only once `next` is stored.
 * Rule 5: a claim on a refresh is itself a state, so whoever stores it first is the one that refreshes.
 */
export type InstallationStep = readonly [
  next: InstallationState | undefined,
  effects: readonly InstallationEffect[],
]

/** Decides what an event means for an installation. `undefined` is the state of one that does not exist. */
export function transition(
  state: InstallationState | undefined,
  event: MachineEvent,
  policy: Policy,
): InstallationStep {
  if (state === undefined) return onAbsent(event)
  switch (state.status) {
    case 'active':
      return onActive(state, event, policy)
    case 'refreshing':
      return onRefreshing(state, event, policy)
    case 'in_doubt':
      return onInDoubt(state, event, policy)
    case 'reauthorization_required':
      return onReauthorizationRequired(state, event)
  }
}

/**
 * Until when `token_requested` delivers without another thought, in epoch milliseconds: before this instant
 * the driver may serve a state it has in memory without asking.
 */
export function deliverableUntil(state: InstallationState, policy: Policy): number {
  if (state.status === 'reauthorization_required') return 0
  const refreshAt = state.tokens.expiresAt - Math.max(policy.refreshAheadMs, policy.minimumValidityMs)
  return state.status === 'in_doubt' ? Math.min(refreshAt, state.until) : refreshAt
}

function onAbsent(event: MachineEvent): InstallationStep {
  switch (event.type) {
    case 'authorized':
    case 'adopted':
      return onInstalled(event, true)
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
      return onAnyState(state, event)
  }
}

function onRequestWhileActive(state: Active, event: TokenRequested, policy: Policy): InstallationStep {
  if (event.clientId !== state.clientId) return onForeignClient(state)
  const usable = isUsableFor(state, event, policy)
  if (usable && event.at < deliverableUntil(state, policy)) return step(state, delivery(state))
  if (isCooling(state.cooldown, event.at))
    return usable ? step(state, delivery(state)) : step(state, cooldownFailure(state.cooldown, event.at))
  const next = toRefreshing(state, event, policy)
  return usable ? step(next, delivery(state), refreshOrder(next)) : step(next, refreshOrder(next))
}

function onRefreshing(state: Refreshing, event: MachineEvent, policy: Policy): InstallationStep {
  switch (event.type) {
    case 'token_requested':
      return onRequestWhileRefreshing(state, event, policy)
    case 'keepalive_due':
      return event.at < state.lease.until ? step(state) : onKeepaliveDue(state, event, policy)
    case 'refresh_refused':
      return isAnswerTo(state, event) ? onRefused(state, event, policy) : step(state)
    case 'refresh_failed':
      return isAnswerTo(state, event) ? onFailed(state, event, policy) : step(state)
    default:
      return onAnyState(state, event)
  }
}

function onRequestWhileRefreshing(
  state: Refreshing,
  event: TokenRequested,
  policy: Policy,
): InstallationStep {
  if (event.clientId !== state.clientId) return onForeignClient(state)
  const usable = isUsableFor(state, event, policy)
  if (usable && (event.at < deliverableUntil(state, policy) || event.at < state.lease.until))
    return step(state, delivery(state))
  if (event.at < state.lease.until) return step(state, { type: 'wait', until: state.lease.until })
  const next = toRefreshing(state, event, policy)
  return usable ? step(next, delivery(state), refreshOrder(next)) : step(next, refreshOrder(next))
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
  return step(
    { ...kept, status: 'active', cooldown },
    notification({ type: 'refresh_failed', code: event.code, failures, retryAfterMs }),
  )
}

function onInDoubt(state: InDoubt, event: MachineEvent, policy: Policy): InstallationStep {
  switch (event.type) {
    case 'token_requested':
      if (event.clientId !== state.clientId) return onForeignClient(state)
      if (event.at >= state.until) return onGrantEnded(state, event.at)
      return isUsableFor(state, event, policy)
        ? step(state, delivery(state))
        : step(state, { type: 'wait', until: state.until })
    case 'keepalive_due':
      if (event.clientId !== state.clientId) return step(state)
      return event.at < state.until ? step(state) : onGrantEnded(state, event.at)
    default:
      return onAnyState(state, event)
  }
}

function onReauthorizationRequired(state: ReauthorizationRequired, event: MachineEvent): InstallationStep {
  switch (event.type) {
    case 'token_requested':
      if (event.clientId !== state.clientId) return onForeignClient(state)
      return step(state, { type: 'fail', code: 'reauthorization_required' })
    default:
      return onAnyState(state, event)
  }
}

/** What holds for an installation whatever state it is in. */
function onAnyState(state: InstallationState, event: MachineEvent): InstallationStep {
  switch (event.type) {
    case 'authorized':
    case 'adopted':
      return onInstalledAgain(state, event)
    case 'refreshed':
      return onRefreshed(state, event)
    case 'access_token_revoked':
      return onAccessTokenRevoked(state, event)
    case 'uninstalled':
      return onUninstalled(state, event)
    default:
      return step(state)
  }
}

function onInstalled(event: Authorized | Adopted, firstTime: boolean): InstallationStep {
  const { grantId, clientId, account, tokens } = event
  return step(
    { status: 'active', grantId, clientId, account, installedAt: event.at, generation: 0, tokens },
    delivery(event),
    installedNotification(event, firstTime),
  )
}

function installedNotification(
  { account, tokens }: Authorized | Adopted,
  firstTime: boolean,
): InstallationEffect {
  return notification({ type: 'installed', account, scopes: tokens.scopes, firstTime })
}

/**
 * The same grant once more, because its first save went unheard, never undoes a refresh since. And tokens brought
 * from elsewhere never replace newer ones: an import that runs twice does no harm.
 */
function onInstalledAgain(state: InstallationState, event: Authorized | Adopted): InstallationStep {
  if (event.grantId === state.grantId) return step(state, installedNotification(event, false))
  const isOlder =
    event.type === 'adopted' && 'tokens' in state && event.tokens.obtainedAt <= state.tokens.obtainedAt
  return isOlder ? step(state) : onInstalled(event, false)
}

/** A newer token of the same grant is taken from whoever brings it, lease or not: what was won is never lost. */
function onRefreshed(state: InstallationState, event: Refreshed): InstallationStep {
  if (event.grantId !== state.grantId || event.generation < state.generation) return step(state)
  const { grantId, clientId, account, installedAt } = state
  const generation = event.generation + 1
  return step(
    { status: 'active', grantId, clientId, account, installedAt, generation, tokens: event.tokens },
    delivery(event),
    notification({ type: 'refreshed', expiresAt: event.tokens.expiresAt }),
  )
}

function onAccessTokenRevoked(state: InstallationState, event: AccessTokenRevoked): InstallationStep {
  if (!('tokens' in state) || state.tokens.accessToken !== event.accessToken) return step(state)
  if (state.tokens.expiresAt <= event.at) return step(state)
  return step({ ...state, tokens: { ...state.tokens, expiresAt: event.at } })
}

/** A notice older than the installation, or of another grant, speaks of an earlier one; and another app's of another. */
function onUninstalled(state: InstallationState, event: Uninstalled): InstallationStep {
  if (event.clientId !== state.clientId) return step(state)
  if (event.grantId !== undefined && event.grantId !== state.grantId) return step(state)
  if (event.noticeAt !== undefined && event.noticeAt < state.installedAt) return step(state)
  return step(undefined, notification({ type: 'uninstalled', account: state.account }))
}

function onKeepaliveDue(state: Active | Refreshing, event: KeepaliveDue, policy: Policy): InstallationStep {
  if (event.clientId !== state.clientId) return step(state)
  if (state.tokens.refreshTokenExpiresAt >= event.before || isCooling(state.cooldown, event.at))
    return step(state)
  const next = toRefreshing(state, event, policy)
  return step(next, refreshOrder(next))
}

/** Taking a lease from a holder that never settled leaves the generation contested until it is renewed. */
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
  const { grantId, clientId, account, installedAt, generation } = state
  return step(
    {
      status: 'reauthorization_required',
      grantId,
      clientId,
      account,
      installedAt,
      generation,
      reason: 'invalid_grant',
      refusedAt: at,
    },
    { type: 'fail', code: 'reauthorization_required' },
    notification({ type: 'reauthorization_required', reason: 'invalid_grant' }),
  )
}

/** An answer counts only for the holder of the lease, and only for the tokens it was asked with. */
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

function isCooling(cooldown: Cooldown | undefined, at: number): cooldown is Cooldown {
  return cooldown !== undefined && at < cooldown.until
}

function delivery(from: { readonly tokens: HoldingState['tokens'] }): InstallationEffect {
  return { type: 'deliver', accessToken: from.tokens.accessToken, apiDomain: from.tokens.apiDomain }
}

function refreshOrder(state: Refreshing): Refresh {
  const { grantId, generation, tokens, lease } = state
  return { type: 'refresh', grantId, generation, tokens, lease }
}

function cooldownFailure(cooldown: Cooldown, at: number): InstallationEffect {
  return { type: 'fail', code: cooldown.code, retryAfterMs: cooldown.until - at }
}

/** A record of another app is our own misconfiguration: it is left alone. */
function onForeignClient(state: InstallationState): InstallationStep {
  return step(state, { type: 'fail', code: 'client_rejected' })
}

function notification(change: InstallationChange): InstallationEffect {
  return { type: 'notify', change }
}

function step(next: InstallationState | undefined, ...effects: InstallationEffect[]): InstallationStep {
  return [next, effects]
}
