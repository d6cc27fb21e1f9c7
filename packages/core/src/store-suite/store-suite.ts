import type { TokenStore } from '../store/store.ts'
import { changedCases } from './cases/changed-cases.ts'
import { ContractViolation } from './contract-violation.ts'
import { dueCases } from './cases/due-cases.ts'
import { listCases } from './cases/list-cases.ts'
import { raceCases } from './cases/race-cases.ts'
import { recordCases } from './cases/record-cases.ts'
import type { SuiteCase } from './suite-case.ts'

export { interleaved, type InterleavedOptions } from './interleaved-store.ts'
export { ContractViolation } from './contract-violation.ts'

/** The methods that a store may do without. */
export type OptionalMethod = 'due' | 'list' | 'changed'

export interface StoreSuiteOptions<Store extends TokenStore> {
  /** Declares one test, such as `test` of vitest, node:test or bun:test, or `Deno.test`. */
  readonly test: (name: string, run: () => Promise<void>) => unknown
  /** A store with no records, which shares nothing with those that were made before. Called once per test. */
  readonly createStore: () => Promise<Store> | Store
  /** A second client over the same data, as another process would have it. Default: the store itself stands in. */
  readonly openAnother?: (store: Store) => Promise<Store> | Store
  /** Frees what a store holds. Called for every store of `createStore` and `openAnother` after its test. */
  readonly close?: (store: Store) => Promise<void> | void
  /** Optional methods that the store does without. A test says for each what will not work. Default: none. */
  readonly without?: readonly OptionalMethod[]
  /** How long `changed()` may take to notice a change, in milliseconds. Default: 3 000. */
  readonly patienceMs?: number
}

/**
 * Declares the tests that every `TokenStore` must pass, in whatever test runner. Uses Web standards only, so it runs
 * in Node, Bun, Deno and workerd alike. A store that breaks the contract makes a test fail with `ContractViolation`,
 * which names the rule.
 *
 * Not tested: what a store does when its database fails, and how fast it is.
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
    ...casesOf('changed', changedCases, options),
  ]
  for (const { title, run } of cases) options.test(title, () => withClients(options, run))
}

const consequences: Record<OptionalMethod, string> = {
  due: 'due() is not implemented: keepAlive() will refuse this store',
  list: 'list() is not implemented: installations() will refuse this store',
  changed: 'changed() is not implemented: callers that wait for another process will poll this store',
}

function casesOf<Method extends OptionalMethod>(
  method: Method,
  cases: readonly SuiteCase<TokenStore & Required<Pick<TokenStore, Method>>>[],
  { without = [] }: Pick<StoreSuiteOptions<TokenStore>, 'without'>,
): readonly SuiteCase[] {
  if (without.includes(method)) return [absence(method)]
  return cases.map(({ title, run }) => ({
    title,
    run: async ({ store, other, patienceMs }) => {
      if (!has(store, method) || !has(other, method))
        throw new ContractViolation(
          `${consequences[method]}. If that is meant, say so: \`without: ['${method}']\`.`,
          `a method ${method}`,
          'none',
        )
      await run({ store, other, patienceMs })
    },
  }))
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

function has<Method extends OptionalMethod>(
  store: TokenStore,
  method: Method,
): store is TokenStore & Required<Pick<TokenStore, Method>> {
  return typeof store[method] === 'function'
}

async function withClients<Store extends TokenStore>(
  options: StoreSuiteOptions<Store>,
  run: SuiteCase['run'],
): Promise<void> {
  const { createStore, openAnother, close, patienceMs = 3_000 } = options
  const store = await createStore()
  const opened = [store]
  try {
    const other = openAnother === undefined ? store : await openAnother(store)
    if (other !== store) opened.push(other)
    await run({ store, other, patienceMs })
  } finally {
    for (const one of opened.toReversed()) await close?.(one)
  }
}
