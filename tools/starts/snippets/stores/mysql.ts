// npm install @pd/oauth-sql mysql2
import { sqlStore } from '@pd/oauth-sql'
import { mysqlDriver } from '@pd/oauth-sql/mysql'
import { createPool } from 'mysql2/promise'

const uri = process.env['DATABASE_URL'] ?? '' // mysql://user:password@host/database
const pool = createPool({ uri, connectTimeout: 4_000 })
pool.pool.on('connection', (connection) => connection.query('SET innodb_lock_wait_timeout = 3'))
export const store = sqlStore(mysqlDriver(pool))
await store.createTable()
