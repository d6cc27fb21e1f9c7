import { runBenches } from '../run-benches.ts'
import { benchDurable } from './durable.ts'
import { benchPostgresGrowth, benchSqliteGrowth } from './sql-growth.ts'

/** Every figure about SQL. `node sql/main.ts [--only sqlite-growth,…] [--long]` */
await runBenches({
  rows: { 'sqlite-growth': benchSqliteGrowth, 'postgres-growth': benchPostgresGrowth },
  details: { durable: benchDurable },
})
