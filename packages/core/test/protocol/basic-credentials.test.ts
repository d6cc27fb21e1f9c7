import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { basicAuthorization, isBasicAuthorization } from '../../src/protocol/basic-credentials.ts'
import { anyText } from './any-text.ts'

const secrets = ['current-secret', 'previous-secret']

describe('basicAuthorization()', () => {
  const rows: readonly [clientId: string, clientSecret: string, header: string][] = [
    ['id', 'secret', 'Basic aWQ6c2VjcmV0'],
    ['a', 'b', 'Basic YTpi'],
    ['a', 'bc', 'Basic YTpiYw=='],
    ['i d', 's:e%c+r', 'Basic aSBkOnM6ZSVjK3I='],
    ['id', '>>>???', 'Basic aWQ6Pj4+Pz8/'],
    ['id', 'schlüssel', 'Basic aWQ6c2NobMO8c3NlbA=='],
  ]
  test.each(rows)('of %j and %j is standard base64 with padding', (clientId, clientSecret, header) => {
    expect(basicAuthorization(clientId, clientSecret)).toBe(header)
  })
})

describe('isBasicAuthorization()', () => {
  test.each(secrets)('accepts %s, whichever of the configured secrets it is', (secret) => {
    expect(isBasicAuthorization(basicAuthorization('id', secret), 'id', secrets)).toBe(true)
  })

  test.each(['Basic ', 'basic ', 'BASIC ', 'bAsIc ', 'Basic    '])(
    'accepts the scheme written %j',
    (scheme) => {
      const header = basicAuthorization('id', 'current-secret').replace('Basic ', scheme)
      expect(isBasicAuthorization(header, 'id', secrets)).toBe(true)
    },
  )

  const encoded = btoa('id:current-secret')
  test.each([
    [null],
    [''],
    ['Basic'],
    ['Basic '],
    [encoded],
    [`Bearer ${encoded}`],
    [`Basic${encoded}`],
    [`xBasic ${encoded}`],
    [`Basic ${encoded} `],
    [`Basic ${encoded}, Basic ${encoded}`],
    [`Basic ${btoa('id:current-secre')}`],
    [`Basic ${btoa('id:current-secret ')}`],
    [`Basic ${btoa('id:CURRENT-SECRET')}`],
    [`Basic ${btoa('ID:current-secret')}`],
    [`Basic ${btoa('other:current-secret')}`],
    [`Basic ${btoa('id:')}`],
    [`Basic ${btoa(':current-secret')}`],
    [`Basic ${btoa(':')}`],
    [`Basic ${btoa('id:current-secret,previous-secret')}`],
    ['Basic undefined'],
    ['Basic id:current-secret'],
  ])('refuses %j', (header) => {
    expect(isBasicAuthorization(header, 'id', secrets)).toBe(false)
  })

  test('refuses everything when there is no secret', () => {
    expect(isBasicAuthorization(basicAuthorization('id', ''), 'id', [])).toBe(false)
  })

  test('accepts what was made from the same id and secret, and nothing else', () => {
    const text = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 20 })
    fc.assert(
      fc.property(text, text, text, (clientId, secret, other) => {
        const header = basicAuthorization(clientId, secret)
        expect(isBasicAuthorization(header, clientId, ['another', secret])).toBe(true)
        expect(isBasicAuthorization(header, clientId, [other])).toBe(other === secret)
      }),
    )
  })

  test('never throws, for any header', () => {
    fc.assert(
      fc.property(anyText(), (header) => {
        expect(isBasicAuthorization(header, 'id', secrets)).toBe(false)
      }),
    )
  })
})
