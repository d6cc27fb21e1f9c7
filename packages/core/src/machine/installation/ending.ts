import type { Policy } from '../policy.ts'
import { aboutWhich, type About } from './believable.ts'
import { notification } from './effect.ts'
import type { Uninstalled } from './event.ts'
import type { InstallationState } from './state.ts'
import { step, type InstallationStep } from './step.ts'

/**
 * A notice that is older than the installation is about an earlier one. If the clocks cannot decide, or the notice has no
 * time, orders `verify`: a refresh at Pipedrive shows whether the grant is alive.
 */
export function onUninstalled(
  state: InstallationState,
  event: Uninstalled,
  policy: Policy,
): InstallationStep {
  if (event.clientId !== state.clientId) return step(state)
  const verdict = verdictOn(state, event, policy)
  if (verdict === 'an earlier one') return step(state)
  if (verdict === 'unclear' && 'tokens' in state) {
    const { grantId, status, tokens } = state
    const { accessToken } = tokens
    return step(state, { type: 'verify', grantId, accessToken, isUnderway: status !== 'active' })
  }
  const { account, history } = state
  const { by } = event
  return step(undefined, notification({ type: 'uninstalled', account, by, ...(history && { history }) }))
}

function verdictOn(state: InstallationState, { grantId, noticeAt, at }: Uninstalled, policy: Policy): About {
  if (grantId !== undefined) return grantId === state.grantId ? 'this one' : 'an earlier one'
  return noticeAt === undefined ? 'unclear' : aboutWhich(noticeAt, state, at, policy)
}

/** Deletes the record: the application wants it, or the grant has been dead for long. */
export function onForgotten({ account, history }: InstallationState, by: 'app' | 'age'): InstallationStep {
  return step(undefined, notification({ type: 'forgotten', account, by, ...(history && { history }) }))
}
