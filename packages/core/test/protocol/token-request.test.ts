import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { revocationRequest, tokenRequest, type TokenGrant } from '../../src/protocol/token-request.ts'

const origin = 'https://oauth.pipedrive.com'
const credentials = { clientId: 'a-client', clientSecret: 's3cret' }
const refresh: TokenGrant = { type: 'refresh_token', refreshToken: '1:1:2a54' }

const grants: readonly { grant: TokenGrant; form: [string, string][] }[] = [
  {
    grant: { type: 'authorization_code', code: 'c0de', redirectUri: 'https://app.example.com/callback' },
    form: [
      ['grant_type', 'authorization_code'],
      ['code', 'c0de'],
      ['redirect_uri', 'https://app.example.com/callback'],
    ],
  },
  {
    grant: refresh,
    form: [
      ['grant_type', 'refresh_token'],
      ['refresh_token', '1:1:2a54'],
    ],
  },
  {
    grant: { type: 'exchange_api_token', apiToken: 'legacy' },
    form: [
      ['grant_type', 'exchange_api_token'],
      ['api_token', 'legacy'],
    ],
  },
]

describe('tokenRequest()', () => {
  test.each(grants)('sends for $grant.type exactly the documented parameters', ({ grant, form }) => {
    expect([...new URLSearchParams(tokenRequest(origin, credentials, grant).body)]).toEqual(form)
  })

  test('posts a form to /oauth/token, without a trailing slash', () => {
    const request = tokenRequest(origin, credentials, refresh)
    expect(request.url).toBe('https://oauth.pipedrive.com/oauth/token')
    expect(request.method).toBe('POST')
    expect(request.headers['content-type']).toBe('application/x-www-form-urlencoded')
    expect(request.headers['accept']).toBe('application/json')
    expect(tokenRequest('https://oauth.pipedrive.com/', credentials, refresh).url).toBe(request.url)
  })

  test('encodes the characters that tokens contain: colon, plus, slash, equals, ampersand, space', () => {
    const { body } = tokenRequest(origin, credentials, {
      type: 'refresh_token',
      refreshToken: '1:1:aB+c/d==&e f%20',
    })
    expect(body).toBe('grant_type=refresh_token&refresh_token=1%3A1%3AaB%2Bc%2Fd%3D%3D%26e+f%2520')
  })

  test('names the app in Basic, without the form encoding of RFC 6749, and never in the body', () => {
    const odd = { clientId: 'id with space', clientSecret: 's:e/c+r=e%t' }
    const request = tokenRequest(origin, odd, refresh)
    expect(request.headers['authorization']).toBe(`Basic ${btoa('id with space:s:e/c+r=e%t')}`)
    expect(request.body).not.toContain('client_')

    const padded = { clientId: ' id with space\n', clientSecret: '\ts:e/c+r=e%t ' }
    expect(tokenRequest(origin, padded, refresh).headers).toEqual(request.headers)
  })

  test('F51 carries any token through, without the white space around it', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', maxLength: 600 }), (refreshToken) => {
        const { body } = tokenRequest(origin, credentials, { type: 'refresh_token', refreshToken })
        expect(new URLSearchParams(body).get('refresh_token')).toBe(refreshToken.trim())
      }),
    )
  })
})

describe('revocationRequest()', () => {
  test.each(['access_token', 'refresh_token'] as const)(
    'posts the token once encoded, with the hint %s',
    (hint) => {
      const request = revocationRequest(origin, credentials, 'v1u:AQ+IB/x==', hint)
      expect(request.url).toBe('https://oauth.pipedrive.com/oauth/revoke')
      expect(request.method).toBe('POST')
      expect(request.body).toBe(`token=v1u%3AAQ%2BIB%2Fx%3D%3D&token_type_hint=${hint}`)
      expect(request.headers).toEqual({
        accept: 'application/json',
        authorization: `Basic ${btoa('a-client:s3cret')}`,
        'content-type': 'application/x-www-form-urlencoded',
      })
    },
  )
})
