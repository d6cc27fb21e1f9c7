import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { readTokenAnswer, type AnswerContext } from '../../src/protocol/token-answer.ts'

const context: AnswerContext = { requestedAt: 1_000_000, apiOrigin: undefined }
const good = {
  access_token: 'at',
  token_type: 'Bearer',
  expires_in: 3599,
  refresh_token: 'rt',
  scope: 'base',
}

function outcome(status: number, body: unknown, retryAfterMs?: number): string {
  const text = typeof body === 'string' || body === undefined ? body : JSON.stringify(body)
  const answer = readTokenAnswer(
    { status, body: text, ...(retryAfterMs === undefined ? {} : { retryAfterMs }) },
    context,
  )
  return answer.type === 'failed' ? answer.code : answer.type
}

const pipedriveError = (error: string) => ({ success: false, error, message: `Invalid: ${error}` })

describe('readTokenAnswer() goes by `error`', () => {
  const meanings: readonly [error: string, meaning: string][] = [
    ['invalid_grant', 'refused'],
    ['invalid_client', 'client_rejected'],
    ['unauthorized_client', 'client_rejected'],
    ['invalid_request', 'request_rejected'],
    ['unsupported_grant_type', 'request_rejected'],
    ['invalid_scope', 'request_rejected'],
    ['server_error', 'token_endpoint_unavailable'],
    ['temporarily_unavailable', 'token_endpoint_unavailable'],
    ['something_new', 'token_endpoint_unavailable'],
    [' invalid_grant\n', 'refused'],
    ['INVALID_GRANT', 'token_endpoint_unavailable'],
    ['__proto__', 'token_endpoint_unavailable'],
  ]
  const statuses = [200, 400, 401, 403, 429, 500, 503]

  test.each(meanings)('%j means %s, whatever the status', (error, meaning) => {
    for (const status of statuses)
      expect([status, outcome(status, pipedriveError(error))]).toEqual([status, meaning])
  })

  test('F17 invalid_client with 401 means a rejected client, not the end of the grant', () => {
    expect(outcome(401, pipedriveError('invalid_client'))).toBe('client_rejected')
  })

  test('invalid_grant counts also with a 503, and beside other fields', () => {
    expect(outcome(503, { ...good, error: 'invalid_grant' })).toBe('refused')
  })
})

describe('F15 readTokenAnswer() calls temporarily unavailable', () => {
  const html = '<!doctype html><title>502</title><p>cloudflare error: invalid_grant'
  const passing: readonly [what: string, status: number, body: unknown][] = [
    ['a 500 with JSON of another form', 500, { success: false }],
    ['a 500 with an HTML page', 500, html],
    ['a 400 with an HTML page', 400, html],
    ['a 401 with nothing', 401, ''],
    ['a 403 block page', 403, html],
    ['a 429 with nothing', 429, ''],
    ['a 503 with a token in it', 503, good],
    ['a redirect', 302, ''],
    ['a redirect, as browsers show it', 0, good],
    ['a 300 with an empty JSON object', 300, {}],
    ['a 300 with a token in it', 300, good],
    ['a 400 whose error is an object', 400, { error: { code: 'invalid_grant' } }],
    ['a 400 whose error is a list', 400, { error: ['invalid_grant'] }],
    ['a 400 with null', 400, null],
    ['a 400 that is cut off', 400, '{"success":false,"error":"invalid_gra'],
    ['a 400 too long to be read', 400, undefined],
  ]
  test.each(passing)('%s', (_what, status, body) => {
    expect(outcome(status, body)).toBe('token_endpoint_unavailable')
  })

  test('and keeps the Retry-After of the answer', () => {
    expect(readTokenAnswer({ status: 503, body: '', retryAfterMs: 7_000 }, context)).toEqual({
      type: 'failed',
      code: 'token_endpoint_unavailable',
      retryAfterMs: 7_000,
    })
    expect(readTokenAnswer({ status: 503, body: '' }, context)).not.toHaveProperty('retryAfterMs')
  })

  test('and says of a 429 alone that it limits the rate', () => {
    expect(readTokenAnswer({ status: 429, body: '' }, context)).toHaveProperty('isRateLimited', true)
    expect(readTokenAnswer({ status: 503, body: '' }, context)).not.toHaveProperty('isRateLimited')
  })
})

describe('readTokenAnswer() calls malformed', () => {
  const malformed: readonly [what: string, body: unknown][] = [
    ['an HTML page with 200', '<html>'],
    ['nothing', ''],
    ['one that is cut off', JSON.stringify(good).slice(0, 40)],
    ['one too long to be read', undefined],
    ['null', null],
    ['a list', [good]],
    ['a string', JSON.stringify('at')],
    ['a number', '1'],
    ['an empty object', {}],
    ['one without access token', { ...good, access_token: undefined }],
    ['an empty access token', { ...good, access_token: '' }],
    ['an access token that is null', { ...good, access_token: null }],
    ['an access token that is a number', { ...good, access_token: 1 }],
    ['a refresh token that is a number', { ...good, refresh_token: 1 }],
    ['another token type', { ...good, token_type: 'mac' }],
  ]
  test.each(malformed)('%s', (_what, body) => {
    expect(outcome(200, body)).toBe('malformed_response')
  })
})

describe('readTokenAnswer() never throws', () => {
  test('for any text and status', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 100, max: 599 }),
        fc.option(fc.string(), { nil: undefined }),
        (status, body) => {
          expect(readTokenAnswer({ status, body }, context).type).toBe('failed')
        },
      ),
    )
  })

  test('for any JSON, and grants nothing without an access token', () => {
    fc.assert(
      fc.property(fc.constantFrom(200, 201, 400, 500), fc.json(), (status, body) => {
        expect(readTokenAnswer({ status, body }, context).type).not.toBe('granted')
      }),
    )
  })

  test('for a token response any field of which is replaced by any value', () => {
    fc.assert(
      fc.property(fc.constantFrom(...Object.keys(good)), fc.jsonValue(), (name, value) => {
        const body = JSON.stringify({ ...good, [name]: value })
        expect(['granted', 'failed']).toContain(readTokenAnswer({ status: 200, body }, context).type)
      }),
    )
  })
})
