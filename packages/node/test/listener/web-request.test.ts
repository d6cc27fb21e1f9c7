import type { IncomingHttpHeaders } from 'node:http'
import { describe, expect, test } from 'vitest'
import { webRequest } from '../../src/listener/index.ts'
import { publicOrigin } from '../../src/listener/public-origin.ts'
import type { ReceivedRequest } from '../../src/listener/received-request.ts'

const origin = 'https://app.example.com'

/** A request as a test of an application makes one, without a connection. */
function received(parts: {
  method?: string
  url?: string
  originalUrl?: string
  headers?: IncomingHttpHeaders
  socket?: object
}): ReceivedRequest {
  return { method: 'GET', url: '/', headers: {}, socket: {}, ...parts } as ReceivedRequest
}

describe('webRequest()', () => {
  test('takes the given target instead of what a mount has made of it', () => {
    const request = received({ url: '/cut', originalUrl: '/also-cut' })
    expect(webRequest(request, { origin, target: '/whole?page=1' })?.url).toBe(`${origin}/whole?page=1`)
  })

  test.each([
    ['a method that no Request has', 'TRACE', '/whole'],
    ['a target that is no path', 'GET', 'https://evil.example/'],
  ])('finds no request for %s', (_what, method, target) => {
    expect(webRequest(received({ method }), { origin, target })).toBeUndefined()
  })

  test('passes over a header without a value', () => {
    const headers = { 'x-one': '1', 'x-none': undefined, 'x-two': ['2', '3'] }
    const request = webRequest(received({ headers: headers as IncomingHttpHeaders }), { origin })
    expect([...(request?.headers ?? [])]).toEqual([
      ['x-one', '1'],
      ['x-two', '2, 3'],
    ])
  })
})

describe('publicOrigin()', () => {
  test.each([
    ['an encrypted connection', { encrypted: true }, 'https://a'],
    ['one that says it is not', { encrypted: false }, 'http://a'],
    ['one that does not say', {}, 'http://a'],
  ])('of %s', (_what, socket, expected) => {
    expect(publicOrigin(received({ headers: { host: 'a' }, socket }), false)).toBe(expected)
  })
})
