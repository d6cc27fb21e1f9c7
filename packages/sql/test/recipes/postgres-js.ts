import { sqlDriver, sqlStore } from '@pd/oauth-sql'
import type { Sql } from 'postgres'

export const postgresJsStore = (client: Sql, table?: string) =>
  sqlStore(
    sqlDriver('postgresql', async (sql, params) => ({ rows: await client.unsafe(sql, params) })),
    { table },
  )
