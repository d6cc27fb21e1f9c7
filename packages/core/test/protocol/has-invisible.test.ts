import { expect, test } from 'vitest'
import { hasInvisible } from '../../src/protocol/has-invisible.ts'

const invisible = [
  ['a line break', '\n'],
  ['a null character', '\0'],
  ['a character that deletes', '\u{7f}'],
  ['a zero-width space', '\u{200b}'],
  ['a byte order mark', '\u{feff}'],
  ['a mark that turns the direction of text', '\u{202e}'],
  ['the first half of a surrogate pair', '\u{d83d}'],
  ['the second half of a surrogate pair', '\u{de00}'],
  ['a line separator', '\u{2028}'],
  ['a paragraph separator', '\u{2029}'],
]
test.each(invisible)('%s is found anywhere in a text', (_what, character) => {
  expect([character, `${character}b`, `a${character}b`, `a${character}`].map(hasInvisible)).toEqual(
    Array.from({ length: 4 }, () => true),
  )
})

test.each(['', 'plain', 'with spaces', 'Straße', '日本', '😀', '%00'])('%j has nothing invisible', (text) => {
  expect(hasInvisible(text)).toBe(false)
})
