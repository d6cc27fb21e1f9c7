import type { InstallationId, PipedriveOAuth } from '@pd/oauth-core'
import { codeOf } from './code-of.ts'

interface Demand {
  readonly ids: readonly InstallationId[]
  /** How many callers ask for each installation, all at once. Default: 1. */
  readonly callers?: number
}

/** One process's part of a stampede: how many callers got a token, which tokens, and the error codes of the others. */
export async function askForTokens(oauth: PipedriveOAuth, { ids, callers = 1 }: Demand) {
  const calls = ids.flatMap((id) =>
    Array.from({ length: callers }, () => oauth.installation(id).accessToken()),
  )
  const outcomes = await Promise.allSettled(calls)
  const granted = outcomes.flatMap((outcome) => (outcome.status === 'fulfilled' ? [outcome.value] : []))
  const refused = outcomes.flatMap((outcome) =>
    outcome.status === 'rejected' ? [codeOf(outcome.reason)] : [],
  )
  return { granted: granted.length, tokens: [...new Set(granted)], refused }
}
