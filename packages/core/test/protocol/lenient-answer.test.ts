import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { readTokenAnswer, readTokenResponse, type TokenAnswer } from '../../src/protocol/token-answer.ts'
import { anyText } from './any-text.ts'

const requestedAt = Date.UTC(2026, 0, 5, 9)
const hour = 3_600_000

/** White space that a file, a form or a gateway puts around a value. */
const space = fc.string({
  unit: fc.constantFrom(' ', '\t', '\n', '\r', '\u00a0', '\ufeff', '\u2028'),
  maxLength: 3,
})
const padded = (text: fc.Arbitrary<string>) => fc.tuple(space, text, space).map((parts) => parts.join(''))
const blank = fc.oneof(fc.constant(undefined), fc.constant(null), space)
const token = fc.string({
  unit: fc.integer({ min: 0x21, max: 0x7e }).map((code) => String.fromCharCode(code)),
  minLength: 1,
})
const notText = fc.oneof(
  fc.integer(),
  fc.boolean(),
  fc.constant([]),
  fc.constant({}),
  fc.constant({ code: 1 }),
)

/** The grammar of a good answer: what each field may look like, and still mean only one thing. */
const fields = {
  access_token: padded(token),
  token_type: fc.oneof(blank, notText, padded(fc.constantFrom('Bearer', 'bearer', 'BEARER'))),
  refresh_token: fc.oneof(blank, padded(token)),
  error: fc.oneof(blank, notText),
  expires_in: fc.oneof(
    blank,
    notText,
    fc.integer({ min: 0, max: 86_400 }),
    padded(fc.integer({ min: 0, max: 86_400 }).map(String)),
    fc.integer({ min: 86_401 }),
    fc.double(),
    fc.string(),
  ),
  scope: fc.oneof(
    blank,
    notText,
    fc.array(fc.constantFrom('base', 'deals:full', 'users:read'), { maxLength: 3 }),
    fc
      .array(fc.constantFrom('base', 'deals:full', 'users:read'), { maxLength: 3 })
      .chain((scopes) => fc.constantFrom(',', ' ', ', ', '\n').map((between) => scopes.join(between))),
  ),
  api_domain: fc.oneof(blank, notText, fc.constantFrom('https://acme.pipedrive.com', 'https://evil.example')),
  unknown_field: fc.jsonValue(),
}

const read = (body: Record<string, unknown>): TokenAnswer =>
  readTokenAnswer({ status: 200, body: JSON.stringify(body) }, { requestedAt, apiOrigin: undefined })

describe('F49 an answer with a usable access token and no real error is a grant', () => {
  test('F49 whatever else means nothing, or is written in another way', () => {
    fc.assert(
      fc.property(fc.record(fields), (body) => {
        const answer = read(body)
        if (answer.type !== 'granted') throw new Error('It was not taken')
        const { tokens } = answer
        expect(tokens.accessToken).toBe(body.access_token.trim())
        expect(tokens.refreshToken).toBe(body.refresh_token?.trim() || undefined)
        const named = [body.scope].flat().join(' ').split(/[\s,]/).filter(Boolean)
        if (named.length === 0) expect(tokens).not.toHaveProperty('scopes')
        else if (Array.isArray(body.scope)) expect(tokens.scopes).toEqual([...new Set(body.scope)])
        if (`${body.api_domain ?? ''}`.trim() === '') expect(answer).not.toHaveProperty('untrustedApiDomain')
        expect(tokens.expiresAt).toBeGreaterThanOrEqual(requestedAt)
        expect(tokens.expiresAt).toBeLessThanOrEqual(requestedAt + 24 * hour)
      }),
      { numRuns: 500 },
    )
  })

  test('F49 and a text that names an error is one, whatever stands beside it', () => {
    fc.assert(
      fc.property(fc.record(fields), padded(fc.constantFrom('invalid_grant')), (body, error) => {
        expect(read({ ...body, error })).toEqual({ type: 'refused' })
      }),
    )
  })

  test('F49 and a token of another kind is none', () => {
    for (const type of ['mac', 'DPoP', 'Bearer token', 'N_A'])
      expect(read({ access_token: 'at', token_type: type })).toMatchObject({ code: 'malformed_response' })
  })
})

describe('F50 a lifetime', () => {
  const lifetime = (value: unknown, unknownLifetimeMs?: number) => {
    const context = {
      requestedAt,
      apiOrigin: undefined,
      ...(unknownLifetimeMs !== undefined && { unknownLifetimeMs }),
    }
    const answer = readTokenResponse({ access_token: 'at', expires_in: value }, context)
    return answer.type === 'granted' ? answer.tokens.expiresAt - requestedAt : undefined
  }
  /** What stands in `expires_in` by mistake: instants and other units, as numbers and as text, and nothing at all. */
  const unusable = fc.oneof(
    blank,
    notText.filter((value) => typeof value !== 'number'),
    fc
      .integer({ min: 86_401, max: Number.MAX_SAFE_INTEGER })
      .chain((value) => fc.constantFrom(value, String(value))),
    fc.integer({ max: -1 }).chain((value) => fc.constantFrom(value, String(value))),
    fc.constantFrom(
      Number.POSITIVE_INFINITY,
      Number.NaN,
      'Infinity',
      'NaN',
      'soon',
      '1h',
      '2026-01-05T10:00:00Z',
    ),
  )

  test('F50 that is missing, unusable or above 24 hours counts as an hour in a fresh answer, and as over in an adopted one', () => {
    fc.assert(
      fc.property(unusable, (value) => {
        expect([lifetime(value), lifetime(value, 0)]).toEqual([hour, 0])
      }),
      { numRuns: 300 },
    )
  })

  test('F50 of up to 24 hours counts as it is, as a number and as text', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 86_400 }), space, (seconds, around) => {
        for (const value of [seconds, `${around}${seconds}${around}`])
          expect([lifetime(value), lifetime(value, 0)]).toEqual([seconds * 1_000, seconds * 1_000])
      }),
    )
  })
})

describe('F54 a token', () => {
  /** A text that is no token: something in the middle of it is not visible ASCII. */
  const unprintable = fc
    .tuple(token, anyText({ maxLength: 3 }), token)
    .map((parts) => parts.join(''))
    .filter((text) => !/^[\x21-\x7e]+$/.test(text.trim()))

  test('F54 that is not visible ASCII makes the answer malformed, and no part of it shows it', () => {
    fc.assert(
      fc.property(unprintable, fc.constantFrom('access_token', 'refresh_token'), (text, name) => {
        expect(read({ access_token: 'at', refresh_token: 'rt', [name]: text })).toEqual({
          type: 'failed',
          code: 'malformed_response',
        })
      }),
      { numRuns: 300 },
    )
  })
})
