import { createCipheriv, randomBytes } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { readInstant } from '../src/import/instant.ts'
import { rowsOfText } from '../src/import/rows-of-text.ts'
import { readTokenRow, type RowContext } from '../src/import/token-row.ts'

const now = Date.UTC(2026, 0, 2)
const hour = 3_600_000
const context: RowContext = { now, encryptionKey: undefined }
const tokens = { access_token: 'v1u:access', refresh_token: '1:1:refresh' }

describe('readInstant()', () => {
  test.each([
    [1_767_312_000, now],
    [1_767_312_000_000, now],
    ['1767312000', now],
    [1_767_312_000n, now],
    [new Date(now), now],
    ['2026-01-02T00:00:00Z', now],
    ['2026-01-02 00:00:00', now],
    ['2026-01-02 00:00:00.000', now],
    ['2026-01-02 02:00:00+02', now],
    ['2026-01-02', now],
  ])('reads %s', (value, expected) => expect(readInstant(value)).toBe(expected))

  test.each(['tomorrow', '', 0, -5, Number.NaN, {}, null, undefined, true, new Date(Number.NaN)])(
    'returns undefined for %s',
    (value) => expect(readInstant(value)).toBeUndefined(),
  )
})

describe('readTokenRow()', () => {
  test('reads a token response of the official SDK, which without a date counts as expired and as undated', () => {
    const row = {
      ...tokens,
      token_type: 'bearer',
      expires_in: 3_599,
      scope: 'base',
      api_domain: 'https://acme.pipedrive.com',
    }
    expect(readTokenRow(row, context)).toEqual({
      tokens: {
        ...tokens,
        token_type: 'Bearer',
        expires_in: 0,
        scope: 'base',
        api_domain: row.api_domain,
      },
      options: {},
    })
  })

  test.each([
    ['the names of the app scaffold', { pipedrive_company_id: 1001, pipedrive_user_id: 11 }],
    ['its older names', { company_id: 1001, user_id: '11' }],
    ['names in camel case', { companyId: 1001n, userId: 11 }],
  ])('finds the ids under %s', (_, ids) => {
    expect(readTokenRow({ ...tokens, ...ids }, context)).toMatchObject({
      options: { account: { companyId: 1001, userId: 11 } },
    })
  })

  test.each([
    ['an expiry in seconds', { expires_at: (now + hour / 2) / 1_000 }, { expires_in: 3_600 }, now - hour / 2],
    ['an expiry that has passed', { expires_at: now - hour }, { expires_in: 3_600 }, now - 2 * hour],
    [
      'a lifetime with its date',
      { expires_in: 3_599, updated_at: now - hour },
      { expires_in: 3_599 },
      now - hour,
    ],
    [
      'the scaffold’s columns',
      { access_token_expires_at: now / 1_000, refresh_token_expires_at: now / 1_000 + 60 * 86_400 - 3_600 },
      { expires_in: 3_600 },
      now - hour,
    ],
    ['a date in the future', { updated_at: now + 5 * hour }, { expires_in: 0 }, now],
  ])('reads %s', (_, dates, expected, obtainedAt) => {
    expect(readTokenRow({ ...tokens, ...dates }, context)).toMatchObject({
      tokens: expected,
      options: { obtainedAt },
    })
  })

  test.each([
    ['no access token', {}],
    ['an empty access token', { access_token: '' }],
  ])('takes the refresh token alone of a row with %s', (_, access) => {
    const row = {
      refresh_token: '1:1:refresh',
      company_id: 1001,
      user_id: 11,
      updated_at: now - hour,
      ...access,
    }
    expect(readTokenRow(row, context)).toEqual({
      tokens: { refreshToken: '1:1:refresh' },
      options: { account: { companyId: 1001, userId: 11 } },
    })
  })

  test.each([
    [42, 'is not an object'],
    [[tokens], 'is not an object'],
    [{ ...tokens, access_token: 7 }, 'its access token is not text'],
    [{ access_token: 'v1u:access' }, 'its refresh token is missing'],
    [{ ...tokens, refresh_token: 7 }, 'its refresh token is not text'],
    [
      { ...tokens, company_id: 'abc', user_id: 1 },
      'its company id and user id are not positive whole numbers',
    ],
    [{ ...tokens, company_id: 5 }, 'it has a company id or a user id, but not both'],
    [{ ...tokens, expires_at: 'soon' }, 'one of its dates cannot be read'],
    [
      { access_token: 7, company_id: -1, expires_at: 'x' },
      /access token is not text; its refresh token is missing; .*; one of its dates/,
    ],
  ])('refuses %j and says why without repeating a token', (row, problem) => {
    const read = readTokenRow(row, context)
    expect(read).toEqual({ problem: typeof problem === 'string' ? problem : expect.stringMatching(problem) })
    expect(JSON.stringify(read)).not.toMatch(/v1u|1:1:/)
  })

  test('decrypts the tokens of the app scaffold with its key and with no other', () => {
    const key = randomBytes(32)
    const encrypted = { access_token: encrypt('v1u:access', key), refresh_token: encrypt('1:1:refresh', key) }
    expect(readTokenRow(encrypted, { ...context, encryptionKey: key })).toMatchObject({
      tokens,
    })
    expect(readTokenRow(encrypted, { ...context, encryptionKey: randomBytes(32) })).toMatchObject({
      problem: expect.stringContaining('does not open with this ENCRYPTION_KEY'),
    })
    expect(readTokenRow(encrypted, context)).toMatchObject({
      problem: expect.stringContaining('set ENCRYPTION_KEY'),
    })
  })
})

test.each([
  [
    '[{"a":1},{"a":2}]',
    [
      ['row 1', { a: 1 }],
      ['row 2', { a: 2 }],
    ],
  ],
  ['{\n  "a": 1\n}', [['row 1', { a: 1 }]]],
  [
    '{"a":1}\n\nnonsense\n{"a":2}\n',
    [
      ['line 1', { a: 1 }],
      ['line 3', undefined],
      ['line 4', { a: 2 }],
    ],
  ],
  ['', []],
])('rowsOfText() splits %j into rows with their places', (text, expected) => {
  expect(rowsOfText(text).map(({ place, row }) => [place, row])).toEqual(expected)
})

/** Encrypts a token as the app scaffold does. */
function encrypt(text: string, key: Buffer): string {
  const nonce = randomBytes(12)
  const cipher = createCipheriv('aes-256-gcm', key, nonce)
  const sealed = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()])
  return [nonce, cipher.getAuthTag(), sealed].map((part) => part.toString('base64url')).join('.')
}
