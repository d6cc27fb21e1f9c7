import { ConfigurationError } from '@pd/oauth-core'
import { sqlDriver, type SqlDriver, type SqlRow, type SqlValue } from '../sql-driver.ts'

/** A `Pool` of `mysql2/promise`, or an object with the same `query`. */
export interface MysqlLike {
  query(
    statement: MysqlStatement,
    values: SqlValue[],
  ): Promise<readonly [result: unknown, ...others: unknown[]]>
}

/** A statement whose rows are objects with the values by their names, whatever the options of the pool are. */
export interface MysqlStatement {
  sql: string
  rowsAsArray: false
  nestTables: false
}

/**
 * Creates a driver for MariaDB and MySQL, through your pool of mysql2. The pool must connect to a server that accepts writes,
 * and commit each statement (`autocommit`, the default).
 *
 * @example
 * ```ts
 * import { createPool } from 'mysql2/promise'
 * import { sqlStore } from '@pd/oauth-sql'
 * import { mysqlDriver } from '@pd/oauth-sql/mysql'
 *
 * const pool = createPool({ uri: process.env.DATABASE_URL ?? '', connectTimeout: 4_000 })
 * const store = sqlStore(mysqlDriver(pool))
 * await store.createTable()
 * ```
 *
 * @throws {ConfigurationError} `invalid_configuration`, if this is not a pool of `mysql2/promise`
 */
export function mysqlDriver(pool: MysqlLike): SqlDriver {
  const { query, promise } = Object(pool) as Partial<MysqlLike & { promise: unknown }>
  // The pool of mysql2 without /promise takes callbacks.
  if (typeof query !== 'function' || typeof promise === 'function')
    throw new ConfigurationError(['mysqlDriver() needs a Pool of mysql2/promise'])
  return sqlDriver('mysql', async (sql, params) => {
    const [result] = await pool.query({ sql, rowsAsArray: false, nestTables: false }, params)
    if (Array.isArray(result)) return { rows: result as readonly SqlRow[] }
    return { rows: [], changed: (Object(result) as { affectedRows?: number }).affectedRows }
  })
}
