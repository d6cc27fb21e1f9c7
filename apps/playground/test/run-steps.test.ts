import { expect, test } from 'vitest'
import { runSteps, type Figures, type Step } from '../src/once/run-steps.ts'

function step(name: string, figures: Figures | Error, expected: Figures): Step {
  return {
    name,
    run: () => (figures instanceof Error ? Promise.reject(figures) : Promise.resolve(figures)),
    expected: () => expected,
  }
}

async function take(...steps: Step[]) {
  const lines: string[] = []
  const errors: string[] = []
  const ok = await runSteps(steps, {
    line: (text) => lines.push(text),
    error: (text) => errors.push(text),
  })
  return { ok, lines, errors }
}

test('a step with the expected figures is printed with all its figures', async () => {
  const { ok, lines, errors } = await take(step('counting', { sheep: 3, goats: 1 }, { sheep: 3 }))
  expect({ ok, errors }).toEqual({ ok: true, errors: [] })
  expect(lines).toEqual([expect.stringMatching(/^ 1\. counting: sheep 3, goats 1 \(\d+ ms\)$/)])
})

test('an unexpected figure ends the run and is named', async () => {
  const { ok, lines, errors } = await take(
    step('first', { sheep: 1 }, { sheep: 1 }),
    step('second', { sheep: 2, dogs: 1 }, { sheep: 3, goats: 1 }),
    step('third', { sheep: 1 }, { sheep: 1 }),
  )
  expect(ok).toBe(false)
  expect(lines).toHaveLength(1)
  expect(errors).toEqual([
    ' 2. second: not as expected: sheep should be 3, but is 2; goats should be 1, but is missing',
  ])
})

test('a number does not equal its text', async () => {
  expect(await take(step('counting', { sheep: '3' }, { sheep: 3 }))).toMatchObject({ ok: false })
})

test('a step that throws ends the run', async () => {
  const { ok, errors } = await take(
    step('breaking', new Error('the bridge is out'), {}),
    step('never', {}, {}),
  )
  expect(ok).toBe(false)
  expect(errors).toEqual([' 1. breaking: failed: the bridge is out'])
})
