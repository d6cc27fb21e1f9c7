import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { authorizationUrl } from '../../src/protocol/authorization-url.ts'

const request = {
  clientId: 'a-client',
  redirectUri: 'https://app.example.com/pipedrive/callback',
  state: 'nonce',
}

test('authorizationUrl() leads to /oauth/authorize of the configured origin', () => {
  const url = new URL(authorizationUrl(request))
  expect(url.origin + url.pathname).toBe('https://oauth.pipedrive.com/oauth/authorize')
  expect(authorizationUrl(request, 'http://localhost:4000/')).toMatch(
    /^http:\/\/localhost:4000\/oauth\/authorize\?/,
  )
})

test('authorizationUrl() sends client_id, redirect_uri and state, and nothing else', () => {
  const { searchParams } = new URL(authorizationUrl(request))
  expect([...searchParams]).toEqual([
    ['client_id', 'a-client'],
    ['redirect_uri', 'https://app.example.com/pipedrive/callback'],
    ['state', 'nonce'],
  ])
})

test.each(['scope', 'response_type', 'code_challenge', 'code_challenge_method'])(
  'authorizationUrl() sends no %s: Pipedrive does not document it',
  (name) => {
    const { searchParams } = new URL(authorizationUrl(request))
    expect(searchParams.has(name)).toBe(false)
  },
)

test('authorizationUrl() carries any client id, callback address and state through unchanged', () => {
  const text = fc.string({ unit: 'grapheme' })
  fc.assert(
    fc.property(text, text, text, (clientId, redirectUri, state) => {
      const { searchParams } = new URL(authorizationUrl({ clientId, redirectUri, state }))
      expect(searchParams.get('client_id')).toBe(clientId)
      expect(searchParams.get('redirect_uri')).toBe(redirectUri)
      expect(searchParams.get('state')).toBe(state)
    }),
  )
})
