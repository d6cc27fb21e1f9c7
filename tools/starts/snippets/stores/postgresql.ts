// npm install @pd/oauth-sql pg @types/pg
import { sqlStore } from '@pd/oauth-sql'
import { pgDriver } from '@pd/oauth-sql/pg'
import { Pool } from 'pg'

const connectionString = process.env['DATABASE_URL'] // postgres://user:password@host/database
const pool = new Pool({ connectionString, connectionTimeoutMillis: 4_000, query_timeout: 4_000 })
pool.on('error', (error) => console.error('PostgreSQL:', error.message))
export const store = sqlStore(pgDriver(pool))
await store.createTable()
