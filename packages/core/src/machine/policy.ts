import { day, minute } from './durations.ts'

/**
 * Every number that this library decides by. All durations are in milliseconds, and 0 or more if no range is given. Those that a
 * timer waits for are at most 2 147 483 647, which is 24 days.
 */
export interface Policy {
  /**
   * How long before its expiry an access token is refreshed in the background, but not in the first half of its life. 0 turns
   * this off. Default: 300 000.
   */
  readonly refreshAheadMs: number
  /**
   * An access token with less left than this counts as expired. Must cover `clockSkewMs`, so that a token
   * judged by a slow clock is still alive. At most 3 000 000, because Pipedrive's tokens live for an hour. Default: 30 000.
   */
  readonly minimumValidityMs: number
  /** How long one request to the token endpoint may take. At least 1. Default: 10 000. */
  readonly requestTimeoutMs: number
  /** How many requests one refresh may make while Pipedrive is temporarily unavailable, at least 1. Default: 2. */
  readonly requestsPerRefresh: number
  /** The pause between two of these requests. Default: 500. */
  readonly retryPauseMs: number
  /**
   * How long a claimed refresh may take before another process takes it over.
   * Must exceed the whole refresh with its retries, plus `clockSkewMs`. The same in every process that shares the store: a
   * process does not believe a longer lease than its own, so lower it only when no process with the higher value runs.
   * Default: 30 000.
   */
  readonly leaseMs: number
  /**
   * How far the clocks of the machines that share a store may differ. The same in every process that shares the store.
   * Default: 5 000.
   */
  readonly clockSkewMs: number
  /**
   * The first cooldown after a failed refresh; it doubles with each further failure. At least 1, at most `maximumCooldownMs`.
   * Default: 1 000.
   */
  readonly cooldownMs: number
  /**
   * The longest cooldown, also when Pipedrive's `Retry-After` asks for more. At least `cooldownMs`. The same in every process
   * that shares the store: a process does not believe a longer cooldown than its own, so lower it only when no process with
   * the higher value runs. Default: 60 000.
   */
  readonly maximumCooldownMs: number
  /** How long a caller waits for a refresh, by its own process or by another one. Default: 35 000. */
  readonly waitMs: number
  /**
   * How long an opened record is served from memory before the store is asked again. If the store tells of changes, it is
   * served for as long as the watch on the store stands. 0 asks every time. Default: 5 000.
   */
  readonly cacheMs: number
  /** How many opened records are kept in memory, at least 1. For speed, memory may keep up to twice as many. Default: 10 000. */
  readonly cacheEntries: number
  /**
   * How long reading or changing one record may take, with the checks and retries that belong to it. Then the call fails
   * with `store_unavailable`. A key service that gives the secrets has as long. At least 1. Default:
   * 5 000.
   */
  readonly storeTimeoutMs: number
  /**
   * How long a caller waits for the store if memory has a valid access token. Then it gets that token, and the read goes
   * on. Longer than `storeTimeoutMs` waits for `storeTimeoutMs`. Default: 200.
   */
  readonly storeGraceMs: number
  /** `keepAlive()` refreshes installations whose refresh token expires sooner than this. Default: 15 days. */
  readonly keepAliveWithinMs: number
  /** How long a user may take on the consent page. At least 1. Default: 600 000. */
  readonly consentTimeoutMs: number
  /** How many of its last changes a record keeps, 0 to 64. 0 turns history off. Default: 16. */
  readonly historyEntries: number
  /**
   * How long the record of a grant that Pipedrive refused is kept, before `keepAlive()` deletes it. 0 keeps it for ever.
   * Default: 180 days.
   */
  readonly forgetAfterMs: number
  /**
   * How often a store that tells of changes has to show that its connection works. If no answer comes within a second,
   * the connection counts as broken, and memory is trusted for `cacheMs` again. At least 1, at most 2 147 483 647. Default:
   * 1 000.
   */
  readonly watchHeartbeatMs: number
  /**
   * How long after a failed try the watch on the store is opened again, if memory is used. It doubles with each failure, up to
   * `maximumCooldownMs`. At least 1. Default: 5 000.
   */
  readonly watchRetryMs: number
  /**
   * How long memory may be unused before the watch on the store is closed, so that it keeps no connection busy. The next use
   * opens it again. At least 1. Default: 60 000.
   */
  readonly watchIdleMs: number
  /** How long `installation.fetch` waits, in all, for Pipedrive's burst limit to reset. 0 never waits. Default: 10 000. */
  readonly rateLimitWaitMs: number
}

export const defaultPolicy: Policy = {
  refreshAheadMs: 300_000,
  minimumValidityMs: 30_000,
  requestTimeoutMs: 10_000,
  requestsPerRefresh: 2,
  retryPauseMs: 500,
  leaseMs: 30_000,
  clockSkewMs: 5_000,
  cooldownMs: 1_000,
  maximumCooldownMs: 60_000,
  waitMs: 35_000,
  cacheMs: 5_000,
  cacheEntries: 10_000,
  storeTimeoutMs: 5_000,
  storeGraceMs: 200,
  keepAliveWithinMs: 15 * day,
  consentTimeoutMs: 600_000,
  historyEntries: 16,
  forgetAfterMs: 180 * day,
  watchHeartbeatMs: 1_000,
  watchRetryMs: 5_000,
  watchIdleMs: 60_000,
  rateLimitWaitMs: 10_000,
}

/** The longest a refresh can take from its first request to its last answer, retries and pauses included. */
export function longestRefreshMs(policy: Policy): number {
  return (
    policy.requestsPerRefresh * policy.requestTimeoutMs +
    (policy.requestsPerRefresh - 1) * policy.retryPauseMs
  )
}

const atLeastOne: readonly (keyof Policy)[] = [
  'requestTimeoutMs',
  'requestsPerRefresh',
  'leaseMs',
  'cooldownMs',
  'cacheEntries',
  'storeTimeoutMs',
  'consentTimeoutMs',
  'watchHeartbeatMs',
  'watchRetryMs',
  'watchIdleMs',
]
const waited: readonly (keyof Policy)[] = [
  'requestTimeoutMs',
  'retryPauseMs',
  'cooldownMs',
  'maximumCooldownMs',
  'waitMs',
  'storeTimeoutMs',
  'storeGraceMs',
  'watchHeartbeatMs',
  'rateLimitWaitMs',
]
/** A longer timer of a runtime fires at once. */
const longestTimerMs = 2_147_483_647

/** An access token of Pipedrive lives for an hour, and is handed out for at least ten minutes of it. */
const mostValidityMs = 50 * minute
/** A record with more would be longer than stores expect. */
const mostHistoryEntries = 64

const wholeNumbers: readonly (keyof Policy)[] = ['requestsPerRefresh', 'cacheEntries', 'historyEntries']

/** What is wrong with a policy, one sentence per problem; empty when it can be used. */
export function policyProblems(policy: Policy): string[] {
  const problems: string[] = []
  for (const name of Object.keys(policy) as (keyof Policy)[]) {
    const value = policy[name]
    if (!(name in defaultPolicy)) problems.push(`policy.${name} is not a known setting`)
    else if (typeof value !== 'number' || !Number.isFinite(value) || value < 0)
      problems.push(`policy.${name} must be a number of 0 or more`)
    else if (value < 1 && atLeastOne.includes(name)) problems.push(`policy.${name} must be at least 1`)
    else if (value > longestTimerMs && waited.includes(name))
      problems.push(`policy.${name} must be at most ${longestTimerMs}, because a longer timer fires at once`)
    else if (!Number.isInteger(value) && wholeNumbers.includes(name))
      problems.push(`policy.${name} must be a whole number`)
  }
  if (problems.length > 0) return problems
  if (policy.historyEntries > mostHistoryEntries)
    problems.push(`policy.historyEntries must be at most ${mostHistoryEntries}`)
  const neededMs = longestRefreshMs(policy) + policy.clockSkewMs
  if (neededMs >= policy.leaseMs)
    problems.push(
      `policy.leaseMs (${policy.leaseMs}) must be greater than ${neededMs}: a refresh of ${policy.requestsPerRefresh} ` +
        `× requestTimeoutMs (${policy.requestTimeoutMs}) with its pauses, plus clockSkewMs (${policy.clockSkewMs}); ` +
        'otherwise two processes could send the same refresh token',
    )
  if (policy.minimumValidityMs < policy.clockSkewMs)
    problems.push(
      `policy.minimumValidityMs (${policy.minimumValidityMs}) must be at least clockSkewMs (${policy.clockSkewMs})`,
    )
  if (policy.minimumValidityMs > mostValidityMs)
    problems.push(
      `policy.minimumValidityMs (${policy.minimumValidityMs}) must be at most ${mostValidityMs}: Pipedrive's access tokens live ` +
        'for an hour, so nearly every call would refresh',
    )
  if (policy.maximumCooldownMs < policy.cooldownMs)
    problems.push('policy.maximumCooldownMs must be at least cooldownMs')
  return problems
}
