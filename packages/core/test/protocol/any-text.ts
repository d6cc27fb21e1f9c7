import * as fc from 'fast-check'

/** Text of any UTF-16 code units: control characters, lone halves of surrogate pairs, everything. */
export function anyText(options: { readonly maxLength?: number } = {}): fc.Arbitrary<string> {
  return fc.string({ ...options, unit: fc.nat(0xffff).map((code) => String.fromCharCode(code)) })
}
