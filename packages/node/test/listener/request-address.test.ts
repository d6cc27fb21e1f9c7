import { assert, property, string } from 'fast-check'
import { describe, expect, test } from 'vitest'
import { requestAddress } from '../../src/listener/index.ts'

const origin = 'https://app.example.com'

describe('requestAddress()', () => {
  test.each([
    ['/deals?page=1', `${origin}/deals?page=1`],
    ['//evil.example/deals', `${origin}//evil.example/deals`],
    ['/\\evil.example', `${origin}//evil.example`],
    ['/x/../deals', `${origin}/deals`],
    ['/%zz', `${origin}/%zz`],
    ['/@evil.example', `${origin}/@evil.example`],
  ])('keeps %s at our origin', (url, expected) => {
    expect(requestAddress({ url }, origin)?.href).toBe(expected)
  })

  test('prefers the target as the client sent it', () => {
    expect(requestAddress({ url: '/cut', originalUrl: '/x/cut' }, origin)?.pathname).toBe('/x/cut')
  })

  test.each(['https://evil.example/deals', '*', '', '@evil.example', '.evil.example', undefined])(
    'finds no address in %s',
    (url) => {
      expect(requestAddress({ url }, origin)).toBeUndefined()
    },
  )

  test.each(['TRACE', 'trace', 'TRACK', 'CONNECT'])(
    'finds none for %s, which no Request can have',
    (method) => {
      expect(requestAddress({ method, url: '/' }, origin)).toBeUndefined()
    },
  )
})

test('requestAddress() never leads elsewhere, whatever is asked for', () => {
  assert(
    property(string(), (url) => {
      expect(requestAddress({ url }, origin)?.origin ?? origin).toBe(origin)
    }),
  )
})
