import type { Pool, PoolOptions } from 'mysql2/promise'
import { afterAll, beforeAll, describe } from 'vitest'
import { mysqlDriver } from '../../src/drivers/mysql.ts'
import { sqlStore } from '../../src/index.ts'
import { createDatabase, openMysqlPool, type Database } from '../servers/mysql.ts'
import { storeSuiteOn } from './store-suite-on.ts'

describe('in a MariaDB with two pools', () => suiteOnMysql())

describe('in a MariaDB whose connections count the rows that changed, not those that were found', () =>
  suiteOnMysql({ flags: ['-FOUND_ROWS'] }))

describe('in a MariaDB whose transactions are serializable, with numbers as texts and another character set', () =>
  suiteOnMysql({ supportBigNumbers: true, bigNumberStrings: true, charset: 'latin1' }, 'SERIALIZABLE'))

function suiteOnMysql(options: PoolOptions = {}, isolation = 'REPEATABLE READ'): void {
  let database: Database
  const pools: Pool[] = []
  beforeAll(async () => {
    database = await createDatabase()
    for (let count = 0; count < 2; count++) {
      const pool = openMysqlPool(database.url, options)
      pool.pool.on('connection', (connection) =>
        connection.query(`SET SESSION TRANSACTION ISOLATION LEVEL ${isolation}`),
      )
      pools.push(pool)
    }
  })
  afterAll(async () => {
    await Promise.all(pools.map((pool) => pool.end()))
    await database?.[Symbol.asyncDispose]()
  })
  let opened = 0
  storeSuiteOn((table) => sqlStore(mysqlDriver(pools[opened++ % pools.length]!), { table }))
}
