import type { Call } from '@pd/fake-pipedrive'
import type { InstallationId } from '@pd/oauth-core'

/** A call of `accessToken()` that failed, in a worker. Times are in epoch milliseconds. */
export interface FailedCall {
  readonly id: InstallationId
  readonly code: string
  readonly from: number
  readonly until: number
}

/** While an installation was uninstalled, or about to be. */
export interface Absence {
  readonly id: InstallationId
  readonly from: number
  until: number
}

/** What a caller may hear at any time, because the script makes the token endpoint fail. */
const passing = ['token_endpoint_unavailable', 'token_endpoint_timeout', 'malformed_response']

/** Failures that the incidents do not account for. */
export function unexplainedFailures(
  failures: readonly FailedCall[],
  absences: readonly Absence[],
): readonly string[] {
  const isAbsent = ({ id, from, until }: FailedCall) =>
    absences.some((absence) => absence.id === id && from <= absence.until && until >= absence.from)
  return failures
    .filter(({ code }) => !passing.includes(code))
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
  /** How long after its request a token serves before the next one may begin. */
  readonly freshMs: number
  /** When each process was killed, by the number it puts into its requests. Epoch milliseconds. */
  readonly killedAt: ReadonlyMap<number, number>
}

/** An answer that took longer may have found that its process had given up. */
const promptMs = 1_000
/** Between taking the time and sending the request. */
const fewMs = 100

/**
 * Token requests that no lease was granted for. The refresh token of one grant stays the same here, so all requests
 * with one refresh token belong together: after a good answer the next is sent when the token nears its end, after a
 * failure when the cooldown is over, and after a death when the lease is. Every request carries when it was sent.
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
        : [`${who}: asked again after ${gapMs} ms, not ${neededMs}; the former was ${outcome(former)}`]
    })
  })
}

function shortestGapMs(former: Call, spacing: Spacing): number {
  const { requestTimeoutMs, clockSkewMs, cooldownMs, freshMs, killedAt } = spacing
  // Whether a failure was told to the store before its process died is not known.
  if (!isGood(former)) return cooldownMs
  // A request is only sent while its lease covers its time-out, and the next lease begins when that one is over.
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
