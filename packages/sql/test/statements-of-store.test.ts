import { ConfigurationError, InvalidArgumentError } from '@pd/oauth-core'
import { describe, expect, test, vi } from 'vitest'
import { sqlStore, type SqlDialect, type SqlDriver, type SqlResult, type SqlValue } from '../src/index.ts'
import { statementsFor } from '../src/statements.ts'
import { tableOf } from '../src/table.ts'

/** A store over a function that answers as the test says, and the statements of its table. */
function createStore(dialect: SqlDialect, others: Partial<SqlDriver> = {}) {
  const query = vi.fn<(sql: string, params: SqlValue[]) => Promise<SqlResult>>(async () => ({ rows: [] }))
  const store = sqlStore({ dialect, query, ...others }, { table: 't' })
  return { query, store, statements: statementsFor(tableOf('t', dialect), dialect, dialect === 'postgresql') }
}

const rowOf = (id: string) => ({ id, version: 'a', value: 'sealed', due: null, attention: 0 })

describe.each(['sqlite', 'postgresql', 'mysql'] as const)('a store in %s', (dialect) => {
  const changed = (count: number): SqlResult =>
    dialect === 'mysql' ? { rows: [], changed: count } : { rows: Array.from({ length: count }, () => ({})) }

  test('inserts, updates and deletes by one statement each', async () => {
    const { query, store, statements } = createStore(dialect)
    query.mockResolvedValue(changed(1))
    const next = { version: 'b', value: 'sealed', dueAt: 5, attention: true } as const
    expect(await store.compareAndSet('12:34', undefined, next)).toBe(true)
    expect(await store.compareAndSet('12:34', 'a', { version: 'b', value: 'sealed' })).toBe(true)
    expect(await store.compareAndSet('12:34', 'a', undefined)).toBe(true)
    expect(query.mock.calls).toEqual([
      [statements.insert, ['12:34', 12, 'b', 'sealed', 5, 1]],
      [statements.update, ['b', 'sealed', null, 0, '12:34', 'a']],
      [statements.delete, ['12:34', 'a']],
    ])
  })

  test('says that nothing was written if nothing has changed', async () => {
    const { query, store } = createStore(dialect)
    query.mockResolvedValue(changed(0))
    for (const [expected, next] of [
      [undefined, { version: 'b', value: 'sealed' }],
      ['a', { version: 'b', value: 'sealed' }],
      ['a', undefined],
    ] as const)
      expect(await store.compareAndSet('1:2', expected, next)).toBe(false)
  })

  test('reads whether there is no record where none is expected and none is to be', async () => {
    const { query, store, statements } = createStore(dialect)
    expect(await store.compareAndSet('1:2', undefined, undefined)).toBe(true)
    query.mockResolvedValueOnce({ rows: [rowOf('1:2')] })
    expect(await store.compareAndSet('1:2', undefined, undefined)).toBe(false)
    expect(query.mock.calls).toEqual([
      [statements.get, ['1:2']],
      [statements.get, ['1:2']],
    ])
  })

  test('lists one id more than it returns, to know whether there are more', async () => {
    const { query, store } = createStore(dialect)
    const rows = ['1:1', '1:2', '1:3'].map(rowOf)
    query.mockResolvedValueOnce({ rows })
    expect(await store.list({ limit: 2 })).toEqual({ ids: ['1:1', '1:2'], cursor: '1:2' })
    query.mockResolvedValueOnce({ rows: rows.slice(0, 2) })
    expect(await store.list({ limit: 2 })).toEqual({ ids: ['1:1', '1:2'] })
    query.mockResolvedValueOnce({ rows: rows.slice(0, 1) })
    expect(await store.list({ limit: 0 })).toEqual({ ids: [] })
    const limits = query.mock.calls.map(([sql, params]) =>
      dialect === 'mysql' ? Number(/LIMIT (\d+)$/.exec(sql)?.[1]) : params.at(-1),
    )
    expect(limits).toEqual([3, 3, 1])
  })

  test('refuses the cursor of another store, and asks nothing', async () => {
    const { query, store } = createStore(dialect)
    for (const cursor of ['', 'x', '3/1:2', '1:2 ', '1:2\n', ':', '1:', "1:2' OR '1'='1"])
      for (const attention of [undefined, true] as const)
        await expect(store.list({ limit: 5, cursor, ...(attention && { attention }) })).rejects.toThrow(
          InvalidArgumentError,
        )
    expect(query).not.toHaveBeenCalled()
  })

  test('lists by company, by mark and behind a cursor, each by its own statement', async () => {
    const { query, store, statements } = createStore(dialect)
    const of = (sql: string) => (dialect === 'mysql' ? sql.replace(/\?$/, '6') : sql)
    const with6 = (params: SqlValue[]) => (dialect === 'mysql' ? params : [...params, 6])
    await store.list({ limit: 5, cursor: '7:8' })
    await store.list({ limit: 5, companyId: 7 })
    await store.list({ limit: 5, attention: true })
    await store.list({ limit: 5, attention: true, cursor: '7:8' })
    await store.list({ limit: 5, attention: true, companyId: 7, cursor: '7:8' })
    const twice = (company: number) => (dialect === 'mysql' ? [company, company] : [company])
    expect(query.mock.calls).toEqual([
      [of(statements.list), with6(['7:8'])],
      [of(statements.listCompany), with6([7, ''])],
      [of(statements.listAttention), with6([...twice(0), ''])],
      [of(statements.listAttention), with6([...twice(7), '7:8'])],
      [of(statements.listCompanyAttention), with6([7, '7:8'])],
    ])
  })

  test('passes instants that every database knows', async () => {
    const { query, store, statements } = createStore(dialect)
    const { MAX_VALUE } = Number
    query.mockResolvedValueOnce({ rows: [{ id: '1:2', due: '5' }] })
    expect(await store.due(Infinity, 5)).toEqual([{ id: '1:2', dueAt: 5 }])
    await store.due(7, 5, { id: '1:2', dueAt: 6 })
    query.mockResolvedValue({ rows: [{ total: '3' }] })
    expect(await store.count({ dueBefore: -Infinity })).toBe(3)
    expect(await store.count({ attention: true })).toBe(3)
    expect(query.mock.calls.map(([, params]) => (dialect === 'mysql' ? params : params.slice(0, 4)))).toEqual(
      [[MAX_VALUE, -MAX_VALUE, -MAX_VALUE, '0:0'], [7, 6, 6, '1:2'], [-MAX_VALUE], []],
    )
    expect(query.mock.calls.slice(2).map(([sql]) => sql)).toEqual([
      statements.countDue,
      statements.countAttention,
    ])
  })
})

test('in MySQL, a duplicate key is a record that is there, and only there', async () => {
  const duplicate = Object.assign(new Error('Duplicate entry'), { errno: 1062 })
  for (const dialect of ['mysql', 'sqlite'] as const) {
    const { query, store } = createStore(dialect)
    query.mockRejectedValue(duplicate)
    const written = store.compareAndSet('1:2', undefined, { version: 'b', value: 'sealed' })
    if (dialect === 'mysql') expect(await written).toBe(false)
    else await expect(written).rejects.toBe(duplicate)
    await expect(store.compareAndSet('1:2', 'a', undefined)).rejects.toBe(duplicate)
  }
})

describe('a store', () => {
  const listen = async () => ({ ended: new Promise(() => {}), close() {} })

  test('watches over a driver that listens, and checks a database that nobody manages', () => {
    const plain = createStore('postgresql').store
    expect([typeof plain.watch, typeof plain.check]).toEqual(['undefined', 'function'])
    const watching = createStore('postgresql', { listen }).store
    expect(typeof watching.watch).toBe('function')
    expect(createStore('sqlite', { isManaged: true }).store).not.toHaveProperty('check')
  })

  test('that nobody would hear is refused', () => {
    const driver = { dialect: 'postgresql', query: async () => ({ rows: [] }) } as const
    expect(() => sqlStore({ ...driver, listen }, { notify: false })).toThrow(
      'notify must not be false where the driver listens',
    )
    expect(() => sqlStore({ ...driver, listen }, { notify: true })).not.toThrow()
    expect(() => sqlStore(driver, { notify: false })).not.toThrow()
    expect(() => sqlStore(driver, { notify: 'no' as never })).toThrow(ConfigurationError)
  })

  test('notifies in PostgreSQL alone, unless it is told not to', async () => {
    const told = async (dialect: SqlDialect, notify?: boolean) => {
      const query = vi.fn(async (_sql: string) => ({ rows: [], changed: 0 }))
      await sqlStore({ dialect, query }, { notify }).compareAndSet('1:2', 'a', undefined)
      return query.mock.lastCall![0].includes('pg_notify')
    }
    expect(await told('postgresql')).toBe(true)
    expect(await told('postgresql', false)).toBe(false)
    expect(await told('sqlite')).toBe(false)
    expect(await told('mysql')).toBe(false)
  })
})
