import { sqlDriver, sqlStore } from '@pd/oauth-sql'
import type { Knex } from 'knex'

export const knexPostgresStore = (knex: Knex, table?: string) =>
  sqlStore(
    sqlDriver('postgresql', (sql, params) => knex.raw(sql.replaceAll(/\$\d+/g, '?'), params)),
    { table },
  )

export const knexMysqlStore = (knex: Knex, table?: string) =>
  sqlStore(
    sqlDriver('mysql', async (sql, params) => {
      const [result] = await knex.raw(sql, params)
      return Array.isArray(result) ? { rows: result } : { rows: [], changed: result.affectedRows }
    }),
    { table },
  )
