// npm install @pd/oauth-sql
import { sqlStore } from '@pd/oauth-sql'
import { nodeSqliteDriver } from '@pd/oauth-sql/node-sqlite'

export const store = sqlStore(nodeSqliteDriver('installations.db')) // a file, for the processes of one machine
await store.createTable()
