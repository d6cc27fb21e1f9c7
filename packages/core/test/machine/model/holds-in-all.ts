import { describe, expect, test } from 'vitest'
import { policyProblems } from '../../../src/machine/policy.ts'
import { check } from './model-check.ts'
import { counts, story, titleOf } from './report.ts'
import type { Scenario } from './scenario.ts'

/** Searches each scenario, says how far it went, and fails with the shortest counterexample. */
export function holdsInAll(title: string, scenarios: readonly Scenario[]): void {
  describe(title, () => {
    test.each(scenarios.map((setup) => [titleOf(setup), setup] as const))(
      'all holds: %s',
      (_, setup) => {
        const findings = check(setup)
        console.log(counts(setup, findings))
        expect(findings.violation && story(findings.violation)).toBeUndefined()
        expect(findings.finals).toBeGreaterThan(0)
      },
      600_000,
    )

    test('every policy among them is one that is accepted', () => {
      expect(scenarios.flatMap(({ policy }) => policyProblems(policy))).toEqual([])
    })
  })
}
