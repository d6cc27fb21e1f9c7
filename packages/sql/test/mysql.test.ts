import type { Pool, PoolOptions, RowDataPacket } from 'mysql2/promise'
import { createPool as createCallbackPool } from 'mysql2'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { mysqlDriver, type MysqlLike } from '../src/drivers/mysql.ts'
import { migrations, schema as schemaSql, sqlStore } from '../src/index.ts'
import { createDatabase, openMysqlPool, type Database } from './servers/mysql.ts'

let database: Database
let admin: Pool & AsyncDisposable
beforeAll(async () => {
  database = await createDatabase()
  admin = openMysqlPool(database.url)
})
afterAll(async () => {
  await admin?.end()
  await database?.[Symbol.asyncDispose]()
})

const record = { version: 'a', value: 'sealed', dueAt: 5.5, attention: true }
// The server tells of transactions anew only if nobody has asked for 100 ms.
const patience = { timeout: 10_000, interval: 150 }

async function rowsOf(sql: string, on: Pool = admin): Promise<RowDataPacket[]> {
  const [rows] = await on.query<RowDataPacket[]>(sql)
  return rows
}

test('objects that are not pools of mysql2/promise are refused', async () => {
  const callbacks = createCallbackPool(database.url)
  for (const pool of [undefined, {}, callbacks])
    expect(() => mysqlDriver(pool as unknown as MysqlLike)).toThrow('needs a Pool of mysql2/promise')
  await callbacks.promise().end()
})

test.each<[string, PoolOptions]>([
  ['rows as arrays', { rowsAsArray: true }],
  ['rows in a table each', { nestTables: true }],
  ['the table in the names of columns', { nestTables: '_' }],
  ['bytes for every value', { typeCast: false }],
  ['texts for numbers', { supportBigNumbers: true, bigNumberStrings: true }],
  ['named placeholders', { namedPlaceholders: true }],
  ['rows that changed, not those that were found', { flags: ['-FOUND_ROWS'] }],
])('a pool that is set to return %s works', async (_, options) => {
  await using pool = openMysqlPool(database.url, options)
  const table = `pool_${Object.entries(options).join('_').replaceAll(/\W/g, '')}`
  const store = sqlStore(mysqlDriver(pool), { table })
  await store.createTable()
  await store.createTable()
  expect(await store.compareAndSet('1:2', undefined, record)).toBe(true)
  expect(await store.compareAndSet('1:2', undefined, record)).toBe(false)
  expect(await store.compareAndSet('1:2', 'a', { ...record, version: 'b' })).toBe(true)
  expect(await store.get('1:2')).toEqual({ ...record, version: 'b' })
  expect(await store.due(10, 10)).toEqual([{ id: '1:2', dueAt: 5.5 }])
  expect(await store.list({ limit: 10 })).toEqual({ ids: ['1:2'] })
  expect(await store.count({ attention: true })).toBe(1)
  expect(await store.check?.()).toEqual(await sqlStore(mysqlDriver(admin), { table }).check?.())
  expect(await store.compareAndSet('1:2', 'b', undefined)).toBe(true)
})

describe('a table', () => {
  test('is made by migrations(), twice without harm, and by schema() with the rights that the application needs', async () => {
    const table = `${database.name}.Migrated`
    for (const _ of [1, 2])
      for (const { sql } of migrations({ dialect: 'mysql', table })) await admin.query(sql)
    const store = sqlStore(mysqlDriver(admin), { table })
    await store.createTable()

    expect(await store.compareAndSet('1:2', undefined, record)).toBe(true)
    expect(await store.get('1:2')).toEqual(record)
    expect(schemaSql({ dialect: 'mysql', table: 'app.mine' })).toMatch(
      /^CREATE TABLE IF NOT EXISTS `app`\.`mine` \([^]*\n-- .*: GRANT SELECT, INSERT, UPDATE, DELETE ON `app`\.`mine` TO its_role;\n$/,
    )
  })

  test('keeps ids, versions and values apart by case and by blanks, whatever the collation of the database is', async () => {
    await admin.query(`ALTER DATABASE ${database.name} COLLATE latin1_swedish_ci`)
    const store = sqlStore(mysqlDriver(admin), { table: 'select' })
    await store.createTable()
    const value = 'ä ß 漢字 😀 A a  '
    await store.compareAndSet('1:2', undefined, { version: 'Straße ', value })

    expect(await store.get('1:2')).toEqual({ version: 'Straße ', value })
    for (const near of ['straße ', 'Strasse ', 'Straße', 'Straße  '])
      expect(await store.compareAndSet('1:2', near, record)).toBe(false)
    expect(await store.compareAndSet('1:2', 'Straße ', undefined)).toBe(true)
  })

  test('survives a crash: it is in InnoDB, also where another engine is the default', async () => {
    await using pool = withSetting("default_storage_engine = 'MyISAM'")
    await sqlStore(mysqlDriver(pool), { table: 'engines' }).createTable()

    const sql = "SELECT engine AS engine FROM information_schema.tables WHERE table_name = 'engines'"
    expect(await rowsOf(`${sql} AND table_schema = database()`)).toMatchObject([{ engine: 'InnoDB' }])
  })
})

test('every statement finds its rows by an index, in order', async () => {
  const store = sqlStore(mysqlDriver(admin), { table: 'plans' })
  await store.createTable()
  await admin.query(
    `INSERT INTO plans SELECT concat(seq % 500, ':', seq), seq % 500, 'a', repeat('x', 200), seq, seq % 50 = 0
     FROM seq_1_to_5000`,
  )
  await admin.query('ANALYZE TABLE plans')
  const plans: [string, RowDataPacket[]][] = []
  const explaining = sqlStore(
    mysqlDriver({
      query: async ({ sql }, values) => {
        const [plan] = await admin.query<RowDataPacket[]>(`EXPLAIN ${sql}`, values)
        plans.push([sql, plan])
        return sql.startsWith('SELECT') ? admin.query(sql, values) : [{ affectedRows: 0 }]
      },
    }),
    { table: 'plans' },
  )
  await explaining.get('1:1')
  await explaining.compareAndSet('1:1', 'a', record)
  await explaining.compareAndSet('1:1', 'a', undefined)
  await explaining.due(20, 10)
  await explaining.list({ limit: 10, cursor: '3:3' })
  await explaining.list({ limit: 10, companyId: 3 })
  await explaining.list({ limit: 10, attention: true, cursor: '300:3300' })
  await explaining.list({ limit: 10, attention: true, companyId: 300 })
  await explaining.count({ attention: true })
  await explaining.count({ dueBefore: 20 })

  expect(plans).toHaveLength(10)
  for (const [sql, [plan]] of plans) {
    expect(plan, sql).toMatchObject({ key: expect.stringMatching(/PRIMARY|_by_/) })
    expect(plan?.['type'], sql).not.toMatch(/^(ALL|index)$/)
    expect(plan?.['Extra'], sql).not.toContain('filesort')
  }
})

test('a table does not grow when its records are written again and again', async () => {
  const store = sqlStore(mysqlDriver(admin), { table: 'growth' })
  await store.createTable()
  const ids = Array.from({ length: 1_000 }, (_, index) => `1:${index + 1}` as const)
  const write = (round: number) =>
    Promise.all(
      ids.map((id) =>
        store.compareAndSet(id, round === 0 ? undefined : `v${round - 1}`, {
          version: `v${round}`,
          value: 'x'.repeat(1_500 + 100 * (round % 5)),
          dueAt: round,
        }),
      ),
    )
  const sizeOf = async () => {
    const [row] = await rowsOf(
      `SELECT file_size FROM information_schema.innodb_sys_tablespaces WHERE name = '${database.name}/growth'`,
    )
    return Number(row?.['file_size'])
  }
  await write(0)
  await write(1)
  const before = await sizeOf()
  for (let round = 2; round <= 10; round++) await write(round)

  expect(before).toBeGreaterThan(1_000_000)
  expect(await sizeOf()).toBeLessThan(2 * before)
})

describe('a rival transaction', () => {
  test('makes a write wait, which succeeds only if the rival rolls back', async () => {
    const store = sqlStore(mysqlDriver(admin), { table: 'rivals' })
    await store.createTable()
    await store.compareAndSet('1:2', undefined, record)
    for (const [end, landed] of [
      ['ROLLBACK', true],
      ['COMMIT', false],
    ] as const) {
      const expected = (await store.get('1:2'))?.version
      const rival = await admin.getConnection()
      await rival.query('BEGIN')
      await rival.query("UPDATE rivals SET version = 'rival'")
      const writing = store.compareAndSet('1:2', expected, { version: 'b', value: 'sealed' })
      await expect.poll(() => waiting('rivals'), patience).toBe(1)
      await rival.query(end)
      rival.release()

      expect(await writing).toBe(landed)
      expect((await store.get('1:2'))?.version).toBe(landed ? 'b' : 'rival')
    }
  })

  test('with which it deadlocks (1213) is settled inside the store', async () => {
    const store = sqlStore(mysqlDriver(admin), { table: 'deadlocks' })
    await store.createTable()
    await store.compareAndSet('1:1', undefined, record)
    await store.compareAndSet('1:2', undefined, record)
    await admin.query('CREATE TABLE deadlock_others (id INT PRIMARY KEY, n INT) ENGINE = InnoDB')
    await admin.query('INSERT INTO deadlock_others VALUES (1, 0)')
    // The store's statement also writes to another table, whose row the rival holds, as a trigger of an audit might.
    await admin.query(
      'CREATE TRIGGER audits AFTER UPDATE ON deadlocks FOR EACH ROW UPDATE deadlock_others SET n = n + 1',
    )
    const rival = await admin.getConnection()
    await rival.query('BEGIN')
    await rival.query('UPDATE deadlock_others SET n = 10')
    // A transaction that has changed more is not the one that the server gives up.
    await rival.query('INSERT INTO deadlock_others SELECT seq + 1, 0 FROM seq_1_to_100')
    const codes: unknown[] = []
    const writing = sqlStore(mysqlDriver(recording(admin, codes)), { table: 'deadlocks' }).compareAndSet(
      '1:2',
      'a',
      {
        version: 'b',
        value: 'sealed',
      },
    )
    await expect.poll(() => waiting('deadlock'), patience).toBe(1)
    // The store has the row 1:2 and waits for the rival. The rival waits for the row.
    await rival.query("SELECT * FROM deadlocks WHERE id = '1:2' FOR UPDATE")
    await rival.query('COMMIT')
    rival.release()

    expect(await writing).toBe(true)
    expect(codes).toEqual([1213])
    expect((await store.get('1:2'))?.version).toBe('b')
  })

  test('that holds a lock beyond innodb_lock_wait_timeout (1205) is waited for again', async () => {
    const store = sqlStore(mysqlDriver(admin), { table: 'lock_waits' })
    await store.createTable()
    await store.compareAndSet('1:2', undefined, record)
    await using pool = withSetting('innodb_lock_wait_timeout = 1')
    const rival = await admin.getConnection()
    await rival.query('BEGIN')
    await rival.query("UPDATE lock_waits SET version = 'rival'")
    const codes: unknown[] = []
    const writing = sqlStore(mysqlDriver(recording(pool, codes)), { table: 'lock_waits' }).compareAndSet(
      '1:2',
      'a',
      undefined,
    )
    await expect.poll(() => codes, patience).toEqual([1205])
    await rival.query('ROLLBACK')
    rival.release()

    expect(await writing).toBe(true)
  })

  test('that holds a lock for too long ends in a StoreError, and nothing was written', async () => {
    const store = sqlStore(mysqlDriver(admin), { table: 'long_waits' })
    await store.createTable()
    await store.compareAndSet('1:2', undefined, record)
    await using pool = withSetting('innodb_lock_wait_timeout = 1')
    const rival = await admin.getConnection()
    await rival.query('BEGIN')
    await rival.query("UPDATE long_waits SET version = 'rival'")

    await expect(
      sqlStore(mysqlDriver(pool), { table: 'long_waits' }).compareAndSet('1:2', 'a', undefined),
    ).rejects.toMatchObject({
      name: 'StoreError',
      retryable: true,
      message: expect.stringContaining('Look for a long transaction that holds a lock'),
    })
    await rival.query('ROLLBACK')
    rival.release()
    expect(await store.get('1:2')).toEqual(record)
  })
})

/** A pool whose connections begin with a setting. */
function withSetting(setting: string, options: PoolOptions = {}) {
  const pool = openMysqlPool(database.url, options)
  pool.pool.on('connection', (connection) => connection.query(`SET SESSION ${setting}`))
  return pool
}

/** The same pool, which writes down the number of each error. */
function recording(pool: Pool, codes: unknown[]): MysqlLike {
  return {
    query: async (statement, values) => {
      try {
        return await pool.query(statement, values)
      } catch (error) {
        codes.push(Object(error).errno)
        throw error
      }
    },
  }
}

/** Returns how many statements on a table wait for a lock. */
async function waiting(table: string): Promise<number> {
  const rows = await rowsOf(
    `SELECT trx_id FROM information_schema.innodb_trx WHERE trx_state = 'LOCK WAIT' AND trx_query LIKE '%${table}%'`,
  )
  return rows.length
}
