import { Pool, type PoolConfig } from 'pg'

/** A pool with the options that an application would set. */
export function openPool(url: string, config: PoolConfig = {}): Pool {
  const pool = new Pool({ connectionString: url, max: 4, connectionTimeoutMillis: 4_000, ...config })
  pool.on('error', () => {})
  return pool
}
