import type { PipedriveOAuth } from '@pd/oauth-core'
import { ok, problem, skipped, warning, type Finding } from './check.ts'

/** Whether the store answers and really compares before it sets, and what it can. */
export async function checkStore(oauth: PipedriveOAuth, address: string): Promise<Finding[]> {
  const { latencyMs, can } = await oauth.checkStore({ write: true })
  const missing = [
    ...(can.due ? [] : ['due: keep-alive cannot find who would lapse']),
    ...(can.list ? [] : ['list: status and rotate-secrets cannot find installations']),
  ]
  return [
    ok(`${address} compares before it sets; a read took ${latencyMs} ms`),
    ...missing.map((method) => warning(`The store cannot ${method}`, 'Use a store that has this method.')),
  ]
}

/** How many installations there are, and how many need somebody. */
export async function checkInstallations(oauth: PipedriveOAuth): Promise<Finding[]> {
  const soon = Date.now() + oauth.policy.keepAliveWithinMs
  const counts = { all: 0, refused: 0, unreadable: 0, lapsing: 0, lacking: 0 }
  const lackingScopes = new Set<string>()
  for await (const installation of oauth.installations()) {
    counts.all += 1
    if (installation.status === 'unreadable') counts.unreadable += 1
    else {
      const { missingScopes, refreshTokenExpiresAt = Number.POSITIVE_INFINITY, status } = installation
      if (status === 'reauthorization_required') {
        counts.refused += 1
        continue
      }
      if (refreshTokenExpiresAt < soon) counts.lapsing += 1
      if (missingScopes.length > 0) counts.lacking += 1
      for (const scope of missingScopes) lackingScopes.add(scope)
    }
  }
  const { all, refused, unreadable, lapsing, lacking } = counts
  if (all === 0) return [skipped('Nobody is connected yet. To connect: pd-oauth login')]
  const findings = [
    ...(unreadable > 0
      ? [
          problem(
            `${unreadable} of ${all} cannot be opened`,
            'Add the secret they were sealed with to the secrets file; pd-oauth status names them.',
          ),
        ]
      : []),
    ...(refused > 0
      ? [warning(`${refused} of ${all} need their user to connect again`, 'pd-oauth status names them.')]
      : []),
    ...(lapsing > 0
      ? [
          warning(
            `${lapsing} of ${all} lapse within ${Math.round(oauth.policy.keepAliveWithinMs / 86_400_000)} days if nobody uses them`,
            'Run pd-oauth keep-alive daily.',
          ),
        ]
      : []),
    ...(lacking > 0
      ? [
          warning(
            `${lacking} of ${all} have not granted: ${[...lackingScopes].join(', ')}`,
            'Let their users connect again.',
          ),
        ]
      : []),
  ]
  return findings.length > 0 ? findings : [ok(`${all} connected, with all scopes that are wanted`)]
}
