import type { Client } from '@libsql/client'
import { sqlDriver, sqlStore } from '@pd/oauth-sql'

export const libsqlStore = (client: Client, table?: string) =>
  sqlStore(
    sqlDriver('sqlite', (sql, args) => client.execute({ sql, args })),
    { table },
  )
