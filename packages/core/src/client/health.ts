import { day } from '../machine/durations.ts'
import { PipedriveOAuthError, type PipedriveOAuthErrorCode } from '../errors.ts'
import type { WatchReport, WatchState } from './records/memory-watch.ts'
import { storeAnswer } from './records/store-answer.ts'
import { readAny } from './records/store-check.ts'
import { storeFindings } from './records/store-findings.ts'
import { actionFor } from './runtime/action-for.ts'
import { aDuration, checkOptions, aShare, type Rules } from './runtime/check-options.ts'
import { causeOf } from './runtime/log.ts'
import { setTheClock } from './runtime/server-clock.ts'
import type { Settings } from './runtime/settings.ts'

/** The options of `health()`. */
export interface HealthOptions {
  /** How long the check may take in all, in milliseconds, more than 0. Default: 2 000. */
  readonly timeoutMs?: number | undefined
  /** The share of installations that may need attention, 0 to 1, before that is a problem. Default: 1, never. */
  readonly maxAttention?: number | undefined
}

/** Something that somebody should look at. */
export interface HealthProblem {
  readonly code:
    | PipedriveOAuthErrorCode
    | 'unsaved_tokens'
    | 'clock_off'
    | 'watch_lost'
    | 'store_endangered'
    | 'keep_alive_overdue'
    | 'attention_needed'
  /** What was found, as a sentence. Holds no secret. */
  readonly found: string
  /** What to do about it. */
  readonly action: string
}

/** The health of this process and its store. Numbers that the store cannot tell are missing. */
export interface Health {
  /** `failed`: the store answers no read, so that this process cannot do its work. `degraded`: there are other problems. */
  readonly status: 'ok' | 'degraded' | 'failed'
  readonly problems: readonly HealthProblem[]
  readonly store: {
    readonly isReachable: boolean
    /** How long one read took, in milliseconds. */
    readonly latencyMs?: number
  }
  /**
   * How far memory hears of what other processes change. While it is not `standing`, that is noticed after `policy.cacheMs`.
   * Missing, if the store has no `watch` or `policy.cacheMs` is 0.
   */
  readonly watch?: WatchState
  /** Of how many installations this process has new tokens that are not saved. Usually 0. */
  readonly unsaved: number
  /** How many installations a daily `keepAlive()` should have refreshed more than a day ago, at most 1 000 without `count`. */
  readonly overdue?: number
  /** How many installations have a refresh token that Pipedrive has not refused. Missing, if the store has no `count`. */
  readonly refreshable?: number
  /** How many installations need attention: see `InstallationDescription.needsAttention`. */
  readonly attention?: {
    /** At most 1 000, if the store has no `count`. */
    readonly count: number
    /** Which part of all installations that is, 0 to 1. Missing, if there are more than 1 000. */
    readonly share?: number
  }
  /** How far this clock is ahead of Pipedrive's, by the last answer that this process got. Missing before the first. */
  readonly clockOffMs?: number
}

const rules: Rules<HealthOptions> = { timeoutMs: aDuration, maxAttention: aShare }
const most = 1_000

/** What the client knows of itself. */
export interface OwnHealth {
  readonly unsaved: number
  readonly watch: WatchReport | undefined
}

/** Checks what `Health` names, by short questions to the store, all at once. Asks Pipedrive nothing. */
export async function health(
  settings: Settings,
  { unsaved, watch }: OwnHealth,
  options: HealthOptions,
): Promise<Health> {
  checkOptions('health()', options, rules)
  const { timeoutMs = 2_000, maxAttention = 1 } = options
  const limit = Math.min(timeoutMs, settings.policy.storeTimeoutMs)
  const hurried: Settings = { ...settings, policy: { ...settings.policy, storeTimeoutMs: limit } }
  const problems: HealthProblem[] = []
  const found = async <T>(work: Promise<T>): Promise<T | undefined> => {
    try {
      return await work
    } catch (error) {
      if (!(error instanceof PipedriveOAuthError)) throw error
      if (problems.every(({ code }) => code !== error.code)) problems.push(storeProblem(error))
      return undefined
    }
  }
  const [latencyMs, findings, overdue, refreshable, attention] = await Promise.all([
    found(latencyOf(hurried)),
    found(storeFindings(hurried)),
    found(overdueCount(hurried)),
    found(refreshableCount(hurried)),
    found(attentionOf(hurried)),
  ])
  const { latest, problem: clockProblem } = settings.serverClock
  const share = attention?.share ?? 0
  for (const { status, found: sentence, fix } of findings ?? [])
    if (status === 'problem') problems.push({ code: 'store_endangered', found: sentence, action: fix })
  problems.push(
    ...[
      unsaved > 0 && problem('unsaved_tokens', `the new tokens of ${unsaved} installations are not saved`),
      clockProblem !== undefined && problem('clock_off', clockProblem),
      watch?.state === 'lost' && problem('watch_lost', watchLost(watch)),
      (overdue ?? 0) > 0 &&
        problem('keep_alive_overdue', `${overdue} installations were not refreshed in time`),
      share > maxAttention &&
        problem('attention_needed', `${Math.round(share * 100)} % of the installations need attention`),
    ].filter((each) => each !== false),
  )
  const isReachable = latencyMs !== undefined
  return {
    status: !isReachable ? 'failed' : problems.length > 0 ? 'degraded' : 'ok',
    problems,
    store: { isReachable, ...(isReachable && { latencyMs }) },
    ...(watch && { watch: watch.state }),
    unsaved,
    ...(overdue === undefined ? {} : { overdue }),
    ...(refreshable === undefined ? {} : { refreshable }),
    ...(attention === undefined ? {} : { attention }),
    ...(latest === undefined ? {} : { clockOffMs: latest.offMs }),
  }
}

async function latencyOf(settings: Settings): Promise<number> {
  const startedAt = settings.clock.now()
  await readAny(settings)
  return settings.clock.now() - startedAt
}

async function overdueCount(settings: Settings): Promise<number | undefined> {
  const { store, clock, policy } = settings
  const before = clock.now() + policy.keepAliveWithinMs - day
  if (store.count !== undefined) {
    const count = store.count.bind(store)
    return storeAnswer(settings, 'count', () => count({ dueBefore: before }))
  }
  if (store.due === undefined) return undefined
  const due = store.due.bind(store)
  return (await storeAnswer(settings, 'due', () => due(before, most))).length
}

/** Counts the records with a `dueAt`, however late that is: those whose grant lives. */
async function refreshableCount(settings: Settings): Promise<number | undefined> {
  const count = settings.store.count?.bind(settings.store)
  return count && storeAnswer(settings, 'count', () => count({ dueBefore: Number.MAX_SAFE_INTEGER }))
}

async function attentionOf(settings: Settings): Promise<Health['attention']> {
  const { store } = settings
  const list = store.list?.bind(store)
  const pageOf = (attention: boolean) =>
    list && storeAnswer(settings, 'list', () => list({ limit: most, ...(attention && { attention }) }))
  const count = store.count?.bind(store)
  const counted = count && storeAnswer(settings, 'count', () => count({ attention: true }))
  const [all, number] = await Promise.all([
    pageOf(false),
    counted ?? pageOf(true)?.then(({ ids }) => ids.length),
  ])
  if (number === undefined) return undefined
  const isWhole = all !== undefined && all.cursor === undefined && all.ids.length > 0
  return { count: number, ...(isWhole && { share: number / all.ids.length }) }
}

const actions = {
  unsaved_tokens: 'Let this process run until the store answers again: the tokens are in its memory alone.',
  clock_off: setTheClock,
  watch_lost:
    'Repair the connection on which the store tells of changes. Until then, what other processes change is noticed after policy.cacheMs.',
  keep_alive_overdue: 'Run keepAlive() daily, and look at its report.',
  attention_needed: 'Look at installations({ needsAttention: true }), or `pd-oauth status`.',
} as const

function problem(code: keyof typeof actions, found: string): HealthProblem {
  return { code, found, action: actions[code] }
}

function watchLost({ cause }: WatchReport): string {
  const found = 'the store does not tell of changes any more'
  return cause === undefined ? found : `${found}. Cause: ${cause}`
}

function storeProblem(error: PipedriveOAuthError): HealthProblem {
  const { cause } = causeOf(error)
  const found = cause === undefined ? error.message : `${error.message} Cause: ${cause}`
  return { code: error.code, found, action: actionFor(error.code) }
}
