import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { readCallback } from '../../src/protocol/callback.ts'
import { anyText } from './any-text.ts'

const address = 'https://app.example.com/pipedrive/callback'

describe('readCallback()', () => {
  test('reads state and code', () => {
    expect(readCallback(`${address}?state=s&code=c`)).toEqual({ state: 's', code: 'c' })
  })

  test.each(['user_denied', 'access_denied', 'server_error'])('reads the refusal %s', (error) => {
    expect(readCallback(`${address}?error=${error}&state=s`)).toEqual({ state: 's', error })
  })

  test('reads an address given as text, as a URL, as a path alone, or as a query alone', () => {
    const parameters = { state: 's', code: 'c' }
    const query = '?state=s&code=c'
    for (const url of [new URL(address + query), `/pipedrive/callback${query}`, query, `callback${query}`])
      expect(readCallback(url)).toEqual(parameters)
    expect(readCallback(`//elsewhere.example/x${query}`)).toEqual(parameters)
  })

  test('decodes once: %2B is a plus, + is a space, %253A is %3A', () => {
    expect(readCallback(`${address}?code=a%2Bb%2F%3D%3A&state=a+b%253A`)).toEqual({
      code: 'a+b/=:',
      state: 'a b%3A',
    })
  })

  test('ignores other parameters, twice or not, and the fragment', () => {
    expect(readCallback(`${address}?code=c&utm=1&utm=2#code=other&state=s`)).toEqual({ code: 'c' })
  })

  test('treats an empty parameter as missing, and names as case-sensitive', () => {
    expect(readCallback(`${address}?state=&code=`)).toEqual({})
    expect(readCallback(`${address}?state&code=c`)).toEqual({ code: 'c' })
    expect(readCallback(`${address}?Code=c&STATE=s`)).toEqual({})
  })

  test.each(['state', 'code', 'error'])(
    'refuses %s given twice, also with the same value, also empty',
    (name) => {
      expect(readCallback(`${address}?${name}=a&${name}=b`)).toBeUndefined()
      expect(readCallback(`${address}?${name}=a&${name}=a`)).toBeUndefined()
      expect(readCallback(`${address}?${name}=a&${name}=`)).toBeUndefined()
      expect(
        readCallback(`${address}?${name}=a&%${name.charCodeAt(0).toString(16)}${name.slice(1)}=b`),
      ).toBeUndefined()
    },
  )

  test.each(['http://[', 'https://', 'http://a b/?code=c', 'https://host:99999/?code=c'])(
    'refuses %j, which is no address',
    (url) => {
      expect(readCallback(url)).toBeUndefined()
    },
  )

  test.each(['', 'garbage', 'javascript:alert(1)', 'mailto:someone@example.com', '\u0000'])(
    'finds nothing in %j',
    (url) => {
      expect(readCallback(url)).toEqual({})
    },
  )

  test('never throws, for any text', () => {
    fc.assert(
      fc.property(fc.constantFrom('', '/callback?', 'https://'), anyText(), (start, rest) => {
        const parameters = readCallback(start + rest)
        for (const value of Object.values(parameters ?? {})) expect(value).not.toBe('')
      }),
    )
  })

  test('reads back any state and code', () => {
    const text = fc.string({ unit: 'grapheme', minLength: 1 })
    fc.assert(
      fc.property(text, text, (state, code) => {
        expect(readCallback(`/callback?${new URLSearchParams({ state, code })}`)).toEqual({ state, code })
      }),
    )
  })
})
