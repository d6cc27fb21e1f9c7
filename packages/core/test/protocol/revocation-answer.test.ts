import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { readRevocationAnswer } from '../../src/protocol/token-answer.ts'

const rows: readonly [status: number, body: string | undefined, meaning: string][] = [
  [200, '', 'revoked'],
  [200, 'OK', 'revoked'],
  [200, undefined, 'revoked'],
  [200, '{"success":true}', 'revoked'],
  [204, '', 'revoked'],
  [300, '{}', 'token_endpoint_unavailable'],
  [400, '{"success":false,"error":"invalid_grant"}', 'refused'],
  [401, '{"success":false,"error":"invalid_client"}', 'client_rejected'],
  [400, '{"success":false,"error":"unauthorized_client"}', 'client_rejected'],
  [400, '{"success":false,"error":"invalid_request"}', 'request_rejected'],
  [400, '{"success":false,"error":"unsupported_token_type"}', 'token_endpoint_unavailable'],
  [400, 'Bad request', 'token_endpoint_unavailable'],
  [404, '<html>', 'token_endpoint_unavailable'],
  [500, '', 'token_endpoint_unavailable'],
  [503, undefined, 'token_endpoint_unavailable'],
]

test.each(rows)('readRevocationAnswer() reads %i with %j as %s', (status, body, meaning) => {
  const answer = readRevocationAnswer({ status, body })
  expect(answer.type === 'failed' ? answer.code : answer.type).toBe(meaning)
})

test('readRevocationAnswer() keeps the Retry-After of the answer', () => {
  expect(readRevocationAnswer({ status: 429, body: '', retryAfterMs: 2_000 })).toMatchObject({
    retryAfterMs: 2_000,
  })
})

test('readRevocationAnswer() never throws, for any text and status', () => {
  fc.assert(
    fc.property(fc.integer({ min: 100, max: 599 }), fc.oneof(fc.string(), fc.json()), (status, body) => {
      const isOk = status >= 200 && status < 300
      expect(readRevocationAnswer({ status, body }).type === 'revoked').toBe(isOk)
    }),
  )
})
