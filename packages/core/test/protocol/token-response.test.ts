import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { readTokenResponse } from '../../src/protocol/token-answer.ts'

const requestedAt = Date.UTC(2026, 0, 5, 9)
const hour = 3_600_000
const day = 24 * hour

/** Pipedrive's own example. */
const documented = {
  access_token: 'v1u:AQIBAHj-LzTNK2yuuaaLqifzhWb9crUNKTpk4FlQ9rjnXqp/6AFhXvC5s7MTA==',
  token_type: 'Bearer',
  expires_in: 3599,
  refresh_token: '1:1:2a54',
  scope: 'base,deals:full',
  api_domain: 'https://acme.pipedrive.com',
}

function read(changes: Record<string, unknown> = {}, apiOrigin?: string) {
  const json: unknown = JSON.parse(JSON.stringify({ ...documented, ...changes }))
  const answer = readTokenResponse(json, { requestedAt, apiOrigin })
  if (answer.type !== 'granted') throw new Error(`the response was not taken: ${JSON.stringify(answer)}`)
  return answer
}

function without(name: keyof typeof documented) {
  return read({ [name]: undefined }).tokens
}

test('readTokenResponse() reads the documented response, with absolute times', () => {
  expect(read()).toEqual({
    type: 'granted',
    tokens: {
      accessToken: documented.access_token,
      refreshToken: '1:1:2a54',
      scopes: ['base', 'deals:full'],
      apiDomain: 'https://acme.pipedrive.com',
      obtainedAt: requestedAt,
      expiresAt: requestedAt + 3_599_000,
      refreshTokenExpiresAt: requestedAt + 60 * day,
    },
  })
})

test('F12 readTokenResponse() counts from the request, however late it is called', () => {
  expect(read().tokens.obtainedAt).toBe(requestedAt)
})

describe('F11 readTokenResponse() leaves out', () => {
  test.each([[undefined], [null], ['']])(
    'a refresh token that is %j, so that the old one is kept',
    (value) => {
      expect(read({ refresh_token: value }).tokens).not.toHaveProperty('refreshToken')
    },
  )

  test.each([[undefined], [null], [['base', 7]], [7], [{ 0: 'base' }], [''], [' '], [','], [[]], [['']]])(
    'a scope that is %j, so that the old ones are kept',
    (value) => {
      expect(read({ scope: value }).tokens).not.toHaveProperty('scopes')
    },
  )
})

describe('F13 readTokenResponse() understands expires_in', () => {
  const lifetimes: readonly [value: unknown, lifetimeMs: number][] = [
    [3599, 3_599_000],
    [3600, hour],
    ['3599', 3_599_000],
    [' 3600 ', hour],
    [0, 0],
    ['0', 0],
    [-0, 0],
    [0.5, 500],
    ['1e3', 1_000_000],
    [undefined, hour],
    [null, hour],
    ['', hour],
    [' ', hour],
    ['soon', hour],
    ['NaN', hour],
    [-1, hour],
    ['-3600', hour],
    [true, hour],
    [[3600], hour],
    [{ seconds: 1 }, hour],
    [86_400, day],
    [86_401, hour],
    [2 ** 31, hour],
    [1e300, hour],
    ['Infinity', hour],
    ['9'.repeat(400), hour],
    ['-Infinity', hour],
  ]
  test.each(lifetimes)('%j as a lifetime of %i ms', (value, lifetimeMs) => {
    expect(read({ expires_in: value }).tokens.expiresAt - requestedAt).toBe(lifetimeMs)
  })

  test('missing as the documented default of one hour', () => {
    expect(without('expires_in').expiresAt).toBe(requestedAt + hour)
  })

  test('of any kind as a whole, finite number of milliseconds, at most a day', () => {
    fc.assert(
      fc.property(fc.oneof(fc.jsonValue(), fc.double().map(String)), (value) => {
        const { expiresAt } = read({ expires_in: value }).tokens
        expect(Number.isInteger(expiresAt)).toBe(true)
        expect(expiresAt).toBeGreaterThanOrEqual(requestedAt)
        expect(expiresAt).toBeLessThanOrEqual(requestedAt + day)
      }),
    )
  })
})

test.each(['Bearer', 'bearer', 'BEARER', 'Bearer ', ' ', '', 7, {}, null, undefined])(
  'readTokenResponse() accepts the token_type %j',
  (value) => {
    expect(read({ token_type: value }).tokens.accessToken).toBe(documented.access_token)
  },
)

test('readTokenResponse() splits scopes at commas and at spaces', () => {
  expect(read({ scope: 'base,deals:full users:read, base' }).tokens.scopes).toEqual([
    'base',
    'deals:full',
    'users:read',
  ])
})

describe('F31 readTokenResponse()', () => {
  test('returns no api_domain if the answer has none, so that the old one is kept', () => {
    for (const value of [undefined, null, 7, {}, '', ' ', '\n']) {
      expect(read({ api_domain: value }).tokens).not.toHaveProperty('apiDomain')
      expect(read({ api_domain: value })).not.toHaveProperty('untrustedApiDomain')
    }
  })

  test('returns a foreign api_domain as untrusted, cut to 200 characters', () => {
    const answer = read({ api_domain: 'https://pipedrive.com.evil.example' })
    expect(answer.tokens).not.toHaveProperty('apiDomain')
    expect(answer.untrustedApiDomain).toBe('https://pipedrive.com.evil.example')
    expect(read({ api_domain: `https://${'a'.repeat(500)}.example` }).untrustedApiDomain).toHaveLength(200)
  })

  test('keeps only the origin of an api_domain', () => {
    expect(read({ api_domain: 'https://acme.pipedrive.com/api/v1?x#y' }).tokens.apiDomain).toBe(
      'https://acme.pipedrive.com',
    )
  })

  test('accepts the one origin that was configured', () => {
    const origin = 'http://localhost:4000'
    expect(read({ api_domain: origin }, origin).tokens.apiDomain).toBe(origin)
    expect(read({ api_domain: 'http://localhost:4001' }, origin).untrustedApiDomain).toBe(
      'http://localhost:4001',
    )
  })
})
