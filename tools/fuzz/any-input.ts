import * as fc from 'fast-check'
import { marker } from './fuzz-target.ts'

/** Text of any UTF-16 code units, of any length up to 60, and often of characters that mean something to a parser. */
export const anyText: fc.Arbitrary<string> = fc.oneof(
  fc.string({ unit: fc.nat(0xffff).map((code) => String.fromCharCode(code)), maxLength: 60 }),
  fc.string({ unit: 'grapheme', maxLength: 60 }),
  fc.string({
    unit: fc.constantFrom(...` \t\r\n"'\\/:;,.&=?#%{}[]()<>@+-_*|^$!~0123456789abcXYZ\0`),
    maxLength: 60,
  }),
  fc.constantFrom(
    '',
    'null',
    'undefined',
    '__proto__',
    'constructor',
    '0',
    '-1',
    '1e999',
    'NaN',
    '%',
    '%zz',
    'a'.repeat(20_000),
  ),
)

/** A header's value: `Headers` takes no other characters. */
export const headerText: fc.Arbitrary<string> = anyText.map((text) =>
  text.replace(/[^\t\x20-\x7e\x80-\xff]/g, '~').slice(0, 2_000),
)

export const anySecret: fc.Arbitrary<string> = anyText.map((text) => `${marker}-${text}`)

/** Any JSON value, also with `__proto__` and the names that a parser looks for. */
export function jsonWith(names: readonly string[]): fc.Arbitrary<unknown> {
  const value = fc.oneof(
    anyText,
    fc.double(),
    fc.bigInt().map(Number),
    fc.boolean(),
    fc.constant(null),
    fc.integer({ min: 1, max: 9_999_999 }),
    fc.jsonValue({ maxDepth: 2 }),
  )
  return fc.oneof(
    {
      weight: 5,
      arbitrary: fc.dictionary(fc.constantFrom(...names, '__proto__', 'toString'), value, { maxKeys: 12 }),
    },
    { weight: 1, arbitrary: fc.jsonValue({ maxDepth: 3 }) },
  )
}

/** The text of a body: JSON with these names, cut JSON, or anything. */
export function bodyWith(names: readonly string[]): fc.Arbitrary<string> {
  const json = jsonWith(names).map((value) => JSON.stringify(value))
  return fc.oneof(
    { weight: 4, arbitrary: json },
    { weight: 1, arbitrary: fc.tuple(json, fc.nat(40)).map(([text, cut]) => text.slice(0, -cut)) },
    { weight: 1, arbitrary: anyText },
  )
}

/** A genuine text with a part replaced, cut, or unchanged. */
export function mutated(genuine: string): fc.Arbitrary<string> {
  return fc.oneof(
    fc.constant(genuine),
    fc
      .tuple(fc.nat(genuine.length), fc.nat(8), anyText)
      .map(([at, length, text]) => genuine.slice(0, at) + text.slice(0, 20) + genuine.slice(at + length)),
    anyText,
  )
}
