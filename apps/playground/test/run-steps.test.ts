import { expect, test } from 'vitest'
import { runSteps, type Figures, type Step } from '../src/once/run-steps.ts'

function step(name: string, figures: Figures | Error, stated: Figures): Step {
  return {
    name,
    run: () => (figures instanceof Error ? Promise.reject(figures) : Promise.resolve(figures)),
    stated: () => stated,
  }
}

async function take(...steps: Step[]) {
  const lines: string[] = []
  const troubles: string[] = []
  const ok = await runSteps(steps, {
    line: (text) => lines.push(text),
    trouble: (text) => troubles.push(text),
  })
  return { ok, lines, troubles }
}

test('steps that are as stated are said with all their figures', async () => {
  const { ok, lines, troubles } = await take(step('counting', { sheep: 3, goats: 1 }, { sheep: 3 }))
  expect({ ok, troubles }).toEqual({ ok: true, troubles: [] })
  expect(lines).toEqual([expect.stringMatching(/^ 1\. counting: sheep 3, goats 1 \(\d+ ms\)$/)])
})

test('a figure that is not as stated ends the run there, and is named', async () => {
  const { ok, lines, troubles } = await take(
    step('first', { sheep: 1 }, { sheep: 1 }),
    step('second', { sheep: 2, dogs: 1 }, { sheep: 3, goats: 1 }),
    step('third', { sheep: 1 }, { sheep: 1 }),
  )
  expect(ok).toBe(false)
  expect(lines).toHaveLength(1)
  expect(troubles).toEqual([
    ' 2. second: not as stated: sheep should be 3, but is 2; goats should be 1, but is missing',
  ])
})

test('a number is not the text that looks like it', async () => {
  expect(await take(step('counting', { sheep: '3' }, { sheep: 3 }))).toMatchObject({ ok: false })
})

test('a step that throws ends the run there', async () => {
  const { ok, troubles } = await take(
    step('breaking', new Error('the bridge is out'), {}),
    step('never', {}, {}),
  )
  expect(ok).toBe(false)
  expect(troubles).toEqual([' 1. breaking: failed: the bridge is out'])
})
