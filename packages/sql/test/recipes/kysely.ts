import { sqlDriver, sqlStore, type SqlDialect, type SqlRow } from '@pd/oauth-sql'
import { CompiledQuery, type Kysely } from 'kysely'

export const kyselyStore = <Tables>(db: Kysely<Tables>, dialect: SqlDialect, table?: string) =>
  sqlStore(
    sqlDriver(dialect, async (sql, params) => {
      const { rows, numAffectedRows } = await db.executeQuery<SqlRow>(CompiledQuery.raw(sql, params))
      return { rows, changed: numAffectedRows }
    }),
    { table },
  )
