import type { Operation, SoakHistory } from './history.ts'
import { knownPresence } from './known-presence.ts'

/** Codes that any caller may get at any time, because the schedule makes the token endpoint fail. */
const passing = [
  'token_endpoint_unavailable',
  'token_endpoint_timeout',
  'malformed_response',
  'identity_unavailable',
]
/** The time in which clients find the store again after an outage, in milliseconds. */
const recoveryMs = 5_000
/** The most that a busy machine adds between a decision and its record, in milliseconds. */
const fewMs = 500

/**
 * The outcomes that must not be, a sentence each: a token after an uninstall, a refusal of an installation that exists,
 * somebody else's data, and a failure that nothing explains.
 */
export function outcomeProblems(history: SoakHistory): readonly string[] {
  const { operations, outages, policy } = history
  const presence = knownPresence(history)
  const duringOutage = (from: number, until: number) =>
    outages.some((outage) => from <= outage.until + recoveryMs && until >= outage.from)
  const revocations = operations.filter(({ kind }) => kind === 'revoke')

  return operations.flatMap((operation) => {
    const { kind, id, from, until, outcome, owner } = operation
    if (until === undefined || outcome === undefined || outcome === 'kept' || outcome === 'ignored') return []
    const what = `${id ?? 'all'}: ${kind} in process ${operation.process}`
    if (outcome === 'ok') {
      if (owner !== undefined && owner !== id) return [`${what} gave what belongs to ${owner}`]
      if (id === undefined || !givesToken(operation)) return []
      // Without the store, a process hands out what it remembers.
      if (duringOutage(from - policy.staleMs, until)) return []
      const known = presence(id, from - policy.staleMs - fewMs, until)
      return known?.is === 'absent'
        ? [`${what} gave a token ${from - (known.since.until ?? 0)} ms after the uninstall`]
        : []
    }
    if (passing.includes(outcome)) return []
    if (outcome === 'store_unavailable' && duringOutage(from, until)) return []
    if (isGone(outcome) && id !== undefined && presence(id, from, until)?.is !== 'present') return []
    // A token may be revoked while a call is under way, again and again.
    if (outcome === 'http 401' && id !== undefined)
      if (
        presence(id, from, until)?.is !== 'present' ||
        revocations.some((revocation) => revocation.id === id && touches(revocation, from, until))
      )
        return []
    return [`${what} failed with ${outcome} after ${until - from} ms`]
  })
}

function givesToken({ kind }: Operation): boolean {
  return kind === 'token' || kind === 'call' || kind === 'refresh'
}

function isGone(outcome: string): boolean {
  return outcome === 'not_installed' || outcome === 'reauthorization_required'
}

function touches(operation: Operation, from: number, until: number): boolean {
  return operation.from <= until && (operation.until ?? Infinity) >= from
}
