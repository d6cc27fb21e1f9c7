import { describe, expect, test } from 'vitest'
import { memoryStore } from '../../src/index.ts'
import { ContractViolation, interleaved } from '../../src/store-suite/store-suite.ts'
import { brokenAttention } from './broken-attention.ts'
import { brokenChanged } from './broken-changed.ts'
import { brokenCheck } from './broken-check.ts'
import { brokenCount } from './broken-count.ts'
import { brokenDue } from './broken-due.ts'
import { brokenEventual } from './broken-eventual.ts'
import { brokenList } from './broken-list.ts'
import { brokenWatch } from './broken-watch.ts'
import { brokenWriters } from './broken-writers.ts'
import type { BrokenStore } from './broken-store.ts'
import { failedTitles, suiteVerdicts } from './suite-verdicts.ts'

const brokenStores: readonly BrokenStore[] = [
  ...brokenWriters,
  ...brokenDue,
  ...brokenList,
  ...brokenAttention,
  ...brokenCount,
  ...brokenChanged,
  ...brokenWatch,
  ...brokenCheck,
  ...brokenEventual,
]
const withoutOptional = ['due', 'list', 'count', 'changed', 'watch', 'check'] as const
/** How long the suite waits for a broken `changed()`, in milliseconds. */
const patienceMs = 10

function verdictsOn({ createStore, openAnother }: BrokenStore) {
  const without = withoutOptional.filter((method) => createStore()[method] === undefined)
  return suiteVerdicts({ createStore, without, patienceMs, ...(openAnother && { openAnother }) })
}

describe('storeSuite catches', () => {
  test.for(brokenStores)('$mistake', async (broken) => {
    const verdicts = await verdictsOn(broken)
    const caught = [...verdicts].find(([title]) => title.includes(broken.caughtBy))
    expect(caught?.[1]).toBeInstanceOf(ContractViolation)
  })

  test('at least one mistake with every case of the suite', async () => {
    const sound = await suiteVerdicts({ createStore: memoryStore })
    const everFailed = new Set<string>()
    for (const broken of brokenStores)
      for (const title of failedTitles(await verdictsOn(broken))) everFailed.add(title)
    expect([...sound.keys()].filter((title) => !everFailed.has(title))).toEqual([])
    expect(failedTitles(sound)).toEqual([])
  })
})

test('storeSuite() names the rule that was broken, what was expected and what was found', async () => {
  const createStore = () => ({ ...memoryStore(), get: async () => ({ version: 'x', value: 'y' }) })
  const verdicts = await suiteVerdicts({ createStore })
  const verdict = verdicts.get('get() of an installation that was never stored resolves to undefined')
  expect(verdict).toMatchObject({
    name: 'ContractViolation',
    rule: expect.stringContaining('get() resolves'),
  })
  expect(String(verdict)).toContain('expected: undefined')
  expect(String(verdict)).toContain('found:    ["x", "y", undefined, false]')
})

test('storeSuite() lets the errors of a store through as they are', async () => {
  const failure = new Error('the database is away')
  const verdicts = await suiteVerdicts({
    createStore: () => ({ ...memoryStore(), get: () => Promise.reject(failure) }),
  })
  expect(verdicts.get('compareAndSet() inserts a record where there is none')).toBe(failure)
})

test('a store that tears under interleaving is caught whatever the seed', async () => {
  const torn = brokenWriters.find(({ mistake }) => mistake === 'compareAndSet() reads, then writes')
  for (const seed of [1, 2, 3, 4]) {
    const verdicts = await suiteVerdicts({
      createStore: () => interleaved(torn?.createStore() ?? memoryStore(), { seed }),
      without: withoutOptional,
    })
    expect(failedTitles(verdicts)).toContain(
      'F05 none of 100 read-modify-writes by 10 concurrent writers is lost',
    )
  }
})
