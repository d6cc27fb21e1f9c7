import { expect, test } from 'vitest'
import { secretProblems, unset } from '../../../src/client/runtime/secret-problems.ts'

const random = '0123456789abcdef'.repeat(2)

test.each([
  ['', ' (empty: is the environment variable set?)'],
  [[''], ' (empty: is the environment variable set?)'],
  [undefined, ' (undefined: is the environment variable set?)'],
  ['short', ''],
  [['short'], ''],
  [['', 'short'], ''],
  [['', ''], ''],
  [[], ''],
  [null, ''],
])('asks whether the variable of %j is set: "%s"', (value, question) => {
  expect(unset(value)).toBe(question)
})

test.each([[[]], [random], [[random.slice(1)]], [[{ length: 40 }]], [[random, [...random]]], [null]])(
  'takes no list but one of texts of 32 characters: %j',
  (secrets) => {
    expect(secretProblems(secrets, [])).toEqual([expect.stringMatching(/^secrets must be an array/)])
  },
)

test('names each thing that is wrong with secrets, and repeats none', () => {
  const few = 'ab'.repeat(20)
  const problems = secretProblems([random, few, `${random}\u200b`, `${random}x`], [`${random}x`])
  expect(problems.map((problem) => problem.slice(0, 30))).toEqual([
    'secrets must not contain line ',
    'secrets must be random: one ha',
    'secrets must not contain the c',
  ])
  expect(problems.join()).not.toContain(random)
  expect(secretProblems([random], ['client-secret'])).toEqual([])
})

test('an example of a document is no secret, and ten different characters are enough', () => {
  expect(secretProblems([`your-secret-${random}`], [])).toHaveLength(1)
  expect(secretProblems(['0123456789'.repeat(4)], [])).toEqual([])
  expect(secretProblems(['012345678'.repeat(4)], [])).toHaveLength(1)
})
