import { assert, property, string } from 'fast-check'
import { describe, expect, test } from 'vitest'
import { parsedBody, platformAddress, platformRequest } from '../../src/web/platform-request.ts'

const origin = 'https://app.example.com'
const headers = {}

describe('platformAddress()', () => {
  test.each([
    ['/deals?page=1', `${origin}/deals?page=1`],
    ['//evil.example/deals', `${origin}//evil.example/deals`],
    ['/\\evil.example', `${origin}//evil.example`],
  ])('keeps %s at our origin', (url, expected) => {
    expect(platformAddress({ url, headers }, origin)?.href).toBe(expected)
  })

  test('prefers the address as the client sent it', () => {
    expect(platformAddress({ url: '/cut', originalUrl: '/x/cut', headers }, origin)?.pathname).toBe('/x/cut')
  })

  test.each(['https://evil.example/deals', '*', '', undefined])('finds no address in %s', (url) => {
    expect(platformAddress({ url, headers }, origin)).toBeUndefined()
  })

  test('never returns another origin, whatever the request target', () => {
    assert(
      property(string(), (url) => {
        const address = platformAddress({ url, headers }, origin)
        expect(address?.origin ?? origin).toBe(origin)
      }),
    )
  })
})

test('platformRequest() copies the method and the headers, also repeated ones, but no pseudo-headers of HTTP/2', () => {
  const received = {
    method: 'DELETE',
    headers: { ':path': '/', accept: 'a', 'x-many': ['1', '2'], gone: undefined },
  }
  const request = platformRequest(received, new URL(origin))
  expect([request.method, [...request.headers]]).toEqual([
    'DELETE',
    [
      ['accept', 'a'],
      ['x-many', '1, 2'],
    ],
  ])
})

test.each([
  [{ body: { company_id: 1 } }, '{"company_id":1}'],
  [{ body: 'text' }, 'text'],
  [{ body: { parsed: true }, rawBody: new TextEncoder().encode('raw') }, 'raw'],
  [{ body: undefined }, ''],
  [{ body: null }, ''],
  [{ method: 'GET', body: { ignored: true } }, ''],
])('parsedBody() of %j is %s', async (received, expected) => {
  const body = parsedBody({ method: 'DELETE', headers, ...received })
  expect(await new Response(body).text()).toBe(expected)
})
