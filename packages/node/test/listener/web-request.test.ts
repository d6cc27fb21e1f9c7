import type { IncomingHttpHeaders } from 'node:http'
import { describe, expect, test } from 'vitest'
import { requestHead, webRequest } from '../../src/listener/index.ts'
import { publicOrigin } from '../../src/listener/public-origin.ts'
import { trustsProxy } from '../../src/listener/trusts-proxy.ts'
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

describe('the headers of a request', () => {
  const hostIn = (headers: IncomingHttpHeaders) =>
    webRequest(received({ headers }), { origin })?.headers.get('host')

  test('have the host that HTTP/2 calls the authority', () => {
    expect(hostIn({ ':authority': 'a', ':path': '/' })).toBe('a')
  })

  test('keep a host that the client sent beside it', () => {
    expect(hostIn({ ':authority': 'a', host: 'b' })).toBe('b')
  })

  test('have none where the client named none', () => {
    expect(hostIn({ accept: 'text/html' })).toBeNull()
  })

  test('reach requestHead(), also where no Request can stand for the rest', () => {
    const head = requestHead(received({ method: 'TRACE', headers: { accept: 'text/html' } }), origin)
    expect([head.method, head.url, head.headers.get('accept')]).toEqual(['GET', `${origin}/`, 'text/html'])
  })
})

describe('trustsProxy()', () => {
  test.each([
    ['a function without settings', () => {}, false],
    ['one whose settings cannot be asked', Object.assign(() => {}, { get: true }), false],
    ['one whose setting is no function', Object.assign(() => {}, { get: () => true }), false],
    ['an object', { get: () => () => true }, false],
    ['no application', undefined, false],
  ])('believes no proxy of %s', (_what, app, expected) => {
    expect(trustsProxy({ ...received({}), app } as ReceivedRequest, undefined)).toBe(expected)
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
