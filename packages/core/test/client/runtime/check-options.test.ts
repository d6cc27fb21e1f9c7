import { describe, expect, test } from 'vitest'
import {
  aConcurrency,
  aShare,
  checkArgument,
  checkSetup,
  scopeNames,
  yesOrNo,
} from '../../../src/client/runtime/check-options.ts'

test('what an application is put together with is refused with the name of the call', () => {
  const options = { fast: 1, slow: true } as unknown as { fast: boolean }
  expect(() => checkSetup('login()', options, { fast: yesOrNo })).toThrow(
    expect.objectContaining({
      code: 'invalid_configuration',
      problems: ['login(): fast must be true or false', expect.stringMatching(/^login\(\): .*slow/)],
    }),
  )
})

test('one argument is refused by its name', () => {
  expect(() => checkArgument('at()', 'when', 'soon', yesOrNo)).toThrow(
    expect.objectContaining({ code: 'invalid_argument', problems: ['when must be true or false'] }),
  )
})

describe('a rule', () => {
  test.each([0, 0.5, 1])('takes %s for a share', (value) => expect(aShare[0](value)).toBe(true))
  test.each([-0.01, 1.01, Number.NaN, '1', undefined])('takes %s for no share', (value) =>
    expect(aShare[0](value)).toBe(false),
  )
  test.each([
    [0, false],
    [1, true],
    [1_000, true],
    [1_001, false],
    [1.5, false],
  ])('says of %s as a concurrency: %s', (value, isUsable) => expect(aConcurrency[0](value)).toBe(isUsable))
  test.each([[[]], [['deals:read']]])('takes %j for scope names', (value) =>
    expect(scopeNames[0](value)).toBe(true),
  )
  test.each([[['']], [[' ']], [['deals:read', '\t']], [[1]], ['deals:read']])(
    'takes %j for no scope names',
    (value) => expect(scopeNames[0](value)).toBe(false),
  )
})
