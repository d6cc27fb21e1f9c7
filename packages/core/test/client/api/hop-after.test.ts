import { describe, expect, test } from 'vitest'
import { hopAfter } from '../../../src/client/api/redirect.ts'
import { wrongWait } from '../../../src/client/api/wrong-wait.ts'
import { InvalidArgumentError } from '../../../src/index.ts'

const redirectTo = (location: string, status = 302) => new Response(null, { status, headers: { location } })
const hop = (init: RequestInit = {}, from = 'https://acme.pipedrive.com/api') => ({
  url: new URL(from),
  init,
})
const httpServer = 'http://127.0.0.1:4700/api'

describe('a redirect', () => {
  test.each([
    ['https://acme.pipedrive.com/x', undefined, 'https://acme.pipedrive.com/x'],
    ['https://files.example/x', undefined, 'https://files.example/x'],
    ['http://acme.pipedrive.com/x', undefined, undefined],
    ['http://127.0.0.1:4700/x', httpServer, 'http://127.0.0.1:4700/x'],
    ['https://files.example/x', httpServer, 'https://files.example/x'],
    ['ftp://127.0.0.1:4700/x', httpServer, undefined],
    ['data:text/plain,x', httpServer, undefined],
    ['https://user@acme.pipedrive.com/x', undefined, undefined],
    ['https://:word@acme.pipedrive.com/x', undefined, undefined],
    ['https://[', undefined, undefined],
  ])('to %s from %s leads to %s', (location, from, to) => {
    expect(hopAfter(redirectTo(location), hop({}, from), true)?.url.href).toBe(to)
  })

  test.each<[number, string, string, boolean]>([
    [303, 'POST', 'GET', false],
    [303, 'PUT', 'GET', false],
    [303, 'HEAD', 'HEAD', true],
    [301, 'POST', 'GET', false],
    [302, 'post', 'GET', false],
    [302, 'PUT', 'PUT', true],
    [307, 'POST', 'POST', true],
    [308, 'DELETE', 'DELETE', true],
  ])('of status %i after a %s goes on as %s, with its body: %s', (status, method, next, keeps) => {
    const body = method === 'HEAD' ? {} : { body: '{}' }
    const headers = { 'content-type': 'application/json', accept: 'text/csv' }
    const { init } = hopAfter(redirectTo('/x', status), hop({ method, headers, ...body }), true)!
    expect((init.method ?? 'GET').toUpperCase()).toBe(next)
    expect(init.body).toBe(keeps && method !== 'HEAD' ? '{}' : undefined)
    const kept = new Headers(init.headers)
    expect([kept.has('content-type'), kept.get('accept')]).toEqual([keeps, 'text/csv'])
  })

  test('repeats no body that can be read once, and sends none to another host', () => {
    const post = hop({ method: 'POST', body: '{}' })
    expect(hopAfter(redirectTo('/x', 307), post, false)).toBeUndefined()
    expect(hopAfter(redirectTo('/x', 307), hop({ method: 'POST' }), false)).toBeDefined()
    expect(hopAfter(redirectTo('https://files.example/x', 307), post, true)).toBeUndefined()
    expect(hopAfter(redirectTo('https://files.example/x', 307), hop({ body: '{}' }), true)).toBeUndefined()
    expect(
      hopAfter(redirectTo('https://files.example/x', 307), hop({ method: 'DELETE' }), true),
    ).toBeUndefined()
  })

  test('to another host keeps harmless headers alone', () => {
    const headers = {
      accept: 'text/csv',
      range: 'bytes=0-1',
      authorization: 'Bearer x',
      cookie: 'a=b',
      'x-own': '1',
    }
    const { init } = hopAfter(
      redirectTo('https://files.example/x'),
      hop({ headers, redirect: 'manual' }),
      true,
    )!
    expect([...new Headers(init.headers)]).toEqual([
      ['accept', 'text/csv'],
      ['range', 'bytes=0-1'],
    ])
    expect(init.redirect).toBe('manual')
    expect(hopAfter(new Response(null, { status: 302 }), hop(), true)).toBeUndefined()
    expect(hopAfter(redirectTo('/x', 304), hop(), true)).toBeUndefined()
  })
})

describe('how long to wait', () => {
  test.each([
    undefined,
    {},
    { waitMs: 0 },
    { waitMs: 5 },
    { waitMs: Infinity },
    { signal: AbortSignal.abort() },
  ])('may be %j', (options) => expect(wrongWait('refresh()', options)).toBeUndefined())

  test.each([
    [{ waitMs: -1 }],
    [{ waitMs: '5' }],
    [{ waitMs: Number.NaN }],
    [{ waitMs: null }],
    [{ signal: {} }],
    [{ wait: 5 }],
  ])('must not be %j', (options) => {
    const [name] = Object.keys(options)
    const wrong = wrongWait('refresh()', options as never)
    expect(wrong).toBeInstanceOf(InvalidArgumentError)
    expect(wrong?.message).toContain('refresh()')
    expect(wrong).toMatchObject({ problems: [expect.stringMatching(new RegExp(`^${name} `))] })
  })
})
