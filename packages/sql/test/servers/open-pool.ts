import { Pool, type PoolConfig } from 'pg'

/** A pool with the options that an application would set. */
export function openPool(url: string, config: PoolConfig = {}): Pool {
  const pool = new Pool({ connectionString: url, max: 4, connectionTimeoutMillis: 4_000, ...config })
  pool.on('error', () => {})
  return pool
}

/** The same pool, which ends with the block that declares it. */
export function disposable(pool: Pool): Pool & AsyncDisposable {
  return Object.assign(pool, { [Symbol.asyncDispose]: () => pool.end() })
}
