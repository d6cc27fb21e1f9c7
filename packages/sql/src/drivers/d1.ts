import { ConfigurationError } from '@pd/oauth-core'
import { sqlDriver, type SqlDriver, type SqlRow } from '../sql-driver.ts'

/** The part of Cloudflare's `D1Database` that the driver uses. A session that begins `first-primary` works, too. */
export interface D1Like {
  prepare(sql: string): D1StatementLike
}

export interface D1StatementLike {
  bind(...values: unknown[]): D1StatementLike
  all(): Promise<{ readonly results: readonly SqlRow[] }>
}

/**
 * Creates a driver for Cloudflare D1. Create it from the binding, once for each set of bindings: `oncePerEnvironment()` of `@pd/oauth-hono` does.
 *
 * @example
 * ```ts
 * import { sqlStore } from '@pd/oauth-sql'
 * import { d1Driver, type D1Like } from '@pd/oauth-sql/d1'
 *
 * const storeOf = (env: { DB: D1Like }) => sqlStore(d1Driver(env.DB))
 * ```
 *
 * @throws {ConfigurationError} `invalid_configuration`, if this is not a D1 database
 */
export function d1Driver(database: D1Like): SqlDriver {
  if (typeof (Object(database) as Partial<D1Like>).prepare !== 'function')
    throw new ConfigurationError([
      'd1Driver() needs a D1 database: name its binding under d1_databases in the configuration of the Worker',
    ])
  const driver = sqlDriver('sqlite', async (sql, params) => {
    const { results } = await database
      .prepare(sql)
      .bind(...params)
      .all()
    return { rows: results }
  })
  return { ...driver, isManaged: true }
}
