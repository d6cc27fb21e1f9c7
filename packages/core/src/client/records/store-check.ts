import type { InstallationId } from '../../machine/account.ts'
import { ConfigurationError } from '../../errors.ts'
import type { StoredRecord, StoreFinding } from '../../store/store.ts'
import { checkOptions, yesOrNo } from '../runtime/check-options.ts'
import type { Settings } from '../runtime/settings.ts'
import { randomText, type Random } from '../runtime/random.ts'
import { retryUntil } from '../runtime/retry.ts'
import { withTimeLimit } from '../runtime/time-limit.ts'
import { storeAnswer, storeDeadline, StoreTimeout } from './store-answer.ts'
import { storeFindings } from './store-findings.ts'

/** The options of `checkStore()`. */
export interface StoreCheckOptions {
  /**
   * Also checks that `compareAndSet` compares before it writes: creates, replaces and deletes a record of a company
   * that cannot exist. If the store stops answering midway, that record may stay; no list shows it. Default: false, a single read.
   */
  readonly write?: boolean | undefined
}

/** The result of `checkStore()`. */
export interface StoreCheck {
  /** How long one read took, in milliseconds. */
  readonly latencyMs: number
  /** Which optional methods the store has. Of these, only `check` is called. */
  readonly can: Readonly<Record<'due' | 'list' | 'count' | 'changed' | 'watch' | 'check', boolean>>
  /** What endangers the records, as the store's own `check()` found. Empty if nothing does, or if the store has no `check`. */
  readonly findings: readonly StoreFinding[]
}

/** The length of a test record, about that of a real one, in random bytes. */
const typicalLength = 1_500

/** Reads a record that does not exist, asks the store what endangers its records and, with `write`, checks the rules of `get` and `compareAndSet`. */
export async function checkStore(settings: Settings, options: StoreCheckOptions): Promise<StoreCheck> {
  checkOptions('checkStore()', options, { write: yesOrNo })
  const { write = false } = options
  const { store, clock, random } = settings
  const id = noInstallation(random)
  const startedAt = clock.now()
  await storeAnswer(settings, 'get', () => store.get(id))
  const latencyMs = clock.now() - startedAt
  const problems = write ? await compareAndSetProblems(settings, id) : []
  if (problems.length > 0) throw new ConfigurationError(problems, 'unsupported_by_store')
  const findings = await storeFindings(settings)
  const { due, list, count, changed, watch, check } = store
  return {
    latencyMs,
    can: {
      due: due !== undefined,
      list: list !== undefined,
      count: count !== undefined,
      changed: changed !== undefined,
      watch: watch !== undefined,
      check: check !== undefined,
    },
    findings,
  }
}

/** In a cluster, one of so many records is on a node that works. */
const records = 3

/**
 * Reads records that do not exist, all at once, until one is answered.
 * @throws {StoreError} `store_unavailable`, if none is answered
 */
export async function readAny(settings: Settings): Promise<void> {
  const { store, random } = settings
  const read = () => storeAnswer(settings, 'get', () => store.get(noInstallation(random)))
  try {
    await Promise.any(Array.from({ length: records }, read))
  } catch (error) {
    throw error instanceof AggregateError ? error.errors[0] : error
  }
}

/** Returns an id that no installation has, because there is no company 0. */
function noInstallation(random: Random): InstallationId {
  return `0:${random(4).reduce((number, byte) => number * 256 + byte, 0)}`
}

/** Asks the store within its time, which each answer begins anew. */
type Ask = <T>(operation: 'get' | 'compareAndSet', ask: () => Promise<T>) => Promise<T>

/**
 * Tries `compareAndSet` on the record of `id`, and then deletes that in any case, if the store works within `storeTimeoutMs`. The
 * caller waits for that no longer than for an answer of the store.
 */
async function compareAndSetProblems(settings: Settings, id: InstallationId): Promise<string[]> {
  const { clock, policy } = settings
  let until = storeDeadline(settings)
  const ask: Ask = async (operation, question) => {
    const answer = await storeAnswer(settings, operation, question, { until })
    until = storeDeadline(settings)
    return answer
  }
  try {
    return await triedProblems(settings, id, ask)
  } finally {
    const removing = removed(settings, id).catch(() => {})
    settings.waitUntil?.(removing)
    // More time than an answer has is left only if the clock was set back.
    const ms = Math.min(until - clock.now(), policy.storeTimeoutMs)
    if (ms > 0) await withTimeLimit(removing, { ms, clock }, () => new StoreTimeout(ms)).catch(() => {})
  }
}

async function removed(settings: Settings, id: InstallationId): Promise<void> {
  const { clock, store } = settings
  const remove = async () => {
    const left = await storeAnswer(settings, 'get', () => store.get(id))
    if (left !== undefined)
      await storeAnswer(settings, 'compareAndSet', () => store.compareAndSet(id, left.version, undefined))
  }
  await retryUntil(remove, { clock, until: storeDeadline(settings), failed: () => {} })
}

async function triedProblems(settings: Settings, id: InstallationId, ask: Ask): Promise<string[]> {
  const { store, random } = settings
  const aRecord = (): StoredRecord => ({
    version: randomText(random, 12),
    value: randomText(random, typicalLength),
  })
  const replace = (expected: string | undefined, next: StoredRecord | undefined) =>
    ask('compareAndSet', () => store.compareAndSet(id, expected, next))
  const holds = async (record: StoredRecord | undefined) => {
    const found = await ask('get', () => store.get(id))
    return found?.version === record?.version && found?.value === record?.value
  }

  const [first, rival, second] = [aRecord(), aRecord(), aRecord()]
  const created = await bothOf([replace(undefined, first), replace(undefined, rival)])
  const winner = created[0] ? first : rival
  const problems: string[] = []
  const expect = (isSo: boolean, problem: string) => {
    if (!isSo) problems.push(`The store ${problem}`)
  }
  expect(created[0] !== created[1], 'must let exactly one of two simultaneous writers create a record')
  expect(await holds(winner), 'must give back the record that was written, unchanged')
  expect(!(await replace(undefined, second)), 'must not create a record over an existing one')
  expect(!(await replace(second.version, second)), 'must not replace a record of another version')
  expect(!(await replace(second.version, undefined)), 'must not delete a record of another version')
  expect(await replace(winner.version, second), 'must replace a record of the expected version')
  expect(await holds(second), 'must keep the last record that was written')
  const last = await ask('get', () => store.get(id))
  expect(await replace(last?.version, undefined), 'must delete a record of the expected version')
  expect(await holds(undefined), 'must not give back a deleted record')
  return problems
}

/** Resolves as `Promise.all` does, but not before both have settled: a write that is under way could follow its removal. */
async function bothOf<T>(promises: readonly Promise<T>[]): Promise<T[]> {
  await Promise.allSettled(promises)
  return Promise.all(promises)
}
