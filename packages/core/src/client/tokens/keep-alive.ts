import { day } from '../../machine/durations.ts'
import { spreadDays, takenByRun } from '../../machine/keep-alive/herd.ts'
import { refreshTokenLifetimeMs } from '../../protocol/token-answer.ts'
import { ConfigurationError } from '../../errors.ts'
import type { DueEntry } from '../../store/store.ts'
import { storeAnswer } from '../records/store-answer.ts'
import {
  aConcurrency,
  aFunction,
  aSignal,
  checkOptions,
  yesOrNo,
  type Rules,
} from '../runtime/check-options.ts'
import type { Settings } from '../runtime/settings.ts'
import type { AccessTokens } from './access-tokens.ts'
import type { Selection } from './keep-alive-queue.ts'
import { KeepAliveTally, type KeepAliveReport, type KeepAliveResult } from './keep-alive-report.ts'
import { KeepAliveRun, type RunParts } from './keep-alive-run.ts'
import type { TokenEndpoint } from './token-endpoint.ts'

/** The options of `keepAlive()`. */
export interface KeepAliveOptions {
  /**
   * Refreshes exactly the installations whose refresh token expires within this time, in milliseconds. 60 days or more take
   * every installation that was refreshed before the run, once. Default: `policy.keepAliveWithinMs`, and where very many would
   * expire in the month after that, a part of those as well.
   */
  readonly withinMs?: number | undefined
  /** How many refreshes may run at the same time, 1 to 1 000. Default: 4. */
  readonly concurrency?: number | undefined
  /**
   * How many refreshes may start per second, more than 0. Default: no limit, until Pipedrive answers 429; then the run
   * finds the rate that Pipedrive allows.
   */
  readonly perSecond?: number | undefined
  /** Starts no further refresh. Those that run are finished, and the report is returned. Default: none. */
  readonly signal?: AbortSignal | undefined
  /** Changes nothing and asks Pipedrive nothing: the report says what a run would do. Default: false. */
  readonly dryRun?: boolean | undefined
  /** Is called with the result of each installation. Nothing waits for it; the logger gets what it throws. Default: none. */
  readonly onResult?: ((result: KeepAliveResult) => void) | undefined
}

const rules: Rules<KeepAliveOptions> = {
  withinMs: [(value) => Number.isFinite(value) && Number(value) >= 0, 'a number of 0 or more'],
  concurrency: aConcurrency,
  perSecond: [(value) => Number.isFinite(value) && Number(value) > 0, 'a number greater than 0'],
  signal: aSignal,
  dryRun: yesOrNo,
  onResult: aFunction,
}
const countedAtOnce = 1_000

/**
 * Refreshes installations whose refresh token expires soon, and deletes records whose grant has long been dead. Any number
 * of processes may do so at the same time.
 */
export async function keepAlive(
  tokens: AccessTokens,
  endpoint: TokenEndpoint,
  settings: Settings,
  options: KeepAliveOptions,
): Promise<KeepAliveReport> {
  checkOptions('keepAlive()', options, rules)
  const { concurrency = 4, perSecond = Infinity, signal, dryRun = false, onResult } = options
  const { clock, policy, store } = settings
  const due = dueOf(settings)
  const count = countOf(settings)
  const startedAt = clock.now()
  // What the run itself has refreshed expires later, so it is never due twice in one run.
  const latest = startedAt + refreshTokenLifetimeMs
  const dueBefore = Math.min(startedAt + (options.withinMs ?? policy.keepAliveWithinMs), latest)
  const tally = new KeepAliveTally(settings.log, onResult)
  const parts: RunParts = { settings, tokens, endpoint, tally, due }

  // A store that does not answer at all is an error, not a run without results.
  const [first] = await due(dueBefore, 1)
  const counted = count && { count, atStart: first === undefined ? 0 : await count(dueBefore) }
  const onlyDue: Selection = { dueBefore, atLeast: 0, horizon: dueBefore }
  const isAhead = options.withinMs === undefined
  const selection = isAhead && counted ? await selectionAhead(counted, onlyDue, latest) : onlyDue

  const run = new KeepAliveRun(parts, selection, { concurrency, perSecond, signal, dryRun })
  const mayForget = policy.forgetAfterMs > 0 && store.list !== undefined
  const stopped = (await run.refresh()) ?? (mayForget ? await run.forget() : undefined)
  const left = await leftOf(parts, dueBefore, count).catch(() => leftBy(counted, tally))
  const report: KeepAliveReport = {
    dryRun,
    isComplete: tally.summary.failed === 0 && stopped === undefined,
    ...tally.summary,
    ...left,
    durationMs: clock.now() - startedAt,
    ...(stopped && { stopped }),
  }
  if (!dryRun) {
    const { dryRun: _, isComplete: _complete, failures, ...counts } = report
    const codes = [...new Set(failures.map(({ code }) => code))]
    settings.emit({ type: 'kept_alive', ...counts, codes })
  }
  return report
}

function dueOf(settings: Settings): RunParts['due'] {
  const due = settings.store.due?.bind(settings.store)
  if (due === undefined)
    throw new ConfigurationError(
      ['keepAlive() needs a store that has the method due'],
      'unsupported_by_store',
    )
  return (before, limit, after) => storeAnswer(settings, 'due', () => due(before, limit, after))
}

/** Counts what is due before an instant. */
type Count = (dueBefore: number) => Promise<number>

interface Counted {
  readonly count: Count
  /** How many were due when the run began. */
  readonly atStart: number
}

/** Returns undefined for a store that cannot count. */
function countOf(settings: Settings): Count | undefined {
  const count = settings.store.count?.bind(settings.store)
  return count && ((dueBefore) => storeAnswer(settings, 'count', () => count({ dueBefore })))
}

/** Returns what a run takes by default: what is due, and its share of a herd that will be due later. */
async function selectionAhead(
  { count, atStart }: Counted,
  onlyDue: Selection,
  latest: number,
): Promise<Selection> {
  const { dueBefore } = onlyDue
  const within = (days: number) => count(dueBefore + days * day)
  const last = await within(spreadDays)
  const all = await count(Number.MAX_SAFE_INTEGER)
  if (takenByRun([atStart, ...Array.from({ length: spreadDays }, () => last)], all) === atStart)
    return onlyDue
  const between = await Promise.all(Array.from({ length: spreadDays - 1 }, (_, days) => within(days + 1)))
  const atLeast = takenByRun([atStart, ...between, last], all)
  return { dueBefore, atLeast, horizon: Math.min(dueBefore + spreadDays * day, latest) }
}

async function leftOf(
  { settings, due }: RunParts,
  dueBefore: number,
  count: Count | undefined,
): Promise<Pick<KeepAliveReport, 'left' | 'soonestExpiryAt'>> {
  const [soonest] = await due(dueBefore, 1, { dueAt: settings.clock.now(), id: '0:0' })
  const left = await (count?.(dueBefore) ?? countByPages(due, dueBefore))
  return { left, ...(soonest && { soonestExpiryAt: soonest.dueAt }) }
}

async function countByPages(due: RunParts['due'], dueBefore: number): Promise<number> {
  let total = 0
  let after: DueEntry | undefined
  for (;;) {
    const page: DueEntry[] = await due(dueBefore, countedAtOnce, after)
    total += page.length
    after = page.at(-1)
    if (page.length < countedAtOnce) return total
  }
}

/** What must be left, while the store does not answer. */
function leftBy(counted: Counted | undefined, tally: KeepAliveTally): Pick<KeepAliveReport, 'left'> {
  return counted === undefined ? {} : { left: Math.max(0, counted.atStart - tally.done) }
}
