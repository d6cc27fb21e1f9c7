import { withEntry, type HistoryKind } from '../history.ts'
import type { Policy } from '../policy.ts'
import type { MachineEvent, Refreshed } from './event.ts'
import type { InstallationState } from './state.ts'

/** Returns the next state with this change in its history. Only this function writes history. */
export function recorded(
  state: InstallationState | undefined,
  event: MachineEvent,
  next: InstallationState,
  { historyEntries }: Policy,
): InstallationState {
  const kinds = kindsOf(state, event, next)
  if (kinds.length === 0) return next
  const { at, process = 0 } = event
  const { history: earlier = [], ...rest } = next
  const history = kinds.reduce(
    (entries, kind) => withEntry(entries, { kind, at, process }, historyEntries),
    earlier,
  )
  return history.length === 0 ? rest : { ...rest, history }
}

/** Returns whether an answer comes from the process that holds the lease. */
export function isHolder(state: InstallationState | undefined, { by }: Pick<Refreshed, 'by'>): boolean {
  return state?.status === 'refreshing' && state.lease.holder === by
}

/** Returns the names of a change in history. A claim has none; its outcome has. */
function kindsOf(
  state: InstallationState | undefined,
  event: MachineEvent,
  next: InstallationState,
): readonly HistoryKind[] {
  switch (event.type) {
    case 'authorized':
    case 'adopted': {
      if (next.grantId === state?.grantId) return []
      const isRenamed = state !== undefined && state.reference !== next.reference
      const kind = event.type === 'authorized' ? 'installed' : 'adopted'
      return isRenamed ? [kind, 'reference_changed'] : [kind]
    }
    case 'refreshed':
      return [isHolder(state, event) ? 'refreshed' : 'rival_token_adopted']
    case 'refresh_failed':
      return [event.code]
    case 'refresh_refused':
      return [next.status === 'in_doubt' ? 'refresh_contested' : 'reauthorization_required']
    case 'token_requested':
    case 'keepalive_due':
      if (next.status === 'reauthorization_required') return ['reauthorization_required']
      return state?.status === 'refreshing' ? ['lease_taken_over'] : []
    case 'access_token_revoked':
    case 'sessions_ended':
      return [event.type]
    default:
      // Stryker disable next-line ArrayDeclaration: no other event leaves a changed state to write into
      return []
  }
}
