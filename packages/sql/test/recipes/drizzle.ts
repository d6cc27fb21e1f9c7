import { sqlDriver, sqlStore } from '@pd/oauth-sql'
import { sql as drizzle } from 'drizzle-orm'
import type { NodePgDatabase } from 'drizzle-orm/node-postgres'

export const drizzleStore = (db: NodePgDatabase, table?: string) =>
  sqlStore(
    sqlDriver('postgresql', async (sql, params) => {
      const texts = sql.split(/\$\d+/).map((text) => drizzle.raw(text))
      const values = params.map((value) => drizzle`${value}`)
      const { rows } = await db.execute(
        drizzle.join(texts.flatMap((text, i) => [text, values[i] ?? drizzle``])),
      )
      return { rows }
    }),
    { table },
  )
