import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { sqlStore } from '@pd/oauth-sql'
import { nodeSqliteDriver } from '@pd/oauth-sql/node-sqlite'
import { pgDriver } from '@pd/oauth-sql/pg'
import { startPostgres } from '@pd/test-support/postgres-server'
import { Pool } from 'pg'
import { benchGrowth, countsOf, grown, type Grown } from '../growth.ts'
import { batchesOf } from '../in-batches.ts'

const valueLength = 1_500
const columns = '(id, company_id, version, value, due_at, attention)'

/** Growth in SQLite. No commit waits for the disk, which would hide the rest. */
export async function benchSqliteGrowth(isLong: boolean): Promise<void> {
  using disposables = new DisposableStack()
  const folder = mkdtempSync(join(tmpdir(), 'pd-oauth-bench-'))
  disposables.defer(() => rmSync(folder, { recursive: true }))
  const stores: Grown[] = []
  for (const count of countsOf(isLong)) {
    const database = new DatabaseSync(join(folder, `${count}.db`))
    disposables.defer(() => database.close())
    database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = OFF')
    const store = sqlStore(nodeSqliteDriver(database))
    await store.createTable()
    const insert = database.prepare(`INSERT INTO pd_oauth_installations ${columns} VALUES (?, ?, ?, ?, ?, ?)`)
    database.exec('BEGIN')
    for (const row of rowsOf(count)) insert.run(...row)
    database.exec('COMMIT')
    stores.push({ count, store })
  }
  await benchGrowth('SQLite', stores)
}

/** Growth in PostgreSQL, after the `VACUUM ANALYZE` that autovacuum makes sooner or later. */
export async function benchPostgresGrowth(isLong: boolean): Promise<void> {
  await using disposables = new AsyncDisposableStack()
  const postgres = disposables.use(await startPostgres({ settings: { max_wal_size: '4GB' } }))
  const pool = new Pool({ connectionString: postgres.url })
  disposables.defer(() => pool.end())
  const stores: Grown[] = []
  for (const count of countsOf(isLong)) {
    const table = `installations_${count}`
    const store = sqlStore(pgDriver(pool), { table })
    await store.createTable()
    for (const rows of batchesOf(rowsOf(count), 1_000))
      await pool.query(
        `INSERT INTO ${table} ${columns} SELECT * FROM unnest($1::text[], $2::bigint[], $3::text[], $4::text[], $5::float8[], $6::int2[])`,
        Array.from({ length: 6 }, (_, column) => rows.map((row) => row[column])),
      )
    await pool.query(`VACUUM ANALYZE ${table}`)
    stores.push({ count, store })
  }
  await benchGrowth('PostgreSQL', stores)
}

/** The rows as the store writes them. */
function* rowsOf(count: number): Generator<(string | number)[]> {
  for (const [id, { version, value, dueAt = 0, attention = false }] of grown(count, valueLength))
    yield [id, Number(id.slice(0, id.indexOf(':'))), version, value, dueAt, Number(attention)]
}
