import { createCipheriv, createHash, randomBytes } from 'node:crypto'
import { xchacha20poly1305 } from '@noble/ciphers/chacha.js'
import { bytesToHex, managedNonce, utf8ToBytes } from '@noble/ciphers/utils.js'
import * as fc from 'fast-check'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { databaseAddress } from '../src/import/database-address.ts'
import { readInstant } from '../src/import/instant.ts'
import { rowsOfText } from '../src/import/rows-of-text.ts'
import type { ReadRow } from '../src/import/import-row.ts'
import { withoutRepeats } from '../src/import/without-repeats.ts'
import { readTokenRow as readWithColumns, renaming, type RowContext } from '../src/import/token-row.ts'

const now = Date.UTC(2026, 0, 2)
const hour = 3_600_000
const context: RowContext = { now, keys: {}, provider: undefined }
const tokens = { access_token: 'v1u:access', refresh_token: '1:1:refresh' }

/** What is read of a row, without the names of its columns. */
function readTokenRow(...given: Parameters<typeof readWithColumns>) {
  const read = readWithColumns(...given)
  if (!('tokens' in read)) return read
  const { columns: _, ...rest } = read
  return rest
}

describe('databaseAddress()', () => {
  afterEach(() => void vi.unstubAllEnvs())

  test.each([
    ['sqlite:data.db', 'sqlite:data.db'],
    ['postgres://host/app', 'postgres://host/app'],
    ['postgresql://user@host/app?schema=public', 'postgresql://user@host/app?schema=public'],
    ['file:./data.db', 'sqlite:./data.db'],
    ['file:data.db?mode=ro', 'sqlite:data.db'],
    ['file:///srv/data.db', 'sqlite:/srv/data.db'],
  ])('reads %s, also from a variable', (source, address) => {
    vi.stubEnv('OLD_DATABASE', ` ${source}\n`)
    expect([databaseAddress(source), databaseAddress('env:OLD_DATABASE')]).toEqual([address, address])
  })

  test.each(['-', 'rows.json', './sqlite', 'C:\\rows.csv'])('takes %s for a file', (source) => {
    expect(databaseAddress(source)).toBeUndefined()
  })

  test('takes a password from a variable only', () => {
    const address = 'postgres://user:hunter2@host/app'
    vi.stubEnv('OLD_DATABASE', address)
    expect(databaseAddress('env:OLD_DATABASE')).toBe(address)
    expect(() => databaseAddress(address)).toThrow(/pd-oauth import env:DATABASE_URL/)
  })

  test.each(['mysql://host/app', 'mongodb+srv://host/app', 'redis://host'])(
    'refuses %s and says what to do',
    (source) => {
      vi.stubEnv('OLD_DATABASE', source)
      for (const given of [source, 'env:OLD_DATABASE'])
        expect(() => databaseAddress(given)).toThrow(/Export the rows to JSON or CSV/)
    },
  )

  test('names a variable that holds no address, and not what it holds', () => {
    vi.stubEnv('OLD_DATABASE', 'hunter2')
    for (const name of ['OLD_DATABASE', 'NO_SUCH_VARIABLE'])
      expect(() => databaseAddress(`env:${name}`)).toThrow(
        `The variable ${name} does not hold the address of a database: sqlite:<path> or postgres://…`,
      )
  })
})

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
      warnings: [],
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
    ['base,deals:full', 'base,deals:full'],
    [['base', 'deals:full', 7], 'base deals:full'],
    ['{base,deals:full}', 'base,deals:full'],
    ['{"base","deals:full"}', 'base , deals:full'],
    ['["base","deals:full"]', 'base , deals:full'],
    ['[ "base", "deals:full" ]', 'base ,  deals:full'],
    ["['base', 'deals:full']", 'base ,  deals:full'],
    ['"[\\"base\\",\\"deals:full\\"]"', 'base  ,  deals:full'],
    ['"base deals:full"', 'base deals:full'],
    ['{}', ''],
    ['[]', ''],
    [7, undefined],
  ])('F49 reads the scopes of %j', (scope, expected) => {
    expect(readTokenRow({ ...tokens, scope }, context)).toMatchObject({ tokens: { scope: expected } })
  })

  test.each([
    ['1001', 1001],
    [' 1001\r', 1001],
    ['1001.0', 1001],
    ['1001.00', 1001],
    [1001.0, 1001],
    [1001n, 1001],
    ['9007199254740991', Number.MAX_SAFE_INTEGER],
  ])('reads the id %s', (id, expected) => {
    expect(readTokenRow({ ...tokens, company_id: id, user_id: 11 }, context)).toMatchObject({
      options: { account: { companyId: expected, userId: 11 } },
    })
  })

  test.each<unknown>([
    '0x10',
    '0b11',
    '0o17',
    '1e3',
    '1E3',
    '+1',
    '-1',
    '1.5',
    '1.',
    '.5',
    '1_000',
    '1,000',
    '007',
    '0',
    '0.0',
    'Infinity',
    'NaN',
    '1 2',
    '١',
    '１',
    ' ',
    '9007199254740993',
    9_007_199_254_740_993n,
    1.5,
    0,
    -1,
    true,
    { 0: 7 },
  ])('takes the id %s for one of another system', (id) => {
    for (const ids of [
      { company_id: id, user_id: 11 },
      { company_id: 11, user_id: id },
    ])
      expect(readTokenRow({ ...tokens, ...ids }, context)).toEqual({
        problem: expect.stringContaining("must be Pipedrive's own ids, positive whole numbers"),
      })
  })

  test.each(['0x10', '1e3', '-1', 'one', '0', ' '])('takes the lifetime %j for none', (expires_in) => {
    expect(readTokenRow({ ...tokens, expires_in, obtained_at: now }, context)).toMatchObject({
      tokens: { expires_in: 0 },
    })
  })

  test.each([
    ['an expiry in seconds', { expires_at: (now + hour / 2) / 1_000 }, { expires_in: 3_600 }, now - hour / 2],
    ['an expiry that has passed', { expires_at: now - hour }, { expires_in: 3_600 }, now - 2 * hour],
    [
      'a lifetime with its date',
      { expires_in: 3_599, obtained_at: now - hour },
      { expires_in: 3_599 },
      now - hour,
    ],
    [
      'the scaffold’s columns',
      { access_token_expires_at: now / 1_000, refresh_token_expires_at: now / 1_000 + 60 * 86_400 - 3_600 },
      { expires_in: 3_600 },
      now - hour,
    ],
    ['a date in the future', { obtained_at: now + 5 * hour }, { expires_in: 0 }, now],
    [
      'an updated_at later than the tokens as their latest date, never as an expiry',
      { updated_at: now, expires_at: now + hour / 2 },
      { expires_in: 3_600 },
      now - hour / 2,
    ],
    [
      'an updated_at earlier than the tokens seem to be',
      { updated_at: now - hour, expires_at: now + hour / 2 },
      { expires_in: 5_400 },
      now - hour,
    ],
    [
      'an updated_at later than the expiry of the refresh token says',
      { updated_at: now, refresh_token_expires_at: now + 60 * 24 * hour - hour },
      { expires_in: 0 },
      now - hour,
    ],
    [
      'an obtained_at before every other date',
      { obtained_at: now - hour, updated_at: now, expires_at: now + hour },
      { expires_in: 7_200 },
      now - hour,
    ],
  ])('reads %s', (_, dates, expected, obtainedAt) => {
    expect(readTokenRow({ ...tokens, ...dates }, context)).toMatchObject({
      tokens: expected,
      options: { obtainedAt },
    })
  })

  test.each([{}, { expires_in: 3_599 }, { expires_at: 'never', refresh_token_expires_at: 0 }])(
    'F58 takes an updated_at, which any change of the row moves, for no date of the tokens, also with %j',
    (others) => {
      const read = readTokenRow({ ...tokens, updated_at: now - hour, ...others }, context)
      expect(read).toMatchObject({ tokens: { expires_in: 0 } })
      expect(read).not.toHaveProperty('options.obtainedAt')
    },
  )

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
      warnings: [],
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
      `its company_id and user_id must be Pipedrive's own ids, positive whole numbers; ${renaming}`,
    ],
    [
      { ...tokens, company_id: 5 },
      `its company_id stands alone: Pipedrive's own company id and user id are needed together; ${renaming}`,
    ],
    [
      { access_token: 7, company_id: -1, expires_at: 'x' },
      /access token is not text; its refresh token is missing; its company_id/,
    ],
  ])('refuses %j and says why without repeating a token', (row, problem) => {
    const read = readTokenRow(row, context)
    expect(read).toEqual({ problem: typeof problem === 'string' ? problem : expect.stringMatching(problem) })
    expect(JSON.stringify(read)).not.toMatch(/v1u|1:1:/)
  })

  test('decrypts the tokens of the app scaffold with its key and with no other', () => {
    const key = randomBytes(32)
    const encrypted = { access_token: encrypt('v1u:access', key), refresh_token: encrypt('1:1:refresh', key) }
    expect(readTokenRow(encrypted, { ...context, keys: { scaffold: key } })).toMatchObject({
      tokens,
    })
    expect(readTokenRow(encrypted, { ...context, keys: { scaffold: randomBytes(32) } })).toMatchObject({
      problem: expect.stringContaining('does not open with this ENCRYPTION_KEY'),
    })
    expect(readTokenRow(encrypted, context)).toMatchObject({
      problem: expect.stringContaining('set ENCRYPTION_KEY'),
    })
  })
})

/** What a column of dates holds besides dates, and what a column that nobody needs may hold. */
const notADate = fc.oneof(
  fc.constantFrom<unknown>(
    '0000-00-00',
    '0000-00-00 00:00:00',
    '2026-13-45',
    'infinity',
    '-infinity',
    'never',
    '\0',
    'NaN',
  ),
  fc.constantFrom<unknown>(
    0,
    -1,
    1,
    1e300,
    Number.NaN,
    Infinity,
    true,
    9_223_372_036_854_775_807n,
    0n,
    1_767_312_000_000_000n,
  ),
  fc.constantFrom<unknown>({}, [], new Uint8Array([0, 255]), new Date(Number.NaN), 'x'.repeat(100_000)),
)
const anything = fc.oneof(fc.anything({ withBigInt: true, withDate: true, withTypedArray: true }), notADate)
const style = fc.constantFrom<(name: string) => string>(
  (name) => name,
  (name) => name.replaceAll(/_(.)/g, (_, letter: string) => letter.toUpperCase()),
  (name) => name.toUpperCase(),
)
const dateColumn = fc.constantFrom(
  'expires_at',
  'access_token_expires_at',
  'refresh_token_expires_at',
  'updated_at',
  'obtained_at',
)
const otherColumn = fc.constantFrom(
  'id',
  'notes',
  'created_at',
  'password',
  'id_token',
  'session_state',
  'external_id',
)

describe('withoutRepeats()', () => {
  const rows = fc.array(
    fc.record({
      refresh_token: fc.constantFrom('a', 'b', 'c', 'd'),
      account: fc.constantFrom({}, { company_id: 1, user_id: 1 }, { company_id: 1, user_id: 2 }),
      obtained_at: fc.constantFrom(undefined, now, now - hour, now - 2 * hour),
      reference: fc.constantFrom(undefined, 'x', 'y'),
      access_token: fc.constantFrom(undefined, 'v1u:access'),
    }),
    { maxLength: 8 },
  )
  const placed = (given: readonly object[]): ReadRow[] =>
    given.map((row, index) => ({ place: `row ${index}`, read: readWithColumns(row, context) }))

  test('F58 F90 adopts no refresh token and no user twice, and leaves no user out', () => {
    fc.assert(
      fc.property(rows, (drawn) => {
        const given = placed(drawn.map(({ account, ...row }) => ({ ...row, ...account })))
        const left = withoutRepeats(given)
        expect(left.map(({ place }) => place)).toEqual(given.map(({ place }) => place))
        const adopted = left.flatMap(({ place, read }) => ('tokens' in read ? [{ place, read }] : []))
        const tokensOf = adopted.map(
          ({ read }) => read.tokens['refresh_token'] ?? read.tokens['refreshToken'],
        )
        expect(new Set(tokensOf).size).toBe(tokensOf.length)
        const usersOf = adopted
          .flatMap(({ read }) => read.options.account ?? [])
          .map((user) => JSON.stringify(user))
        expect(new Set(usersOf).size).toBe(usersOf.length)
        // Each row that is left out leads to one that is adopted, or that fails aloud.
        const endOf = (row: ReadRow | undefined): ReadRow | undefined => {
          if (row === undefined || !('sameAs' in row.read)) return row
          const { sameAs } = row.read
          return endOf(left.find(({ place }) => place === sameAs))
        }
        for (const row of left) expect(endOf(row)).toBeDefined()
      }),
    )
  })

  test.each([
    [
      'the newest of a user',
      [{ obtained_at: now - hour }, { obtained_at: now }, {}],
      ['row 1', 'adopted', 'row 1'],
    ],
    ['none if two are as new', [{ obtained_at: now }, { obtained_at: now }], ['failed', 'failed']],
    ['none without dates', [{}, {}], ['failed', 'failed']],
    ['none that was only updated', [{ updated_at: now }, { updated_at: now - hour }], ['failed', 'failed']],
  ])('F58 of different tokens adopts %s', (_, dates, expected) => {
    const given = placed(
      dates.map((row, index) =>
        Object.assign({ company_id: 1, user_id: 1, refresh_token: `token-${index}` }, row),
      ),
    )
    const found = withoutRepeats(given).map(({ read }) =>
      'sameAs' in read ? read.sameAs : 'problem' in read ? 'failed' : 'adopted',
    )
    expect(found).toEqual(expected)
  })

  test('F58 says which other row has another refresh token of the same user, or the same one and other ids', () => {
    const user = { company_id: 1, user_id: 1 }
    const texts = (...given: object[]) =>
      withoutRepeats(placed(given)).map(({ read }) => Object.values(read)[0] as string)
    expect(texts({ ...user, refresh_token: 'a' }, { ...user, refresh_token: 'b' })).toEqual([
      expect.stringMatching(/^row 1 has another refresh token of the same user, .* obtained_at$/),
      expect.stringMatching(/^row 0 has another refresh token of the same user, .* obtained_at$/),
    ])
    expect(texts({ ...user, refresh_token: 'a' }, { company_id: 1, user_id: 2, refresh_token: 'a' })).toEqual(
      [
        expect.stringMatching(/^row 1 has the same refresh token and other ids/),
        expect.stringMatching(/^row 0 has the same refresh token and other ids/),
      ],
    )
  })
})

describe('an odd row', () => {
  test('F57 is imported whatever its other columns hold, and what is not a date is left out with a warning', () => {
    fc.assert(
      fc.property(
        style,
        dateColumn,
        notADate,
        fc.dictionary(otherColumn, anything),
        (named, column, value, others) => {
          const row = {
            ...others,
            [named('access_token')]: 'v1u:access',
            [named('refresh_token')]: '1:1:refresh',
            [named(column)]: value,
          }
          expect(readTokenRow(row, context)).toEqual({
            tokens: {
              access_token: 'v1u:access',
              refresh_token: '1:1:refresh',
              token_type: 'Bearer',
              expires_in: 0,
            },
            options: {},
            warnings: [`its ${named(column)} is not a date and counts as none`],
          })
        },
      ),
    )
  })

  test('F57 never throws, and what it says repeats no value', () => {
    const columns = fc.constantFrom(
      'access_token',
      'refreshToken',
      'company_id',
      'userId',
      'scope',
      'api_domain',
      'expires_in',
      'expires_at',
      'provider',
      'accountId',
    )
    fc.assert(
      fc.property(fc.dictionary(columns, fc.oneof(anything, fc.constant('hunter2'))), (row) => {
        const read = readTokenRow(row, context)
        const said = 'problem' in read ? read.problem : 'warnings' in read ? read.warnings.join() : ''
        expect(said).not.toContain('hunter2')
      }),
    )
  })

  test.each<object>([
    { provider: { toString: 1 }, providerAccountId: 1 },
    {
      connection_id: { toString: 1 },
      credentials: { refresh_token: 'a' },
      deleted: { toString: 1 },
      provider: {},
    },
    { refresh_token: 'a', reference: { toString: 1 }, scope: { valueOf: 1, toString: null } },
  ])('F57 may hold an object that is no text: %j', (row) => {
    expect(() => readTokenRow(row, context)).not.toThrow()
  })

  test('F57 is refused if a needed value was in another encoding, by its column, and never with the value', () => {
    const row = { refresh_token: '1:1:refresh', note: 'M\uFFFDller' }
    expect(readTokenRow(row, context)).toHaveProperty('tokens')
    for (const column of ['reference', 'Scope', 'api_domain', 'userId'])
      expect(readTokenRow({ ...row, [column]: 'hunter2\uFFFD' }, context)).toEqual({
        problem: expect.stringMatching(
          new RegExp(`^(?!.*hunter2).*its ${column} was not in UTF-8: write the source in UTF-8`),
        ),
      })
  })

  test('F57 costs no other row of a text, wherever it stands', () => {
    const good = { refresh_token: '1:1:refresh', note: 'a, "b"; c' }
    const oddLine = fc.oneof(
      fc.constantFrom('{', '}', '{"refresh_token":', 'null', '"', '\\', '\0', '[', 'a,b', '{"a":1}}'),
      fc.string().filter((text) => !/[\n\r]/.test(text) && text.trim() !== '' && !/^[[{]/.test(text.trim())),
    )
    fc.assert(
      fc.property(
        fc.array(oddLine, { maxLength: 4 }),
        fc.array(oddLine, { maxLength: 4 }),
        fc.constantFrom('\n', '\r\n'),
        (before, after, end) => {
          const bom = before.length % 2 === 0 ? '\uFEFF' : ''
          const lines = [
            JSON.stringify({ refresh_token: 'first' }),
            ...before,
            JSON.stringify(good),
            ...after,
          ]
          const rows = rowsOfText(bom + lines.join(end)).map(({ row }) => row)
          if (lines.length > 1) expect(rows).toContainEqual(good)
          expect(rows).toContainEqual({ refresh_token: 'first' })
        },
      ),
    )
  })
})

describe('CSV', () => {
  const cell = fc.oneof(
    fc.string(),
    fc.constantFrom('a,b', 'say "x"', ' ', 'zwei\nZeilen', '', ';', '\t', "'"),
  )
  const written = (text: string) => `"${text.replaceAll('"', '""')}"`

  test('F57 is read with quotes, line breaks in values, a byte order mark and any of three delimiters', () => {
    fc.assert(
      fc.property(
        fc.array(cell, { minLength: 1, maxLength: 5 }),
        fc.constantFrom(',', ';', '\t'),
        fc.constantFrom('', '\uFEFF'),
        fc.constantFrom('\n', '\r\n'),
        (notes, delimiter, bom, end) => {
          const lines = notes.map((note, index) => [written(note), `token-${index}`].join(delimiter))
          const rows = rowsOfText(bom + [`note${delimiter}refresh_token`, ...lines].join(end))
          expect(rows.map(({ row }) => row)).toEqual(
            notes.map((note, index) => ({ note, refresh_token: `token-${index}` })),
          )
        },
      ),
    )
  })

  test('F57 with a quote that nobody closes, or with too many values, loses that line alone', () => {
    const rows = rowsOfText('id,refresh_token\n1,one\n"2,two\n3,three,more\n4,four\n')
    expect(rows).toEqual([
      { place: 'line 2', row: { id: '1', refresh_token: 'one' } },
      { place: 'line 3', problem: expect.stringContaining('does not have as many values') },
      { place: 'line 4', problem: expect.stringContaining('does not have as many values') },
      { place: 'line 5', row: { id: '4', refresh_token: 'four' } },
    ])
  })

  test.each([
    [';', 'company_id;user_id;refresh_token;scope', '1;2;rt;base,deals:full', { scope: 'base,deals:full' }],
    ['a tab', 'company\trefresh_token', 'Acme, Inc.\trt', { company: 'Acme, Inc.' }],
    [',', 'company,refresh_token', 'Acme; Inc\t.,rt', { company: 'Acme; Inc\t.' }],
    ['; with a quoted , in the header', '"a,b";refresh_token', 'x,y;rt', { 'a,b': 'x,y' }],
    [', in the header with a line break', '"a\nb",refresh_token', 'x;y,rt', { 'a\nb': 'x;y' }],
    ['an empty first name', '\trefresh_token\t', '7\trt\t', { '': '7' }],
    ['one column', 'refresh_token', 'rt', {}],
    ['one quoted column', '"refresh_token"', '"rt"', {}],
    [
      'what databases write for no value',
      'refresh_token\tnote\tscope',
      'rt\tNULL\t\\N',
      { note: '', scope: '' },
    ],
    ['lines of white space', ' \n\nrefresh_token;note', ' \nrt;x\n;;\n;', { note: 'x' }],
    ['Excel’s own line', 'sep=;\nrefresh_token;note', 'rt;x,y', { note: 'x,y' }],
    ['Excel’s own line for |', 'sep=|\nrefresh_token|note', 'rt|x;y', { note: 'x;y' }],
    [
      'connections of Nango',
      'connection_id,credentials',
      'a,"{""refresh_token"":""1""}"',
      { connection_id: 'a' },
    ],
  ])('F57 takes the one delimiter that the header has: %s', (_, header, line, expected) => {
    for (const end of ['\n', '\r\n', '\r']) {
      const rows = rowsOfText(`\uFEFF${header}\n${line}`.replaceAll('\n', end)).filter(({ row }) => row)
      expect(rows).toMatchObject([{ row: expected }])
      if (header.includes('refresh_token')) expect(rows).toMatchObject([{ row: { refresh_token: 'rt' } }])
    }
  })

  test('F57 keeps the numbers of lines below Excel’s own line, empty lines and values of two lines', () => {
    const text = 'sep=;\n\nrefresh_token;note\nrt;"a\nb"\n\nrt;x;more\nrt;c\n'
    for (const end of ['\n', '\r\n', '\r'])
      expect(rowsOfText(text.replaceAll('\n', end)).map(({ place }) => place)).toEqual([
        'line 5',
        'line 7',
        'line 8',
      ])
  })

  test('F57 with odd rows anywhere keeps the rows that were read well before them, also those of several lines', () => {
    const good = fc.record({ isOdd: fc.constant(false), note: fc.constantFrom('a', 'a\nb', 'a,\n\n"b"', '') })
    const odd = fc.record({ isOdd: fc.constant(true), note: fc.constantFrom('1,2,3', '1', 'x,"y",z', ',,1') })
    const unclosed = fc.constantFrom('', '"2,two', '2,"two', '2,"two\n3,three')
    fc.assert(
      fc.property(
        fc.array(fc.oneof(good, odd)),
        unclosed,
        fc.constantFrom('\n', '\r\n'),
        (drawn, last, end) => {
          const lines = drawn.map(({ isOdd, note }, index) =>
            isOdd ? note : `token-${index},${written(note)}`,
          )
          const rows = rowsOfText(['refresh_token,note', ...lines, last].join('\n').replaceAll('\n', end))
          const wanted = drawn.flatMap(({ isOdd, note }, index) =>
            isOdd ? [] : [{ refresh_token: `token-${index}`, note }],
          )
          expect(rows.flatMap(({ row }) => row ?? []).slice(0, wanted.length)).toEqual(wanted)
          expect(rows.filter(({ problem }) => problem).length).toBeGreaterThanOrEqual(
            drawn.length - wanted.length,
          )
        },
      ),
    )
  })

  test('F57 with a column twice takes the first that has a value', () => {
    expect(rowsOfText('refresh_token,refresh_token\n,one\ntwo,three').map(({ row }) => row)).toEqual([
      { refresh_token: 'one' },
      { refresh_token: 'two' },
    ])
  })
})

test.each([
  '{"refresh_token":"","access_token":""}',
  '{"refresh_token":""',
  '  {"refresh_token":"","scope":"base,deals:full"}',
  '{"refresh_token":null,',
  '["refresh_token",""]',
])('F57 JSON lines are not taken for CSV, whatever their first line holds: %s', (first) => {
  const good = { refresh_token: '1:1:refresh' }
  const rows = rowsOfText(`${first}\n${JSON.stringify(good)}\n`)
  expect(rows.map(({ place }) => place)).toEqual(['line 1', 'line 2'])
  expect(rows[1]?.row).toEqual(good)
})

test.each([
  'id,token\n1,hunter2\n2,hunter2\n',
  'hunter2\nhunter2\n',
  '[\n  {"refresh_token": "hunter2"},\n]\n',
  'sep=;\nid;token\n1;hunter2',
  '\u0000\u0001PK\n\u0003',
])(
  'F57 a text that is neither JSON nor CSV with a refresh token gives one sentence, which repeats nothing: %j',
  (text) => {
    expect(() => rowsOfText(text)).toThrow(
      /^This is neither JSON .* nor CSV whose first line names a column refresh_token\.$/,
    )
  },
)

describe('an object of rows', () => {
  const token = { refresh_token: '1:1:refresh' }

  test.each([
    ['{"alice":{"refresh_token":"1:1:refresh"}}', [{ ...token, reference: 'alice' }]],
    [
      '{"alice":{"refresh_token":"1:1:refresh","Reference":"tenant-7"},"bob":{"refreshToken":"2"}}',
      [
        { ...token, Reference: 'tenant-7' },
        { refreshToken: '2', reference: 'bob' },
      ],
    ],
    ['{"refresh_token":"1:1:refresh","more":{}}', [{ ...token, more: {} }]],
    ['{"refresh_token":{}}', [{ refresh_token: {} }]],
    ['{"connection_id":{},"credentials":{}}', [{ connection_id: {}, credentials: {} }]],
    ['{"alice":{"refresh_token":"1"},"version":2}', [{ alice: { refresh_token: '1' }, version: 2 }]],
    ['{}', [{}]],
  ])('gives its keys as references, and no other object does: %s', (text, rows) => {
    expect(rowsOfText(text).map(({ row }) => row)).toEqual(rows)
  })
})

describe('a table of accounts', () => {
  const authJs = {
    id: 7n,
    userId: 3n,
    type: 'oauth',
    provider: 'pipedrive',
    providerAccountId: '11',
    access_token: 'v1u:access',
    refresh_token: '1:1:refresh',
    expires_at: BigInt((now + hour / 2) / 1_000),
    token_type: 'bearer',
    id_token: null,
  }
  const betterAuth = {
    id: 'x1',
    accountId: '11',
    providerId: 'pipedrive',
    userId: 'u1',
    accessToken: 'v1u:access',
    refreshToken: '1:1:refresh',
    accessTokenExpiresAt: new Date(now + hour / 2).toISOString(),
    updatedAt: new Date(now).toISOString(),
    password: null,
  }

  test.each([
    ['Auth.js', authJs],
    [
      'Auth.js with snake case',
      { ...authJs, user_id: 3, provider_account_id: '11', providerAccountId: undefined },
    ],
    ['better-auth', betterAuth],
    ['better-auth on SQLite', { ...betterAuth, accessTokenExpiresAt: BigInt(now + hour / 2), updatedAt: 1n }],
  ])('of %s gives the tokens and their expiry, but not its own user ids', (_, row) => {
    expect(readTokenRow(row, context)).toMatchObject({
      tokens: { ...tokens, expires_in: 3_600 },
      options: { account: undefined, obtainedAt: now - hour / 2 },
      warnings: [],
    })
  })

  test('gives only the rows of Pipedrive, or of the provider that is named', () => {
    for (const provider of ['google', 'credential', 'GitHub'])
      expect(readTokenRow({ ...authJs, provider }, context)).toEqual({ isForeign: true })
    expect(readTokenRow({ ...betterAuth, providerId: 'my-Pipedrive' }, context)).toHaveProperty('tokens')
    expect(
      readTokenRow({ ...betterAuth, providerId: 'crm' }, { ...context, provider: 'crm' }),
    ).toHaveProperty('tokens')
    expect(readTokenRow(betterAuth, { ...context, provider: 'crm' })).toEqual({ isForeign: true })
  })
})

describe('a reference', () => {
  test.each([
    [
      'the application’s id of the user in a table of accounts',
      { provider: 'pipedrive', providerAccountId: '11', userId: 7n },
      '7',
    ],
    ['a column of that name', { reference: 'tenant-7' }, 'tenant-7'],
  ])('is %s', (_, columns, reference) => {
    expect(readTokenRow({ ...tokens, ...columns }, context)).toMatchObject({ options: { reference } })
  })

  test.each([{}, 'x'.repeat(201), '€'.repeat(201), '\u0001'.repeat(120)])(
    'that no record can have is left out: %j',
    (reference) => {
      const read = readTokenRow({ ...tokens, reference }, context)
      expect(read).toMatchObject({ tokens, warnings: [expect.stringContaining('its reference')] })
      expect(read).not.toHaveProperty('options.reference')
    },
  )
})

describe('a token of better-auth that is encrypted', () => {
  const account = { providerId: 'pipedrive', accountId: '11', userId: 'u1' }
  const encrypted = (version: string, secret: string) => ({
    ...account,
    accessToken: version + encryptAsBetterAuth('v1u:access', secret),
    refreshToken: version + encryptAsBetterAuth('1:1:refresh', secret),
  })

  test.each(['', '$ba$2$'])('opens with any of its secrets, written as %j…', (version) => {
    const keys = { betterAuth: ['an old secret', 'the secret'] }
    expect(readTokenRow(encrypted(version, 'the secret'), { ...context, keys })).toMatchObject({ tokens })
    expect(readTokenRow(encrypted(version, 'another'), { ...context, keys })).toEqual({
      problem:
        'its access token does not open with this BETTER_AUTH_SECRET; its refresh token does not open with this BETTER_AUTH_SECRET',
    })
    expect(readTokenRow(encrypted(version, 'the secret'), context)).toEqual({
      problem: expect.stringContaining('set BETTER_AUTH_SECRET'),
    })
  })

  test('is not taken for one outside of a table of accounts', () => {
    const hex = 'ab'.repeat(60)
    expect(readTokenRow({ refresh_token: hex }, context)).toMatchObject({ tokens: { refreshToken: hex } })
  })
})

describe('a connection of Nango', () => {
  const credentials = {
    type: 'OAUTH2',
    ...tokens,
    expires_at: new Date(now + hour / 2).toISOString(),
    raw: { ...tokens, expires_in: 3_599, scope: 'base', api_domain: 'https://acme.pipedrive.com' },
  }
  const answer = {
    id: 1,
    connection_id: 'tenant-7',
    provider_config_key: 'crm',
    provider: 'pipedrive',
    credentials,
  }
  const stored = {
    connection_id: 'tenant-7',
    provider_config_key: 'pipedrive',
    credentials: JSON.stringify(credentials),
  }
  const wanted = {
    tokens: { ...tokens, expires_in: 3_600, scope: 'base', api_domain: 'https://acme.pipedrive.com' },
    options: { account: undefined, reference: 'tenant-7', obtainedAt: now - hour / 2 },
    warnings: [],
  }

  test.each([
    ['from its API', answer],
    ['from its table', stored],
  ])('%s gives its tokens, their expiry and its name', (_, row) => {
    expect(readTokenRow(row, context)).toMatchObject(wanted)
  })

  test('opens with NANGO_ENCRYPTION_KEY and with no other key', () => {
    const key = randomBytes(32)
    const row = { ...stored, ...encryptAsNango(credentials, key) }
    expect(readTokenRow(row, { ...context, keys: { nango: key } })).toMatchObject(wanted)
    const others = [{ nango: randomBytes(32) }, {}, { nango: key.subarray(1) }]
    for (const keys of others) {
      const read = readTokenRow(row, { ...context, keys })
      expect(read).toEqual({ problem: expect.stringContaining('NANGO_ENCRYPTION_KEY') })
    }
    for (const column of ['credentials_iv', 'credentials_tag', 'credentials'])
      expect(readTokenRow({ ...row, [column]: null }, { ...context, keys: { nango: key } })).toHaveProperty(
        'problem',
      )
  })

  test('is skipped if it was deleted or belongs to another provider, also without its key', () => {
    const row = { ...stored, ...encryptAsNango(credentials, randomBytes(32)) }
    for (const odd of [{ deleted: 't' }, { deleted: true }, { provider_config_key: 'hubspot' }])
      expect(readTokenRow({ ...row, ...odd }, context)).toEqual({ isForeign: true })
    expect(
      readTokenRow({ ...stored, provider_config_key: 'crm' }, { ...context, provider: 'crm' }),
    ).toMatchObject(wanted)
  })
})

test('the names of CData’s stored procedures are understood', () => {
  const [row] = rowsOfText('OAuthAccessToken,OAuthRefreshToken,ExpiresIn\nv1u:access,1:1:refresh,3599\n')
  expect(readTokenRow(row?.row, context)).toMatchObject({ tokens: { ...tokens, expires_in: 0 } })
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

/** Encrypts a token as better-auth does with `encryptOAuthTokens`. */
function encryptAsBetterAuth(text: string, secret: string): string {
  const key = createHash('sha256').update(secret).digest()
  return bytesToHex(managedNonce(xchacha20poly1305)(key).encrypt(utf8ToBytes(text)))
}

/** Encrypts credentials as Nango does, and returns the three columns that hold them. */
function encryptAsNango(credentials: object, key: Buffer) {
  const nonce = randomBytes(12)
  const cipher = createCipheriv('aes-256-gcm', key, nonce)
  const sealed = Buffer.concat([cipher.update(JSON.stringify(credentials), 'utf8'), cipher.final()])
  return {
    credentials: JSON.stringify({ encrypted_credentials: sealed.toString('base64') }),
    credentials_iv: nonce.toString('base64'),
    credentials_tag: cipher.getAuthTag().toString('base64'),
  }
}
