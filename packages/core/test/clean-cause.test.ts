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
