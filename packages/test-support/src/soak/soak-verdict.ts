import type { Call } from '@pd/fake-pipedrive'
import type { InstallationId } from '@pd/oauth-core'
import type { FailedCall } from '../scene/app-tasks.ts'

/** The time in which an installation was uninstalled, from just before its notice. */
export interface Absence {
  readonly id: InstallationId
  readonly from: number
  until: number
}

/** Errors that any caller may get at any time, because the schedule makes the token endpoint fail. */
const expectedCodes = ['token_endpoint_unavailable', 'token_endpoint_timeout', 'malformed_response']

/** The failures that no incident explains, a sentence each. */
export function unexplainedFailures(
  failures: readonly FailedCall[],
  absences: readonly Absence[],
): readonly string[] {
  const isAbsent = ({ id, from, until }: FailedCall) =>
    absences.some((absence) => absence.id === id && from <= absence.until && until >= absence.from)
  return failures
    .filter(({ code }) => !expectedCodes.includes(code))
    .filter((call) => !(isInstallationGone(call.code) && isAbsent(call)))
    .map(({ id, code, from, until }) => `${id}: ${code} after ${until - from} ms`)
}

function isInstallationGone(code: string): boolean {
  return code === 'not_installed' || code === 'reauthorization_required'
}

export interface Spacing {
  readonly requestTimeoutMs: number
  readonly clockSkewMs: number
  readonly cooldownMs: number
  /** How long a token serves after its request before the next request may begin. */
  readonly freshMs: number
  /** When each process was killed, in epoch milliseconds, by the number in its requests. */
  readonly killedAt: ReadonlyMap<number, number>
}

/** The process may have given up on an answer that took longer. */
const promptMs = 1_000
/** The most that passes between reading the clock and sending the request. */
const fewMs = 100

/**
 * The token requests that were sent before their time, a sentence each. The refresh token of a grant stays the same
 * here, so requests with the same refresh token belong together. After a good answer, the next request is due when the
 * token nears its end; after a failure, when the cooldown ends; after a kill, when the lease ends. Each request says in
 * its URL when it was sent.
 */
export function requestsBeyondLeases(calls: readonly Call[], spacing: Spacing): readonly string[] {
  const grants = Map.groupBy(calls, ({ refreshToken }) => refreshToken)
  return [...grants.values()].flatMap((grant) => {
    const requests = grant.toSorted((left, right) => sentAt(left) - sentAt(right))
    return requests.slice(1).flatMap((request, index) => {
      const former = requests[index] as Call
      const gapMs = sentAt(request) - sentAt(former)
      const neededMs = shortestGapMs(former, spacing)
      const who = former.user && `${former.user.companyId}:${former.user.id}`
      return gapMs >= neededMs
        ? []
        : [`${who}: a request came after ${gapMs} ms, not ${neededMs}; the one before: ${outcome(former)}`]
    })
  })
}

function shortestGapMs(former: Call, spacing: Spacing): number {
  const { requestTimeoutMs, clockSkewMs, cooldownMs, freshMs, killedAt } = spacing
  // A process may have been killed before it stored its failure, so only the cooldown is certain.
  if (!isGood(former)) return cooldownMs
  // A request is sent only while its lease covers its time-out, and the next lease begins when that one has ended.
  if (killedAt.has(numberIn(former, 'process')))
    return Math.min(requestTimeoutMs + clockSkewMs, freshMs) - fewMs
  return freshMs - fewMs
}

function isGood(call: Call): boolean {
  const { status, faults, abandoned, endedAt = Infinity } = call
  return (
    status === 200 &&
    !abandoned &&
    endedAt - sentAt(call) < promptMs &&
    faults.every((fault) => fault === 'slow')
  )
}

function sentAt(call: Call): number {
  return numberIn(call, 'sentAt')
}

function numberIn({ url }: Call, name: string): number {
  return Number(new URL(url).searchParams.get(name))
}

function outcome({ outcome, status, faults }: Call): string {
  return [outcome, status, ...faults].join(' ')
}
