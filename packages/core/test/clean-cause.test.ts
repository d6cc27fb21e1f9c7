import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { causeText, cleanCause, withoutSecrets } from '../src/clean-cause.ts'
import { StoreError } from '../src/errors.ts'

const letters = [...'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789']
const hexadecimal = [...'0123456789abcdef']
const text = (from: readonly string[], minLength: number, maxLength: number) =>
  fc.string({ unit: fc.constantFrom(...from), minLength, maxLength })

/** Every secret that this library meets: how it may look. Random text of that length has ten different characters. */
const secret = fc
  .oneof(
    text(hexadecimal, 32, 64),
    text([...letters, '-', '_'], 32, 90),
    fc.tuple(text([...'0123456789'], 4, 9), text(hexadecimal, 40, 40)).map((parts) => parts.join(':')),
    text([...letters, '-', '_'], 20, 40).map((part) => `eyJ${part}.${part}.${part}`),
  )
  .filter((drawn) => new Set(drawn).size >= 10)

/** Every place in the message of a driver, of the network or of Pipedrive where one may stand. */
const places: readonly ((secret: string) => string)[] = [
  (secret) => `connect to postgres://app:${secret}@db.internal:5432/app failed`,
  (secret) => `redis://:${secret}@127.0.0.1:6379 refused`,
  (secret) => `connection string "host=db password=${secret} user=app"`,
  (secret) => `{"access_token":"${secret}","expires_in":3599}`,
  (secret) => `{"client_secret": "${secret}"}`,
  (secret) => `POST /oauth/token?refresh_token=${secret}&grant_type=refresh_token`,
  (secret) => `Authorization: Bearer ${secret}`,
  (secret) => `header Basic ${btoa(`client:${secret}`)}`,
  (secret) => `Command SET ${secret} failed`,
  (secret) => `value '${secret}' is too long`,
]

test('F76 F32 the message of a cause holds no secret, wherever it stands', () => {
  fc.assert(
    fc.property(secret, fc.constantFrom(...places), fc.boolean(), (secret, place, isWrapped) => {
      const inner = new Error(place(secret))
      const error = new StoreError('store_unavailable', 'The token store failed.', {
        cause: isWrapped ? new AggregateError([inner], place(secret)) : inner,
      })
      for (let cause: unknown = error.cause; cause instanceof Error; cause = cause.cause)
        expect(`${cause.stack} ${JSON.stringify(cause)} ${cause.message}`).not.toContain(secret)
      expect(causeText(error)).not.toContain(secret)
    }),
    { numRuns: 2_000 },
  )
})

test('F76 a key in hexadecimal, or of more digits than a number has, is hidden wherever it stands', () => {
  const key = fc.oneof(
    text([...'abcdef'], 16, 64),
    text([...'ABCDEF'], 16, 64),
    text([...'abcdef-'], 17, 64).filter((drawn) => /^[a-f].*[a-f]$/.test(drawn) && !drawn.includes('--')),
    text(hexadecimal, 21, 64),
    text([...'0123456789'], 21, 64),
  )
  fc.assert(
    fc.property(key, fc.constantFrom(...places), (drawn, place) => {
      expect(withoutSecrets(place(drawn))).not.toContain(drawn)
    }),
  )
})

test.each([
  ['{\\"password\\":\\"hunter2\\"}', '{\\"password\\":\\"***\\"}'],
  ['password%3Dhunter2%26user%3Dapp', 'password%3D***%26user%3Dapp'],
  ["'password' => 'hunter2'", "'password' => '***'"],
  ['<password>hunter2</password> failed', '<password>***</password> failed'],
  ['x-api-key: short', 'x-api-key: ***'],
  ['api_key=short', 'api_key=***'],
  ['apiKey: "short"', 'apiKey: "***"'],
  ['secret-key: short', 'secret-key: ***'],
  ['the password is hunter2, which is wrong', 'the password is ***'],
  ["password was 'hunter2'", "password was '***'"],
  ['unknown token "tok-1"', 'unknown token "***"'],
  ['the code is deadbeefcafebabe', 'the code is ***'],
  ['the authorization code is ab12, and used', 'the authorization code is ***'],
  ['pwd is "my pass1" here', 'pwd is "***" here'],
  ["password: 'hunter two' here", "password: '***' here"],
  ['{"password":"hunter two"}', '{"password":"***"}'],
])('F76 %s is told without its secret', (message, told) => {
  expect(withoutSecrets(message).startsWith(told)).toBe(true)
  expect(withoutSecrets(message)).not.toMatch(/short|hunter|tok-1|deadbeef|ab12|pass1| two/)
})

describe('F32 the value of a secret with a name is hidden', () => {
  const name = fc.constantFrom(
    'password',
    'PGPASSWORD',
    'db_passwd',
    'client_secret',
    'refresh-token',
    'apiKey',
    'x-api-key',
    'pwd',
  )
  /** Short words, which only their names give away. In quotes, they may have spaces. */
  const word = fc.string({
    unit: fc.constantFrom(...'abcXYZ019!#$%*+-./:?@^_|~'),
    minLength: 3,
    maxLength: 12,
  })
  const inQuotes = fc.string({
    unit: fc.constantFrom(...'abcXYZ019!#$%*+-./:;?@^_|~ ,&(){}<=>'),
    minLength: 3,
    maxLength: 12,
  })
  const space = fc.constantFrom('', ' ')
  const quotes = fc.constantFrom('"', "'", '`')
  const drawn = fc.tuple(
    name,
    word.map((text) => `hunter${text}`),
    inQuotes.map((text) => `hunter${text}1`),
  )

  /** Each returns a message about a name and its value, and what a part of that value would look like. */
  const spelled: { readonly [way: string]: fc.Arbitrary<string> } = {
    'a query, a form or a header': fc
      .tuple(drawn, fc.constantFrom('=', ':', ': ', ' = ', '==', ':=', ' => ', ' -> '))
      .map(([[named, value], between]) => `${named}${between}${value} failed`),
    'a dump': fc
      .tuple(drawn, quotes, fc.constantFrom('=>', '=', ':'), space)
      .map(
        ([[named, , value], quote, between, gap]) =>
          `${quote}${named}${quote}${gap}${between}${gap}${quote}${value}${quote}`,
      ),
    'a dump in brackets': drawn.map(([named, value]) => `[${named}] => ${value} [host] => x`),
    'JSON, in text that is in JSON, to any depth': fc
      .tuple(drawn, fc.nat(3), space)
      .map(([[named, , value], depth, gap]) => {
        let text = `{"user":"app","${named}":${gap}${JSON.stringify(`${value}"hunter`)}}`
        for (let each = 0; each < depth; each++) text = JSON.stringify({ text })
        return text
      }),
    pairs: drawn.map(([named, , value]) => `{"name":"${named}","value":"${value}"}`),
    'an attribute': drawn.map(
      ([named, , value]) => `<add key="${named}" value="${value.replace(/[<&"]/g, '')}"/>`,
    ),
    'an element': fc
      .tuple(drawn, fc.constantFrom('', ' type="x"'), fc.constantFrom('', 'ns:'), fc.boolean())
      .map(([[named, , value], attribute, space, isRaw]) => {
        const text = value.replace(/[<&]/g, '')
        return `<${space}${named}${attribute}>${isRaw ? `<![CDATA[${text}]]>` : text}</${space}${named}> failed`
      }),
    'an element, escaped': drawn.map(
      ([named, value]) => `&lt;${named}&gt;${value.replace(/&/g, '')}&lt;/${named}&gt;`,
    ),
    'an address, encoded once or more often': fc
      .tuple(drawn, fc.integer({ min: 1, max: 4 }))
      .map(([[named, , value], times]) => encoded(`${named}=${value}`, times)),
    'JSON, encoded': fc
      .tuple(drawn, fc.integer({ min: 1, max: 3 }))
      .map(([[named, , value], times]) => encoded(JSON.stringify({ [named]: value }), times)),
    'an option of a command line': drawn.map(([named, value]) => `psql --${named} ${value}1 --host x`),
  }

  test.each(Object.keys(spelled))('F32 in %s', (way) => {
    fc.assert(
      fc.property(spelled[way] as fc.Arbitrary<string>, (message) => {
        expect(withoutSecrets(message)).not.toContain('hunter')
      }),
      { numRuns: 300 },
    )
  })

  function encoded(text: string, times: number): string {
    return times === 0 ? text : encoded(encodeURIComponent(text), times - 1)
  }
})

test('F76 no text takes long, however often it begins like a secret', { timeout: 30_000 }, () => {
  const piece = fc.constantFrom(
    'token',
    'password',
    '<token',
    '--token',
    '"',
    '\\',
    '%25',
    '%',
    '=',
    ' ',
    '-',
    '>',
    'value',
    '&quot;',
    'a',
    '//',
  )
  fc.assert(
    fc.property(fc.array(piece, { minLength: 1, maxLength: 3 }), (pieces) => {
      expect(withoutSecrets(pieces.join('').repeat(3_000)).length).toBeLessThanOrEqual(300)
    }),
    { numRuns: 300 },
  )
})

test('F76 given secrets are hidden in a cause that was cleaned before, whole, and wherever the text is cut', () => {
  const clean = cleanCause(new Error('no client called abc', { cause: new Error('abc again') }))
  expect(cleanCause(clean, ['abc'])).toMatchObject({
    message: 'no client called ***',
    cause: { message: '*** again' },
  })
  expect(cleanCause(clean, ['abc']).stack).not.toContain('abc')
  expect(cleanCause(clean)).toBe(clean)
  expect(withoutSecrets('is abcdef', ['abc', 'abcdef'])).toBe('is ***')
  expect(withoutSecrets(`${' '.repeat(2_998)}abcdef`, ['abcdef'])).not.toContain('ab')
})

test('F76 a short password is hidden where its name stands beside it, and where it is given', () => {
  expect(withoutSecrets('login failed: password=hunter2; user=app')).toBe(
    'login failed: password=***; user=app',
  )
  expect(withoutSecrets('mysql://root:hunter2@localhost/app')).toBe('mysql://***@localhost/app')
  expect(cleanCause(new Error('no client called abc'), ['abc']).message).toBe('no client called ***')
})

describe('F76 what helps stays', () => {
  test.each([
    'connect ECONNREFUSED 127.0.0.1:5432',
    'the password is required',
    'the option --password is required',
    'Unexpected token > in JSON at position 5',
    "Unexpected token '=>'",
    'the element <password> is missing',
    'grant_type%3Drefresh_token%26scope%3Dbase',
    'this token is expired or was revoked',
    'the connection state is 3',
    'the status code is 401',
    'exited with code: 137',
    'Unexpected token \'<\', "<html>" is not valid JSON',
    'duplicate key 18446744073709551615',
    'getaddrinfo ENOTFOUND db.internal.example.com',
    'relation "pipedrive_installations" does not exist',
    'password authentication failed for user "pipedrive_app"',
    'WRONGPASS invalid username-password pair or user is disabled.',
    "NOPERM this user has no permissions to run the 'evalsha' command",
    "READONLY You can't write against a read only replica.",
    "OOM command not allowed when used memory > 'maxmemory'.",
    'Reached the max retries per request limit (which is 20). Refer to "maxRetriesPerRequest" option for details.',
    'unable to open database file /var/lib/pipedrive/installations.sqlite',
    'Pipedrive answered 401 invalid_client: Client authentication failed',
    'certificate has expired; DEPTH_ZERO_SELF_SIGNED_CERT',
    'read ECONNRESET [2001:db8:85a3:0:0:8a2e:370:7334]:6379',
    'The connection to redis-12345.c1.eu-west-1-2.ec2.cloud.redislabs.com:12345 was closed',
  ])('%s', (message) => {
    expect(withoutSecrets(message)).toBe(message)
  })
})

test('F76 a cause keeps name, code and address, and nothing else of the error', () => {
  const driver = Object.assign(new Error('connect ECONNREFUSED 127.0.0.1:6379', { cause: 'why' }), {
    code: 'ECONNREFUSED',
    syscall: 'connect',
    address: '127.0.0.1',
    port: 6379,
    command: { name: 'auth', args: ['hunter2'] },
    config: { connectionString: 'postgres://app:hunter2@db' },
  })
  const clean = cleanCause(driver)
  expect({ ...clean }).toEqual({ code: 'ECONNREFUSED', syscall: 'connect', address: '127.0.0.1', port: 6379 })
  expect(clean.cause).toMatchObject({ message: 'why' })
  expect(clean.stack).toContain('clean-cause.test.ts')
})

test('F76 the text of a cause is that of the innermost error, on one line and bounded', () => {
  const refused = Object.assign(new Error('refused'), { code: 'ECONNREFUSED', address: '::1', port: 5432 })
  expect(causeText(new TypeError('fetch failed', { cause: refused }))).toBe('ECONNREFUSED ::1:5432 refused')
  expect(causeText(new AggregateError([new Error('one'), refused], ''))).toBe('ECONNREFUSED ::1:5432 refused')
  expect(causeText(new RangeError('a\nb\u0000\u2028c'))).toBe('RangeError a b c')
  const long = 'long word '.repeat(1_000)
  expect(causeText(new Error(long)).length).toBe(300)
  const longer = Object.assign(new Error(long), { name: long, code: long, address: long, port: long })
  expect(causeText(longer).length).toBe(400)
})

test('F76 anything that is thrown can be a cause', () => {
  fc.assert(
    fc.property(fc.anything({ withNullPrototype: true }), (thrown) => {
      expect(typeof causeText(thrown)).toBe('string')
    }),
  )
  const endless = new Error('endless')
  endless.cause = endless
  expect(causeText(endless)).toBe('endless')
  const hostile = new Proxy(new Error('hostile'), {
    get: () => {
      throw new Error('no')
    },
  })
  expect(causeText(hostile)).toBe('an error that cannot be read')
})
