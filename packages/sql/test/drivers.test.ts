import { ConfigurationError } from '@pd/oauth-core'
import { describe, expect, test, vi } from 'vitest'
import { betterSqlite3Driver } from '../src/drivers/better-sqlite3.ts'
import { d1Driver } from '../src/drivers/d1.ts'
import { mysqlDriver } from '../src/drivers/mysql.ts'
import { pgDriver } from '../src/drivers/pg.ts'

const refusalOf = (construct: () => unknown): string => {
  try {
    construct()
    return ''
  } catch (error) {
    expect(error).toBeInstanceOf(ConfigurationError)
    return String(error)
  }
}

describe('mysqlDriver()', () => {
  test('asks for rows as objects, whatever the options of the pool are', async () => {
    const query = vi.fn(async () => [[{ id: '1:2' }], []] as const)
    const driver = mysqlDriver({ query })
    expect(driver.dialect).toBe('mysql')
    expect(await driver.query('SELECT ?', ['a'])).toEqual({ rows: [{ id: '1:2' }] })
    expect(query).toHaveBeenCalledExactlyOnceWith(
      { sql: 'SELECT ?', rowsAsArray: false, nestTables: false },
      ['a'],
    )
  })

  test.each([
    [{ affectedRows: 1 }, 1],
    [{ affectedRows: 0 }, 0],
    [{}, undefined],
    [undefined, undefined],
  ])('says of the result %j how many rows a write has changed', async (result, changed) => {
    const driver = mysqlDriver({ query: async () => [result] })
    expect(await driver.query('UPDATE', [])).toEqual({ rows: [], changed })
  })

  test.each([
    ['nothing', undefined],
    ['an address', 'mysql://localhost'],
    ['an object without query', {}],
    ['a pool of callbacks', { query() {}, promise() {} }],
  ])('refuses %s', (_, pool) => {
    expect(refusalOf(() => mysqlDriver(pool as never))).toContain('needs a Pool of mysql2/promise')
  })
})

describe('d1Driver()', () => {
  test('binds the parameters, returns the results, and leaves the keeping to Cloudflare', async () => {
    const all = vi.fn(async () => ({ results: [{ id: '1:2' }] }))
    const bind = vi.fn((..._values: unknown[]) => ({ all }))
    const prepare = vi.fn((_sql: string) => ({ bind }))
    const driver = d1Driver({ prepare } as never)
    expect(driver).toMatchObject({ dialect: 'sqlite', isManaged: true })
    expect(await driver.query('SELECT ?, ?', ['a', null])).toEqual({ rows: [{ id: '1:2' }] })
    expect(prepare).toHaveBeenCalledExactlyOnceWith('SELECT ?, ?')
    expect(bind).toHaveBeenCalledExactlyOnceWith('a', null)
  })

  test.each([undefined, null, {}, { prepare: true }])('refuses %j', (database) => {
    expect(refusalOf(() => d1Driver(database as never))).toContain('d1Driver() needs a D1 database')
  })
})

describe('pgDriver()', () => {
  test('sends statements over the pool as they are', async () => {
    const answer = { rows: [{ id: '1:2' }] }
    const query = vi.fn(async (_text: string, _values: unknown[]) => answer)
    const driver = pgDriver({ query })
    expect(driver.dialect).toBe('postgresql')
    expect(driver).not.toHaveProperty('listen')
    expect(await driver.query('SELECT $1', ['a'])).toBe(answer)
    expect(query).toHaveBeenCalledExactlyOnceWith('SELECT $1', ['a'])
    expect(typeof pgDriver({ query }, { listen: () => ({}) as never }).listen).toBe('function')
  })

  test.each<[string, unknown, object | undefined, RegExp]>([
    ['no pool', undefined, undefined, /needs a Pool of pg or a PGlite/],
    ['an object without query', {}, {}, /needs a Pool of pg or a PGlite/],
    ['a client in place of a function', { query() {} }, { listen: {} }, /listen must be a function/],
    ['an unknown option', { query() {} }, { channel: 'a' }, /pgDriver\(\): channel is not a known option/],
  ])('refuses %s', (_, pool, options, sentence) => {
    expect(refusalOf(() => pgDriver(pool as never, options))).toMatch(sentence)
  })
})

describe('betterSqlite3Driver()', () => {
  const prepare = () => ({ reader: true, safeIntegers: () => prepare(), all: () => [], run: () => {} })
  const database = { name: ':memory:', memory: true, inTransaction: false, prepare }

  test.each(['name', 'inTransaction', 'prepare'] as const)('refuses what has no %s', (name) => {
    const part = { ...database, [name]: undefined }
    expect(refusalOf(() => betterSqlite3Driver(part as never))).toContain(
      'betterSqlite3Driver(): needs an open Database of better-sqlite3',
    )
    expect(refusalOf(() => betterSqlite3Driver(undefined as never))).toContain('needs an open Database')
  })

  test.each<[object, string]>([
    [{ busyTimeoutMs: -1 }, 'busyTimeoutMs must be a number of 0 or more'],
    [{ busyTimeoutMs: Infinity }, 'busyTimeoutMs must be a number of 0 or more'],
    [{ timeout: 5 }, 'betterSqlite3Driver(): timeout is not a known option'],
  ])('refuses %j', (options, sentence) => {
    expect(refusalOf(() => betterSqlite3Driver(database as never, options))).toContain(sentence)
  })

  test('refuses statements during a transaction of the application, and takes them before and after', async () => {
    const used = { ...database }
    const driver = betterSqlite3Driver(used as never, { busyTimeoutMs: 0 })
    expect(await driver.query('SELECT 1', [])).toEqual({ rows: [] })
    used.inTransaction = true
    await expect(driver.query('SELECT 1', [])).rejects.toThrow('in a transaction of the application')
    used.inTransaction = false
    expect(await driver.query('SELECT 1', [])).toEqual({ rows: [] })
  })
})
