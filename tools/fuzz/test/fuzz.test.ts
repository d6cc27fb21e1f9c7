import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { fuzzTarget, marker } from '../fuzz-target.ts'
import { fuzzTargets } from '../fuzz-targets.ts'

const inputs = process.env['TEST_SIZE'] === 'full' ? 100_000 : 2_000
const seed = Number(process.env['FUZZ_SEED'] ?? Math.floor(Math.random() * 2 ** 31))
console.warn(`fuzz: FUZZ_SEED=${seed}`)

const targets = await fuzzTargets()
const shares = targets.reduce((sum, { share }) => sum + share, 0)

test.each(targets)(
  '$name from outside cause no crash, and show no secret',
  async ({ run, share }) => {
    await run(Math.ceil((inputs * share) / shares), seed)
  },
  600_000,
)

test('a crash is found', async () => {
  const target = fuzzTarget('planted', 1, fc.nat(100), (input) => {
    if (input > 50) throw new TypeError('Cannot read properties of undefined')
  })

  await expect(target.run(1_000, 1)).rejects.toThrow(/Counterexample: \[51\]/)
})

test('a secret in an error, and one in a log, are found', async () => {
  const inError = fuzzTarget('planted', 1, fc.nat(100), (input, show) => {
    show(new Error('It failed', { cause: new Error(input > 50 ? `${marker}-token` : '') }))
  })
  const inLog = fuzzTarget('planted', 1, fc.nat(100), (input, show) => {
    show({ details: [{ token: input > 50 ? `${marker}-token` : '' }] })
  })

  for (const target of [inError, inLog])
    await expect(target.run(1_000, 1)).rejects.toThrow(/Counterexample: \[51\]/)
})
