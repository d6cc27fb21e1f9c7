import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { constantTimeEqual } from '../../src/machine/constant-time-equal.ts'

const texts = fc.string({ unit: fc.constantFrom('a', 'b', '\u0000', 'é', '😀'), maxLength: 6 })

test('constantTimeEqual() returns what === returns', () => {
  fc.assert(
    fc.property(texts, texts, (left, right) => {
      expect(constantTimeEqual(left, right)).toBe(left === right)
      expect(constantTimeEqual(left, left)).toBe(true)
    }),
    { numRuns: 2_000 },
  )
})

test.each([
  ['', ''],
  ['', 'a'],
  ['a', ''],
  ['a', 'aa'],
  ['aa', 'a'],
  ['abab', 'ab'],
  ['ab', 'abab'],
  ['', '\u0000'],
  ['\u0000', ''],
])('constantTimeEqual() distinguishes %j and %j, which differ in length', (left, right) => {
  expect(constantTimeEqual(left, right)).toBe(left === right)
})
