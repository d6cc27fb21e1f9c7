import { describe, expect, test } from 'vitest'
import { isBelieved, isUsableHandOver } from '../../../../src/machine/memory.ts'
import { policyProblems } from '../../../../src/machine/policy.ts'
import {
  bounded,
  check,
  current,
  neverBack,
  ownWritesCostNothing,
  policy,
  type Scenario,
  type Software,
} from './memory-model.ts'

const scenario = (title: string, changes: Partial<Scenario> = {}): Scenario => ({
  title,
  others: 2,
  own: 0,
  cuts: 0,
  tellsVersions: true,
  waits: 0,
  ticks: 3,
  ...changes,
})

const waiting = { waits: 1, ticks: 1 }
const waitingBesideOwnWrites = { ...waiting, others: 0, own: 2 }

const scenarios = [
  scenario('a memory that hears'),
  scenario('a memory that hears no versions', { tellsVersions: false }),
  scenario('a memory whose news are lost', { others: 1, cuts: 1 }),
  scenario('a memory that hears of own writes alone', { others: 0, own: 2 }),
  scenario('a memory that hears of own writes and those of others', { others: 1, own: 1 }),
  scenario('a memory whose news are lost, with own writes', { others: 0, own: 2, cuts: 1 }),
  scenario('a memory that waits', waiting),
  scenario('a memory that waits and hears no versions', { ...waiting, tellsVersions: false }),
  scenario('a memory that waits beside own writes', waitingBesideOwnWrites),
  scenario('a memory that waits and whose news are lost', { ...waiting, others: 1, cuts: 1 }),
]

const lost = scenario('lost', { others: 1, cuts: 1 })

const mutants: readonly {
  name: string
  mutation: Partial<Software>
  in: Scenario
  breaks: string
}[] = [
  {
    name: 'believes what was read before the watch stood',
    mutation: {
      isBelieved: (belief, standing, at, rules) =>
        isBelieved({ ...belief, watch: standing?.watch }, standing, at, rules),
    },
    in: scenario('hears', { others: 1 }),
    breaks: bounded,
  },
  {
    name: 'believes after a loss what was read before it, because the next watch stands',
    mutation: { numbersWatches: false },
    in: lost,
    breaks: current,
  },
  {
    name: 'believes a watch of which nothing is heard',
    mutation: {
      isBelieved: (belief, standing, at, rules) =>
        isBelieved(belief, standing && { ...standing, heardUntil: Infinity }, at, rules),
    },
    in: lost,
    breaks: bounded,
  },
  {
    name: 'counts a heartbeat from when it came back',
    mutation: { countsFromSending: false },
    in: lost,
    breaks: bounded,
  },
  {
    name: 'ignores news that come during a read',
    mutation: { toldMeanwhile: (look) => look },
    in: scenario('hears', { others: 1 }),
    breaks: current,
  },
  {
    name: 'ignores news of a record in memory',
    mutation: { told: (belief) => belief },
    in: scenario('hears', { others: 1 }),
    breaks: current,
  },
  {
    name: 'ignores news without a version',
    mutation: {
      told: (belief, version) =>
        version === undefined || version === belief.version ? belief : { ...belief, isOutdated: true },
    },
    in: scenario('hears no versions', { others: 1, tellsVersions: false }),
    breaks: current,
  },
  {
    name: 'takes late news of the version that it replaced for a change',
    mutation: {
      told: (belief, version) => (version === belief.version ? belief : { ...belief, isOutdated: true }),
    },
    in: scenario('own writes', { others: 0, own: 2 }),
    breaks: ownWritesCostNothing,
  },
  {
    name: 'uses what was handed over although memory has changed',
    mutation: {
      isUsableHandOver: (look, version, known) =>
        isUsableHandOver(look, version, { ...known, hasMemoryChanged: false }),
    },
    in: scenario('waits beside own writes', waitingBesideOwnWrites),
    breaks: neverBack,
  },
  {
    name: 'gets what was replaced before it waited',
    mutation: { handsOverWhatWasStoredSince: false },
    in: scenario('waits', waiting),
    breaks: current,
  },
]

describe('every order of events', () => {
  test.each(scenarios.map((setup) => [setup.title, setup] as const))(
    'all holds: %s',
    (_, setup) => {
      const { violation, states, finals } = check(setup)
      console.log(`${states.toLocaleString('en')} states: ${setup.title}`)
      expect(violation && [violation.invariant, ...violation.trace.map(({ label }) => label)]).toBeUndefined()
      expect(finals).toBeGreaterThan(0)
    },
    120_000,
  )

  test.each(mutants.map((mutant) => [mutant.name, mutant] as const))(
    'a memory that %s is caught',
    (_, { mutation, in: setup, breaks }) => {
      expect(check(setup).violation?.invariant).toBeUndefined()
      expect(check(setup, mutation).violation?.invariant).toBe(breaks)
    },
    120_000,
  )

  test('the policy is one that is accepted', () => {
    expect(policyProblems(policy)).toEqual([])
  })
})
