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
  readonly leaseMs: number
  readonly cooldownMs: number
  /** How long a token serves before its refresh may begin. */
  readonly freshMs: number
  /** When each process was killed, by the number it puts into its requests. Epoch milliseconds. */
  readonly killedAt: ReadonlyMap<number, number>
}

/** How late a request may reach the server, or an answer its process, on a machine that is busy. */
const lagMs = 1_000

/**
 * Token requests that no lease was granted for. The refresh token of one grant stays the same here, so all requests
 * with one refresh token belong together: after a good answer the next comes when the token nears its end, after a
 * failure when the cooldown is over, and after a death when the lease is.
 */
export function requestsBeyondLeases(calls: readonly Call[], spacing: Spacing): readonly string[] {
  const grants = Map.groupBy(calls, ({ refreshToken }) => refreshToken)
  return [...grants.values()].flatMap((requests) =>
    requests.slice(1).flatMap((request, index) => {
      const former = requests[index] as Call
      const gapMs = request.at - former.at
      const neededMs = shortestGapMs(former, spacing)
      const who = former.user && `${former.user.companyId}:${former.user.id}`
      return gapMs >= neededMs
        ? []
        : [`${who}: asked again after ${gapMs} ms, not ${neededMs}; the former was ${outcome(former)}`]
    }),
  )
}

function shortestGapMs(former: Call, { leaseMs, cooldownMs, freshMs, killedAt }: Spacing): number {
  // Whether a failure was told to the store before its process died is not known.
  if (!isGood(former)) return cooldownMs / 2
  const death = killedAt.get(Number(new URL(former.url).searchParams.get('process')))
  const mayBeUnsaved = death !== undefined && death > former.at - lagMs && death < former.at + leaseMs + lagMs
  return (mayBeUnsaved ? leaseMs : freshMs) - lagMs
}

function isGood({ status, faults, abandoned, at, endedAt = Infinity }: Call): boolean {
  return status === 200 && !abandoned && endedAt - at < lagMs && faults.every((fault) => fault === 'slow')
}

function outcome({ outcome, status, faults }: Call): string {
  return [outcome, status, ...faults].join(' ')
}
