import { ConfigurationError, StoreError } from '@pd/oauth-core'
import { expect, test, vi } from 'vitest'
import { betterSqlite3Driver } from '../src/drivers/better-sqlite3.ts'
import { isDenied, isDuplicate, refusalOf } from '../src/refusal.ts'

const failed = (parts: object, message = 'failed') => Object.assign(new Error(message), parts)

test.each([
  ['postgresql', failed({}, 'SASL: the client password must be a string'), 'password'],
  ['postgresql', failed({ code: 'CERT_HAS_EXPIRED' }), 'tls'],
  ['postgresql', failed({ code: '42P01' }), 'missing_table'],
  ['postgresql', new Error('wrapped', { cause: failed({ code: '25006' }) }), 'read_only_server'],
  ['postgresql', failed({ code: '99999' }), undefined],
  ['mysql', failed({ code: 'AUTH_SWITCH_PLUGIN_ERROR' }, 'unknown plugin x'), 'not_admitted'],
  ['mysql', failed({ code: 'AUTH_SWITCH_PLUGIN_ERROR' }, 'other'), undefined],
  ['mysql', failed({ code: 'OTHER' }, 'unknown plugin x'), undefined],
  ['mysql', failed({ code: 'HANDSHAKE_NO_SSL_SUPPORT' }), 'tls'],
  ['mysql', failed({ errno: 1146 }), 'missing_table'],
  ['sqlite', failed({}, 'attempt to write a readonly database'), 'read_only_file'],
  ['sqlite', failed({ errcode: 1032 }, 'attempt to write a readonly database'), undefined],
  ['sqlite', failed({ code: 'SQLITE_READONLY_DBMOVED' }, 'readonly database'), undefined],
  ['sqlite', new ConfigurationError(['no such table: t']), undefined],
  ['sqlite', new StoreError('store_unavailable', 'no such table: t'), undefined],
] as const)('%s refuses with %o for the reason %s', (dialect, error, reason) => {
  expect(refusalOf(error, dialect)).toBe(reason)
})

test('what needs more than the right to write rows is denied by rights, files and servers', () => {
  expect(isDenied(failed({ code: '42501' }), 'postgresql')).toBe(true)
  expect(isDenied(failed({ code: '25006' }), 'postgresql')).toBe(true)
  expect(isDenied(failed({}, 'readonly database'), 'sqlite')).toBe(true)
  expect(isDenied(failed({ code: '42P01' }), 'postgresql')).toBe(false)
})

test('a duplicate of MySQL is recognized, also within another error', () => {
  expect(isDuplicate(new Error('wrapped', { cause: failed({ errno: 1062 }) }))).toBe(true)
  expect(isDuplicate(failed({ errno: 1146 }))).toBe(false)
})

test('better-sqlite3 prepares each statement once, with plain numbers', async () => {
  const statement = { reader: true, safeIntegers: vi.fn(), all: vi.fn(() => [{ a: 1 }]), run: vi.fn() }
  statement.safeIntegers.mockReturnValue(statement)
  const prepare = vi.fn(() => statement)
  const driver = betterSqlite3Driver({
    name: ':memory:',
    memory: true,
    inTransaction: false,
    prepare,
  } as never)
  for (const id of ['x', 'y']) expect(await driver.query('SELECT ?', [id])).toEqual({ rows: [{ a: 1 }] })
  expect(prepare).toHaveBeenCalledTimes(1)
  expect(statement.safeIntegers.mock.calls).toEqual([[false]])
  expect(statement.all.mock.calls).toEqual([['x'], ['y']])
  statement.reader = false
  expect(await driver.query('DELETE', ['z'])).toEqual({ rows: [] })
  expect(statement.run.mock.calls).toEqual([['z']])
})
