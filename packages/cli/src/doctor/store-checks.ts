import type { PipedriveOAuth, StoreFinding } from '@pd/oauth-core'
import { ok, problem, requestMs, skipped, warning, type Finding } from './check.ts'

/** Checks that the store answers and compares before it sets, and reports which methods it lacks. */
export async function checkStore(oauth: PipedriveOAuth, address: string): Promise<Finding[]> {
  const { latencyMs, can, findings } = await oauth.checkStore({ write: true })
  const missing = [
    ...(can.due ? [] : ['The store has no due(): keep-alive cannot find grants that expire']),
    ...(can.list ? [] : ['The store has no list(): status and rotate-secrets cannot find installations']),
  ]
  return [
    ok(`${address} compares before it sets; a read took ${latencyMs} ms`),
    ...missing.map((found) => warning(found, 'Use a store that has this method.')),
    ...findings.map(ofStore),
  ]
}

function ofStore({ status, found, fix }: StoreFinding): Finding {
  if (status === 'problem') return problem(found, fix)
  return status === 'warning' ? warning(found, fix) : skipped(`${found} ${fix}`)
}

/** Reports what else `health()` finds; the checks above have told of the store and of the clock. */
export async function checkHealth(oauth: PipedriveOAuth): Promise<Finding[]> {
  const { problems } = await oauth.health({ timeoutMs: requestMs })
  const found = problems.filter(({ code }) => code === 'keep_alive_overdue' || code === 'unsaved_tokens')
  return found.length > 0
    ? found.map(({ found, action }) => warning(capitalized(found), action))
    : [ok('No refresh is overdue')]
}

function capitalized(sentence: string): string {
  return sentence.charAt(0).toUpperCase() + sentence.slice(1)
}

/** Counts the installations, and those that need a person. */
export async function checkInstallations(oauth: PipedriveOAuth, address: string): Promise<Finding[]> {
  const soon = Date.now() + oauth.policy.keepAliveWithinMs
  const counts = { all: 0, refused: 0, unreadable: 0, expiring: 0, lacking: 0, foreign: 0 }
  const writers = new Set<string>()
  const lackingScopes = new Set<string>()
  for await (const installation of oauth.installations()) {
    counts.all += 1
    if (installation.status === 'unreadable') counts.unreadable += 1
    else if (installation.writtenBy !== undefined) {
      counts.foreign += 1
      writers.add(installation.writtenBy)
    } else {
      const { missingScopes, refreshTokenExpiresAt = Number.POSITIVE_INFINITY, status } = installation
      if (status === 'reauthorization_required') {
        counts.refused += 1
        continue
      }
      if (refreshTokenExpiresAt < soon) counts.expiring += 1
      if (missingScopes.length > 0) counts.lacking += 1
      for (const scope of missingScopes) lackingScopes.add(scope)
    }
  }
  const { all, refused, unreadable, expiring, lacking, foreign } = counts
  if (all === 0) return [skipped(`Nobody is connected yet in ${address}. To connect: pd-oauth login`)]
  const findings = [
    ...(unreadable > 0
      ? [
          problem(
            `${unreadable} of ${all} cannot be opened`,
            'pd-oauth status names them and the reason. If the secret is missing, add it to the secrets file or PD_OAUTH_SECRETS.',
          ),
        ]
      : []),
    ...(foreign > 0
      ? [
          problem(
            `${foreign} of ${all} were written by another client id (${[...writers].join(', ')}), and this one is ${oauth.clientId}`,
            'Compare the client id of every process that uses this store. Two apps need two stores, or two tables or prefixes.',
          ),
        ]
      : []),
    ...(refused > 0
      ? [warning(`${refused} of ${all} need their user to connect again`, 'pd-oauth status names them.')]
      : []),
    ...(expiring > 0
      ? [
          warning(
            `${expiring} of ${all} expire within ${Math.round(oauth.policy.keepAliveWithinMs / 86_400_000)} days unless they are used`,
            'Run pd-oauth keep-alive daily.',
          ),
        ]
      : []),
    ...(lacking > 0
      ? [
          warning(
            `${lacking} of ${all} have not granted: ${[...lackingScopes].join(', ')}`,
            'Ask their users to connect again.',
          ),
        ]
      : []),
  ]
  return findings.length > 0 ? findings : [ok(`${all} connected, none lacks a scope`)]
}
