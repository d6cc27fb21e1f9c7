import { describe, expect, test } from 'vitest'
import { noFalseAlarm } from './invariants.ts'
import { check } from './model-check.ts'
import { mutants } from './mutants.ts'
import { story } from './report.ts'
import { scenario, tickPolicy } from './scenario.ts'

/** The shortest counterexamples are kept beside this file: each says why there is a rule. */
describe('the search finds out when a rule is taken out', () => {
  test.each(mutants.map((mutant) => [mutant.name, mutant] as const))(
    'software that %s is caught',
    async (name, { mutation, setup, breaks }) => {
      expect(check(setup).violation).toBeUndefined()
      const { violation, states } = check(setup, mutation)
      console.log(`caught after ${states} states, in ${violation?.trace.length} steps: ${name}`)
      expect(violation?.invariant).toBe(breaks)
      const text = `Software that ${name}.\n${violation && story(violation)}\n`
      await expect(text).toMatchFileSnapshot(`counterexamples/${name.replace(/\W+/g, '-')}.txt`)
    },
    60_000,
  )

  test('F07 a stall of one lease is survived, and of one tick more it is not', async () => {
    const { leaseMs } = tickPolicy
    expect(check(scenario('rotating', 2, {}, { stall: leaseMs })).violation).toBeUndefined()
    const { violation } = check(scenario('rotating', 2, {}, { stall: leaseMs + 1 }))
    expect(violation?.invariant).toBe(noFalseAlarm)
    const text = `A process that stalls for longer than a lease.\n${violation && story(violation)}\n`
    await expect(text).toMatchFileSnapshot('counterexamples/stalls-for-longer-than-a-lease.txt')
  })
})
