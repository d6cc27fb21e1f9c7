import type { InstallationId } from '@pd/oauth-core'
import type { Operation, SoakHistory } from './history.ts'

/** Whether an installation exists at a time. Undefined: the history leaves it open. */
export type Presence = { readonly is: 'present' | 'absent'; readonly since: Operation } | undefined

/** A server may finish what a killed or failed process has sent, in milliseconds. */
const afterwardsMs = 2_000

/**
 * Returns a function that tells whether an installation exists during all of a time. It is known if the last change was
 * acknowledged before that time, and no other change overlaps it or comes later.
 */
export function knownPresence({
  operations,
  killedAt,
}: Pick<SoakHistory, 'operations' | 'killedAt'>): (
  id: InstallationId,
  from: number,
  until: number,
) => Presence {
  const endOf = (change: Operation) => {
    if (isAcknowledged(change)) return change.until as number
    return (change.until ?? killedAt.get(change.process) ?? Infinity) + afterwardsMs
  }
  const changes = Map.groupBy(operations.filter(isChange), ({ id }) => id)

  return (id, from, until) => {
    const begun = (changes.get(id) ?? []).filter((change) => change.from <= until)
    const last = begun.toSorted((left, right) => endOf(left) - endOf(right)).at(-1)
    if (last === undefined || endOf(last) > from || !isAcknowledged(last)) return undefined
    if (begun.some((change) => change !== last && endOf(change) >= last.from)) return undefined
    return { is: isInstall(last) ? 'present' : 'absent', since: last }
  }
}

/** Whether an operation may make or end an installation. */
export function isChange({ kind }: Operation): boolean {
  return kind === 'install' || kind === 'adopt' || kind === 'uninstall' || kind === 'notice'
}

function isInstall({ kind }: Operation): boolean {
  return kind === 'install' || kind === 'adopt'
}

function isAcknowledged({ outcome }: Operation): boolean {
  return outcome === 'ok'
}
