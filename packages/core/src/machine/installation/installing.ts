import type { Account } from '../account.ts'
import type { Policy } from '../policy.ts'
import { delivery, installedNotification, referenceNotification } from './effect.ts'
import type { Adopted, Authorized } from './event.ts'
import { sessionsOf, type Active, type InstallationState } from './state.ts'
import { step, type InstallationStep } from './step.ts'

/** A new grant: from a consent, or adopted. */
export function onInstalled(
  event: Authorized | Adopted,
  previous: InstallationState | undefined,
): InstallationStep {
  const { grantId, clientId, tokens } = event
  const reference = event.reference ?? previous?.reference
  const next: Active = {
    status: 'active',
    grantId,
    clientId,
    account: accountOf(previous?.account, event.account),
    installedAt: event.at,
    generation: 0,
    ...(reference === undefined ? {} : { reference }),
    ...sessionsThrough(previous),
    ...(previous?.history && { history: previous.history }),
    tokens,
  }
  const effects = [delivery(event), installedNotification(event, event.isFirst ?? previous === undefined)]
  const isRenamed = previous !== undefined && reference !== undefined && reference !== previous.reference
  if (isRenamed) effects.push(referenceNotification(reference, previous.reference))
  return step(next, ...effects)
}

/**
 * Keeps the name of the sessions if the previous grant still has tokens, so other browsers stay signed in. After a dead grant,
 * older sessions have ended.
 */
function sessionsThrough(previous: InstallationState | undefined): { readonly sessions?: string } {
  const isAlive = previous !== undefined && 'tokens' in previous
  return isAlive ? { sessions: sessionsOf(previous) } : {}
}

/** Keeps what the previous grant said of the account and the new one leaves out. */
function accountOf(previous: Account | undefined, account: Account): Account {
  const said = Object.fromEntries(Object.entries(account).filter(([, value]) => value !== undefined))
  return { companyId: account.companyId, userId: account.userId, ...previous, ...said }
}

/**
 * The same grant may arrive twice, if the answer to its save was lost. The repeat changes nothing. What Pipedrive has just said
 * of the account counts also where its tokens are left out.
 */
export function onInstalledAgain(
  state: InstallationState,
  event: Authorized | Adopted,
  policy: Policy,
): InstallationStep {
  if (event.grantId === state.grantId)
    return step(state, installedNotification(event, event.isFirst === true))
  const isLeftOut = event.type === 'adopted' && event.replace !== true && isOutdated(event, state, policy)
  if (!isLeftOut) return onInstalled(event, state)
  const isSameApp = event.clientId === state.clientId
  return step(event.isIdentified === true && isSameApp ? renamed(state, event.account) : state)
}

function renamed(state: InstallationState, account: Account): InstallationState {
  const known = accountOf(state.account, account)
  const names = Object.keys(known) as (keyof Account)[]
  return names.every((name) => known[name] === state.account[name]) ? state : { ...state, account: known }
}

/**
 * Returns whether tokens obtained elsewhere are not known to be newer than the stored ones, so an import may run twice. Without
 * a date they count as older. A grant that has ended comes back by newer tokens only, or by tokens that Pipedrive has just
 * accepted.
 */
function isOutdated(event: Adopted, state: InstallationState, policy: Policy): boolean {
  const { isUndated, isAccepted, tokens } = event
  if ('tokens' in state) return isUndated === true || !isNewer(event, state.tokens.obtainedAt, policy)
  if (isAccepted === true) return false
  const { refreshToken, obtainedAt } = state.refused
  return isUndated === true || tokens.refreshToken === refreshToken || !isNewer(event, obtainedAt, policy)
}

/**
 * Returns whether adopted tokens are newer than those of `obtainedAt`. If that lies in the future, it was written by a clock that
 * was wrong, and tells nothing: then they count as newer if their access token has not expired.
 */
function isNewer({ tokens, at }: Adopted, obtainedAt: number, { clockSkewMs }: Policy): boolean {
  const latest = at + clockSkewMs
  if (obtainedAt <= latest || tokens.obtainedAt > latest) return tokens.obtainedAt > obtainedAt
  return tokens.expiresAt > at
}
