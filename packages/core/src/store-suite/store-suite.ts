import type { TokenStore } from '../store/store.ts'
import { attentionCases } from './cases/attention-cases.ts'
import { countCases } from './cases/count-cases.ts'
import { changedCases } from './cases/changed-cases.ts'
import { checkCases } from './cases/check-cases.ts'
import { ContractViolation } from './contract-violation.ts'
import { dueCases } from './cases/due-cases.ts'
import { listCases } from './cases/list-cases.ts'
import { raceCases } from './cases/race-cases.ts'
import { expectLostAfter, watchCases } from './cases/watch-cases.ts'
import { recordCases } from './cases/record-cases.ts'
import type { Clients, OptionalMethod, SuiteCase, With } from './suite-case.ts'

export { interleaved, type InterleavedOptions } from './interleaved-store.ts'
export { ContractViolation } from './contract-violation.ts'
export { type OptionalMethod } from './suite-case.ts'

export interface StoreSuiteOptions<Store extends TokenStore> {
  /** Declares one test, such as `test` of vitest, node:test or bun:test, or `Deno.test`. */
  readonly test: (name: string, run: () => Promise<void>) => unknown
  /** A store with no records, which shares nothing with those that were made before. Called once per test. */
  readonly createStore: () => Promise<Store> | Store
  /** A second client over the same data, as another process would have it. Default: the store itself stands in. */
  readonly openAnother?: ((store: Store) => Promise<Store> | Store) | undefined
  /** Frees what a store holds. Called for every store of `createStore` and `openAnother` after its test. */
  readonly close?: ((store: Store) => Promise<void> | void) | undefined
  /** Optional methods that the store does without. A test says for each what will not work. Default: none. */
  readonly without?: readonly OptionalMethod[] | undefined
  /** How long `changed()` and `watch()` may take to notice a change, in milliseconds. Default: 3 000. */
  readonly patienceMs?: number | undefined
  /**
   * Cuts the connection over which the watches of a store hear, as a network does that drops packets without a word. Default:
   * none, and that a broken watch says so is not tested. Not used for a store without `watch`.
   */
  readonly cutWatch?: ((store: Store) => Promise<void> | void) | undefined
}

/**
 * Declares the tests that every `TokenStore` must pass, in whatever test runner. Uses Web standards only, so it runs
 * in Node, Bun, Deno and workerd alike. A store that breaks the contract makes a test fail with `ContractViolation`,
 * which names the rule.
 *
 * Not tested: what a store does when its database fails, whether what `check()` finds is true, and how fast the store is.
 *
 * @example
 * ```ts
 * import { test } from 'node:test'
 * import { memoryStore } from '@pd/oauth-core'
 * import { interleaved, storeSuite } from '@pd/oauth-core/store-suite'
 *
 * storeSuite({ test, createStore: () => memoryStore() })
 * storeSuite({ test, createStore: () => interleaved(memoryStore(), { seed: 1 }) })
 * ```
 */
export function storeSuite<Store extends TokenStore>(options: StoreSuiteOptions<Store>): void {
  const cases: readonly SuiteCase[] = [
    ...recordCases,
    ...raceCases,
    ...casesOf('due', dueCases, options),
    ...casesOf('list', listCases, options),
    ...casesOf('list', attentionCases, options, false),
    ...casesOf('count', countCases, options),
    ...casesOf('changed', changedCases, options),
    ...casesOf('watch', watchCases, options),
    ...casesOf('check', checkCases, options),
  ]
  for (const { title, run } of cases) options.test(title, () => withClients(options, run))
  const { cutWatch, without = [] } = options
  if (cutWatch !== undefined && !without.includes('watch'))
    options.test('watch() says that it is lost when its connection is cut', () =>
      withClients(options, async (clients) => {
        const store: TokenStore = clients.store
        const other: TokenStore = clients.other
        if (!has(store, 'watch') || !has(other, 'watch')) throw missing('watch')
        await expectLostAfter(() => cutWatch(clients.store), { ...clients, store, other })
      }),
    )
}

const consequences: Record<OptionalMethod, string> = {
  due: 'due() is not implemented: keepAlive() will refuse this store',
  list: 'list() is not implemented: installations() will refuse this store',
  count: 'count() is not implemented: health checks will not say how many need attention',
  changed: 'changed() is not implemented: callers that wait for another process will poll this store',
  watch: 'watch() is not implemented: memory is trusted for cacheMs only',
  check: 'check() is not implemented: checkStore() will find nothing',
}

function casesOf<Method extends OptionalMethod>(
  method: Method,
  cases: readonly SuiteCase<With<Method>>[],
  { without = [] }: Pick<StoreSuiteOptions<TokenStore>, 'without'>,
  saysSo = true,
): readonly SuiteCase[] {
  if (without.includes(method)) return saysSo ? [absence(method)] : []
  return cases.map(({ title, run }) => ({
    title,
    run: async ({ store, other, patienceMs }) => {
      if (!has(store, method) || !has(other, method)) throw missing(method)
      await run({ store, other, patienceMs })
    },
  }))
}

function missing(method: OptionalMethod): ContractViolation {
  return new ContractViolation(
    `${consequences[method]}. If that is meant, say so: \`without: ['${method}']\`.`,
    `a method ${method}`,
    'none',
  )
}

function absence(method: OptionalMethod): SuiteCase {
  return {
    title: consequences[method],
    run: async ({ store }) => {
      if (store[method] === undefined) return
      throw new ContractViolation(
        `A store that is tested without ${method}() does not have it: what is there will be used.`,
        'no such method',
        'one',
      )
    },
  }
}

function has<Method extends OptionalMethod>(store: TokenStore, method: Method): store is With<Method> {
  return typeof store[method] === 'function'
}

async function withClients<Store extends TokenStore>(
  options: StoreSuiteOptions<Store>,
  run: (clients: Clients<Store>) => Promise<void>,
): Promise<void> {
  const { createStore, openAnother, close, patienceMs = 3_000 } = options
  const store = await createStore()
  const opened = [store]
  const errors: unknown[] = []
  const note = (error: unknown) => void errors.push(error)
  const ran = async () => {
    const other = openAnother === undefined ? store : await openAnother(store)
    if (other !== store) opened.push(other)
    await run({ store, other, patienceMs })
  }
  await ran().catch(note)
  // Each is closed, whatever failed before. The first error says most.
  for (const one of opened.toReversed()) await (async () => close?.(one))().catch(note)
  if (errors.length > 0) throw errors[0]
}
